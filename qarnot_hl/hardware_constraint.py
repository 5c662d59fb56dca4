"""Documented module ``hardware_constraint``: what the machines of a task or pool must have.

Several constraints hold together. One of a kind that this version does not know is kept as the server wrote it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import field, frozen

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.wire_values import lookup, text
from qarnot_hl._core.wired import FrozenWired, keyed

__all__ = [
    "CpuModelHardware",
    "GpuHardware",
    "HardwareConstraint",
    "MaximumCoreHardware",
    "MaximumRamCoreRatioHardware",
    "MaximumRamHardware",
    "MinimumCoreHardware",
    "MinimumRamCoreRatioHardware",
    "MinimumRamHardware",
    "NoGpuHardware",
    "NoSSDHardware",
    "SSDHardware",
    "SpecificHardware",
]


@frozen
class HardwareConstraint(FrozenWired):
    """One of the subclasses, or a kind that this version does not know. Equal when they ask for the same."""

    _discriminator: ClassVar[str | None] = None

    @property
    def discriminator(self) -> str | None:
        """The name of the kind in the API."""
        return self._discriminator or text(lookup(self.more, "discriminator"))

    @classmethod
    def from_json(cls, json: JsonObject) -> HardwareConstraint:
        """Reads the wire form."""
        name = text(lookup(json, "discriminator"))
        kind = KINDS.get((name or "").lower(), HardwareConstraint)
        return kind._read(json, *(["discriminator"] if kind is not HardwareConstraint else []))

    def to_json(self) -> dict[str, Json]:
        """The wire form."""
        return ({"discriminator": self._discriminator} if self._discriminator else {}) | self._write()


@frozen
class MinimumCoreHardware(HardwareConstraint):
    """At least so many cores."""

    _discriminator = "MinimumCoreHardwareConstraint"
    core_count: int = field(alias="coreCount", metadata=keyed("coreCount"))


@frozen
class MaximumCoreHardware(HardwareConstraint):
    """At most so many cores."""

    _discriminator = "MaximumCoreHardwareConstraint"
    core_count: int = field(alias="coreCount", metadata=keyed("coreCount"))


@frozen
class MinimumRamCoreRatioHardware(HardwareConstraint):
    """At least so many GB of memory for each core."""

    _discriminator = "MinimumRamCoreRatioHardwareConstraint"
    minimum_memory_gb_core_ratio: float = field(alias="ram", metadata=keyed("minimumMemoryGBCoreRatio"))


@frozen
class MaximumRamCoreRatioHardware(HardwareConstraint):
    """At most so many GB of memory for each core."""

    _discriminator = "MaximumRamCoreRatioHardwareConstraint"
    maximum_memory_gb_core_ratio: float = field(alias="ram", metadata=keyed("maximumMemoryGBCoreRatio"))


@frozen
class MinimumRamHardware(HardwareConstraint):
    """At least so many MB of memory."""

    _discriminator = "MinimumRamHardwareConstraint"
    minimum_memory_mb: float = field(alias="ram", metadata=keyed("minimumMemoryMB"))


@frozen
class MaximumRamHardware(HardwareConstraint):
    """At most so many MB of memory."""

    _discriminator = "MaximumRamHardwareConstraint"
    maximum_memory_mb: float = field(alias="ram", metadata=keyed("maximumMemoryMB"))


@frozen
class SpecificHardware(HardwareConstraint):
    """A machine whose key contains this one, like ``8c-32g-amd-rz3700x``."""

    _discriminator = "SpecificHardwareConstraint"
    specification_key: str = field(alias="key", metadata=keyed("specificationKey"))


@frozen
class CpuModelHardware(HardwareConstraint):
    """A processor of this model."""

    _discriminator = "CpuModelHardwareConstraint"
    cpu_model: str = field(metadata=keyed("cpuModel"))


@frozen
class GpuHardware(HardwareConstraint):
    """With a graphics processor."""

    _discriminator = "GpuHardwareConstraint"


@frozen
class NoGpuHardware(HardwareConstraint):
    """Without a graphics processor."""

    _discriminator = "NoGpuHardwareConstraint"


@frozen
class SSDHardware(HardwareConstraint):
    """With a solid-state disk."""

    _discriminator = "SSDHardwareConstraint"


@frozen
class NoSSDHardware(HardwareConstraint):
    """Without a solid-state disk."""

    _discriminator = "NoSSDHardwareConstraint"


KINDS: Mapping[str, type[HardwareConstraint]] = {
    str(kind._discriminator).lower(): kind
    for kind in (
        MinimumCoreHardware,
        MaximumCoreHardware,
        MinimumRamCoreRatioHardware,
        MaximumRamCoreRatioHardware,
        MinimumRamHardware,
        MaximumRamHardware,
        SpecificHardware,
        CpuModelHardware,
        GpuHardware,
        NoGpuHardware,
        SSDHardware,
        NoSSDHardware,
    )
}
