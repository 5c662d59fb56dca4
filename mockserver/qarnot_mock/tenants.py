"""Who uses the cloud: a token is a tenant, with a world, a store and a journal of its own.

This module knows tokens and e-mail addresses; it never puts a token in a text.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import attrs

from qarnot_mock.executors.base import Executor
from qarnot_mock.journal import Journal
from qarnot_mock.sim.commands import Answer, Command, Instant, Json
from qarnot_mock.sim.effects import Effect, InstanceKey
from qarnot_mock.sim.settings import WorldSettings
from qarnot_mock.storage.accounts import Account

EMAIL_DOMAIN = "mock.qarnot.example"


class AccountsError(ValueError):
    """An ``--account`` that cannot be used; the message never quotes a token."""


class Simulation(Protocol):
    """What the shell needs of :class:`qarnot_mock.sim.world.World`."""

    @property
    def now(self) -> Instant: ...

    @property
    def settings(self) -> WorldSettings: ...

    @property
    def origin(self) -> tuple[WorldSettings, Instant]: ...

    def advance_to(self, instant: Instant) -> None: ...

    def next_due(self) -> Instant | None: ...

    def apply(self, command: Command) -> Answer: ...

    def definition(self, command: Command) -> Json: ...

    def take_effects(self) -> tuple[Effect, ...]: ...

    def dump(self) -> Json: ...


@attrs.frozen
class Identity:
    """A tenant as the outside may see it. ``digest`` names it in logs, journals and seeds."""

    digest: str
    email: str


class Record(Protocol):
    """Where a tenant is written down (:class:`qarnot_mock.persistence.TenantFile`)."""

    def progress(self, performed: int, reached: Instant) -> None: ...


@attrs.define(eq=False)
class Tenant:
    """One account with all it owns. Two tenants share nothing but the clock.

    ``record`` is None for one that does not outlive the server. ``performed`` counts the effects that have been; those
    of ``backlog`` still have to be, because the server died before. The instances of ``abroad`` were lost with it.
    """

    identity: Identity
    world: Simulation
    account: Account
    executor: Executor | None = None
    journal: Journal = attrs.field(factory=Journal)
    record: Record | None = attrs.field(default=None, repr=False)
    performed: int = 0
    backlog: list[tuple[Instant, Effect]] = attrs.field(factory=list, repr=False)
    abroad: tuple[InstanceKey, ...] = ()


Furnish = Callable[[Identity, str, bool], Tenant]
"""Makes the account of an identity; the second argument is the token, which becomes the S3 secret key. It is empty, or
with True what is written down of it."""


def identity_of(token: str, email: str | None = None) -> Identity:
    """The identity behind a token; without an e-mail address one is derived from the token's digest."""
    digest = hashlib.sha256(b"qarnot-mock tenant\0" + token.encode()).hexdigest()[:16]
    return Identity(digest, email or f"{digest[:8]}@{EMAIL_DOMAIN}")


def parse_accounts(options: list[str]) -> Mapping[str, str]:
    """Token to e-mail address, from ``TOKEN=EMAIL`` or ``@FILE`` (one such pair a line, ``#`` comments).

    Raises :class:`AccountsError` for a malformed pair, an unreadable file, or a token or address given twice.
    """
    accounts: dict[str, str] = {}
    for where, pair in _pairs(options):
        token, separator, email = (part.strip() for part in pair.rpartition("="))
        if not (token and separator and "@" in email):
            raise AccountsError(f"{where}: expected TOKEN=EMAIL, with an @ in the e-mail address")
        if token in accounts or email in accounts.values():
            raise AccountsError(f"{where}: a token and an e-mail address can be used once only ({email})")
        accounts[token] = email
    return accounts


def _pairs(options: list[str]) -> Iterator[tuple[str, str]]:
    for option in options:
        if not option.startswith("@"):
            yield "--account", option
            continue
        try:
            lines = Path(option[1:]).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise AccountsError(f"--account {option}: cannot read the file: {error}") from error
        for number, line in enumerate(lines, 1):
            if line.strip() and not line.lstrip().startswith("#"):
                yield f"{option[1:]}:{number}", line


class Tenants:
    """The register of tenants. ``accounts`` closes the door; None leaves it open to any token.

    ``written`` are the tokens and e-mail addresses of those who entered an earlier server with the same data.
    """

    def __init__(
        self, furnish: Furnish, accounts: Mapping[str, str] | None = None, written: Mapping[str, str] | None = None
    ) -> None:
        self._furnish = furnish
        self._written = written or {}
        self._accounts = accounts
        self._by_token: dict[str, Tenant] = {}
        self._by_email: dict[str, str] = {email: token for token, email in (accounts or {}).items()}

    def enter(self, token: str) -> Tenant | None:
        """The tenant of a token, born now if it must be; None when the door is closed to it."""
        tenant = self._by_token.get(token)
        if tenant is None and token and (self._accounts is None or token in self._accounts):
            tenant = self._furnish(identity_of(token, (self._accounts or {}).get(token)), token, True)
            self._by_token[token] = tenant
            self._by_email[tenant.identity.email] = token
        return tenant

    def known(self, token: str) -> Tenant | None:
        """The tenant of a token, if it has been born."""
        return self._by_token.get(token)

    def recall(self) -> list[Tenant]:
        """Let those enter again who are written down, as far as the door is open to them."""
        return [tenant for token in self._written if (tenant := self.enter(token)) is not None]

    def by_email(self, email: str) -> Tenant | None:
        """The tenant of an e-mail address that an account or an earlier REST call has announced."""
        token = self._by_email.get(email)
        return None if token is None else self.enter(token)

    def by_digest(self, digest: str) -> Tenant | None:
        """The tenant that a log or a listing names."""
        return next((tenant for tenant in self if tenant.identity.digest == digest), None)

    def renew(self, tenant: Tenant) -> Tenant:
        """Replace a tenant by an empty one of the same identity; the old one is left to its holder to close."""
        token = tenant.account.secret_key
        self._by_token[token] = self._furnish(tenant.identity, token, False)
        return self._by_token[token]

    def __contains__(self, tenant: Tenant) -> bool:
        return self._by_token.get(tenant.account.secret_key) is tenant

    def __iter__(self) -> Iterator[Tenant]:
        return iter(list(self._by_token.values()))


def same_token(given: str, expected: str) -> bool:
    """Compare in a time that tells nothing about where they differ."""
    return hmac.compare_digest(given.encode(), expected.encode())
