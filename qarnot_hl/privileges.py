"""Documented module ``privileges``: what a task is allowed to know about its account."""

from __future__ import annotations

from attrs import field, frozen

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.wired import FrozenWired, keyed

__all__ = ["Privileges"]


@frozen
class Privileges(FrozenWired):
    """``exportCredentialsInEnv``: the token and the storage credentials become variables in the instances."""

    exportCredentialsInEnv: bool = field(  # noqa: N815  (the documented spelling)
        default=False, metadata=keyed("exportApiAndStorageCredentialsInEnvironment", read=lambda value: value is True)
    )

    @classmethod
    def from_json(cls, json: JsonObject) -> Privileges:
        """Reads the wire form; null counts as no."""
        return cls._read(json)

    def to_json(self) -> dict[str, Json]:
        """The wire form."""
        return self._write()
