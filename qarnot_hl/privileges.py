"""Documented module ``privileges``: what a task is allowed to know about its account."""

from __future__ import annotations

from attrs import frozen

from qarnot_hl._core.json_types import JsonObject
from qarnot_hl._core.wire_values import lookup

__all__ = ["Privileges"]


@frozen
class Privileges:
    """``exportCredentialsInEnv``: the token and the storage credentials become variables in the instances."""

    exportCredentialsInEnv: bool = False  # noqa: N815  (the documented spelling)

    @classmethod
    def from_json(cls, json: JsonObject) -> Privileges:
        """Reads the wire form; null counts as no."""
        return cls(lookup(json, "exportApiAndStorageCredentialsInEnvironment") is True)

    def to_json(self) -> dict[str, bool]:
        """The wire form."""
        return {"exportApiAndStorageCredentialsInEnvironment": self.exportCredentialsInEnv}
