"""Documented module ``multi_slots_settings``: how many slots each machine of a pool has."""

from __future__ import annotations

from attrs import field, frozen

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.wire_values import integer
from qarnot_hl._core.wired import FrozenWired, keyed

__all__ = ["MultiSlotsSettings"]


@frozen
class MultiSlotsSettings(FrozenWired):
    """So many task instances at once on each machine; None: as the profile says (inferred)."""

    slotsPerNode: int | None = field(default=None, metadata=keyed("slotsPerNode", read=integer))  # noqa: N815  (documented)

    @classmethod
    def from_json(cls, json: JsonObject) -> MultiSlotsSettings:
        """Reads the wire form."""
        return cls._read(json)

    def to_json(self) -> dict[str, Json]:
        """The wire form."""
        return self._write()
