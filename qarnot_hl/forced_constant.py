"""Documented module ``forced_constant``: constants set over those of the profile. Needs a permission."""

from __future__ import annotations

from enum import Enum

from attrs import define, field

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.wired import MutableWired, keyed

__all__ = ["ForcedConstant", "ForcedConstantAccess"]


class ForcedConstantAccess(Enum):
    """What a task may do with the constant."""

    ReadWrite = "ReadWrite"
    ReadOnly = "ReadOnly"


def _read_access(value: Json) -> ForcedConstantAccess | str | None:
    if not isinstance(value, str):
        return None
    return next((access for access in ForcedConstantAccess if access.value.lower() == value.lower()), value)


def _write_access(value: ForcedConstantAccess | str | None) -> str | None:
    return value.value if isinstance(value, ForcedConstantAccess) else value


@define
class ForcedConstant(MutableWired):
    """The value that a constant gets, whatever the profile says. None leaves a thing as it is.

    ``access`` is a text when it is of a kind that this version does not know.
    """

    forced_value: str | None = field(metadata=keyed("forcedValue"))
    force_export_in_environment: bool | None = field(
        default=None, metadata=keyed("forceExportInEnvironment", optional=True)
    )
    access: ForcedConstantAccess | str | None = field(
        default=None, metadata=keyed("access", optional=True, read=_read_access, write=_write_access)
    )

    @classmethod
    def from_json(cls, json: JsonObject) -> ForcedConstant:
        """Reads the wire form; the name is under ``constantName`` there."""
        return cls._read(json, "constantName")

    def to_json(self, name: str) -> dict[str, Json]:
        """The wire form under a name."""
        return {"constantName": name, **self._write()}
