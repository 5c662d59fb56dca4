"""What a test asserts about its cloud: on the commands that were accepted, and on everything that was asked.

Each fails with what was there instead. The claims on the journal are those of ``claims``; here come the exchanges.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from qarnot_mock import claims
from qarnot_mock.http.document import as_object
from qarnot_mock.journal import Entry
from qarnot_mock.sim.commands import Json
from qarnot_mock.testing.exchanges import Exchange, tail


class Witness(Protocol):
    """What assertions are made on."""

    @property
    def exchanges(self) -> tuple[Exchange, ...]: ...

    @property
    def journal(self) -> tuple[Entry, ...]: ...

    def state(self) -> Json: ...


class Assertions:
    """The assertions of a :class:`~qarnot_mock.testing.cloud.QarnotCloud`; each raises AssertionError."""

    def asked(
        self: Witness, operation: str | None = None, *, status: int | None = None, client: str | None = None
    ) -> tuple[Exchange, ...]:
        """The exchanges about an operation (``task_get``, ``PutObject``), with a status, by a client, oldest first."""
        wanted = {"operation": operation, "status": status, "client": client}
        chosen = [(name, value) for name, value in wanted.items() if value is not None]
        return tuple(each for each in self.exchanges if all(getattr(each, name) == value for name, value in chosen))

    def assert_asked(
        self,
        operation: str | None = None,
        *,
        status: int | None = None,
        client: str | None = None,
        times: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
    ) -> None:
        """So many requests were such; without a number at least one. Refused ones count: see ``status``."""
        found = self.asked(operation, status=status, client=client)  # type: ignore[misc]
        words = [operation or "anything", f"by {client}" if client else "", f"with {status}" if status else ""]
        what = f"{' '.join(filter(None, words))} was asked"
        _hold(claims.counted(what, len(found), times, at_least, at_most, self.exchanges))  # type: ignore[attr-defined]

    def assert_never_asked(self, operation: str, *, client: str | None = None) -> None:
        """No request was for this operation."""
        self.assert_asked(operation, client=client, times=0)

    def assert_exact(self: Witness) -> None:
        """No request needed the server's tolerance: each was what the API's description says."""
        needing = [each for each in self.exchanges if each.tolerated]
        _hold(f"these needed tolerance:\n{tail(needing)}" if needing else "")

    def assert_no_duplicate_submit(self: Witness) -> None:
        """Nothing was created twice, though answers may have been lost and requests repeated."""
        _claim(self, claims.no_duplicate_submit)

    def assert_accepted(
        self: Witness, operation: str, *, times: int | None = None, at_least: int | None = None,
        at_most: int | None = None,
    ) -> None:  # fmt: skip
        """An operation that changes something was accepted so often; without a number at least once."""
        _claim(self, lambda account: claims.accepted(account, operation, times, at_least, at_most))

    def assert_in_order(self: Witness, *operations: str) -> None:
        """These operations were accepted in this order, whatever came between them."""
        _claim(self, lambda account: claims.in_order(account, operations))

    def assert_nothing_left(self: Witness) -> None:
        """No task, job or pool goes on after the script."""
        _claim(self, claims.nothing_left)


def _claim(witness: Witness, claim: Callable[[claims.Account], str]) -> None:
    _hold(claim(claims.Account(witness.journal, as_object(witness.state()))))


def _hold(reason: str) -> None:
    if reason:
        raise AssertionError(reason)
