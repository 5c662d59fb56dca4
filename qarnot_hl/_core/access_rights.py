"""Which secrets an object may read, as it was set or as the server says. Pure; shared by tasks and pools."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from attrs import frozen

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.wire_values import lookup, mapping, objects, text
from qarnot_hl._core.wired import beyond


@frozen
class SecretAccessRightBySecret:
    """The one secret of that key."""

    key: str

    def to_json(self) -> dict[str, str]:
        """The wire form."""
        return {"key": self.key}


@frozen
class SecretAccessRightByPrefix:
    """All secrets whose keys begin so."""

    prefix: str

    def to_json(self) -> dict[str, str]:
        """The wire form."""
        return {"prefix": self.prefix}


class SecretsAccessRights:
    """The secrets that a task may read. Empty is false.

    Those that belong to a task note each change there as a local edit; ``copy.copy`` gives some of their own.
    """

    def __init__(
        self,
        by_secret: Iterable[SecretAccessRightBySecret] | None = None,
        by_prefix: Iterable[SecretAccessRightByPrefix] | None = None,
    ) -> None:
        content: list[Json] = [
            {
                "bySecret": [right.to_json() for right in by_secret or ()],
                "byPrefix": [right.to_json() for right in by_prefix or ()],
            }
        ]
        self._read: Callable[[], Json] = lambda: content[0]
        self._store: Callable[[Json], None] = lambda json: content.__setitem__(0, json)

    @classmethod
    def from_json(cls, json: JsonObject | None) -> SecretsAccessRights:
        """Reads the wire form; null gives no rights. Keys that this version does not know are kept."""
        rights = cls()
        rights._store(mapping(json))
        return rights

    @classmethod
    def _of(cls, read: Callable[[], Json], store: Callable[[Json], None]) -> SecretsAccessRights:
        """The rights that belong to an object."""
        rights = cls()
        rights._read, rights._store = read, store
        return rights

    @property
    def by_secret(self) -> list[SecretAccessRightBySecret]:
        """The rights to single secrets."""
        return [SecretAccessRightBySecret(key) for key in self._listed("bySecret", "key")]

    @property
    def by_prefix(self) -> list[SecretAccessRightByPrefix]:
        """The rights to all secrets under a prefix."""
        return [SecretAccessRightByPrefix(prefix) for prefix in self._listed("byPrefix", "prefix")]

    def add_secret_by_key(self, key: str) -> SecretsAccessRights:
        """Allow one secret more; returns itself."""
        return self.add_secrets_by_keys([key])

    def add_secrets_by_keys(self, keys: Sequence[str]) -> SecretsAccessRights:
        """Allow more secrets; returns itself."""
        return self._add("bySecret", [{"key": key} for key in keys])

    def add_secret_by_prefix(self, prefix: str) -> SecretsAccessRights:
        """Allow all secrets under one prefix more; returns itself."""
        return self.add_secrets_by_prefixes([prefix])

    def add_secrets_by_prefixes(self, prefixes: Sequence[str]) -> SecretsAccessRights:
        """Allow all secrets under more prefixes; returns itself."""
        return self._add("byPrefix", [{"prefix": prefix} for prefix in prefixes])

    def to_json(self) -> dict[str, Json]:
        """The wire form."""
        return {"bySecret": self._entries("bySecret"), "byPrefix": self._entries("byPrefix"), **self._more()}

    def _more(self) -> dict[str, Json]:
        return beyond(mapping(self._read()), {"bySecret", "byPrefix"})

    def _entries(self, key: str) -> list[JsonObject]:
        return objects(lookup(mapping(self._read()), key))

    def _listed(self, key: str, inner: str) -> list[str]:
        return [value for entry in self._entries(key) if (value := text(lookup(entry, inner))) is not None]

    def _add(self, key: str, entries: list[JsonObject]) -> SecretsAccessRights:
        self._store({**self.to_json(), key: [*self._entries(key), *entries]})
        return self

    def __bool__(self) -> bool:
        return bool(self._entries("bySecret") or self._entries("byPrefix"))

    def __eq__(self, other: object) -> bool:
        """Whether both allow the same."""
        return self.to_json() == other.to_json() if isinstance(other, SecretsAccessRights) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        """The rights as an expression."""
        return f"SecretsAccessRights({self.by_secret!r}, {self.by_prefix!r})"

    def __reduce__(self) -> tuple[object, tuple[object]]:
        """Pickles and copies as rights of their own."""
        return SecretsAccessRights.from_json, (self.to_json(),)
