"""What the energy of a computation was worth. Pure; the field names of both sources are read (reference 3.11)."""

# ruff: noqa: N815  (the attributes have the documented spelling)

from __future__ import annotations

from attrs import define, field

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.wired import MutableWired, keyed


@define
class CarbonFacts(MutableWired):
    """Energy in Wh, footprints and savings in gCO2eq, and the usual ratios. None: the server did not say.

    The comparison is with ``equivalent_datacenter_name``. The spelling of the attributes is the documented one.
    """

    energy_consumption_Wh: float | None = field(
        alias="energy_consumption", default=0, metadata=keyed("total_consumed_energy_Wh", "totalConsumedEnergyWh")
    )
    energy_it_Wh: float | None = field(
        alias="energy_it", default=0, metadata=keyed("total_energy_it_Wh", "totalEnergyITWh")
    )
    energy_reuse_Wh: float | None = field(
        alias="energy_reuse", default=0, metadata=keyed("total_reused_energy_Wh", "totalReuseEnergyWh")
    )
    carbon_footprint_gC02eq: float | None = field(
        alias="carbon_footprint", default=0, metadata=keyed("qarnot_carbon_footprint", "carbonFootprintC02Eq")
    )
    equivalent_datacenter_name: str | None = field(
        alias="equivalent_dc_name", default="", metadata=keyed("equivalent_datacenter_name", "comparisonDataCenterName")
    )
    equivalent_dc_carbon_footprint_gC02eq: float | None = field(
        alias="equivalent_dc_carbon_footprint",
        default=0,
        metadata=keyed("equivalent_DC_carbon_footprint", "equivalentDCCarbonFootprintC02Eq"),
    )
    saved_carbon_footprint_compute_gC02eq: float | None = field(
        alias="saved_carbon_footprint_compute",
        default=0,
        metadata=keyed("saved_carbon_footprint_compute", "savedCarbonFootprintComputeC02Eq"),
    )
    saved_carbon_footprint_heat_gC02eq: float | None = field(
        alias="saved_carbon_footprint_heat",
        default=0,
        metadata=keyed("saved_carbon_footprint_heat", "savedCarbonFootprintHeatC02Eq"),
    )
    saved_carbon_footprint_compute_heat_gC02eq: float | None = field(
        alias="saved_carbon_footprint_compute_heat",
        default=0,
        metadata=keyed("saved_carbon_footprint_compute_heat", "savedCarbonFootprintComputeHeatC02Eq"),
    )
    saved_carbon_footprint_percent: float | None = field(
        default=0, metadata=keyed("saved_carbon_footprint_percent", "savedCarbonFootprintPercentage")
    )
    PUE: float | None = field(default=0, metadata=keyed("PUE"))
    ERE: float | None = field(default=0, metadata=keyed("ERE"))
    ERF: float | None = field(default=0, metadata=keyed("ERF"))
    WUE: float | None = field(default=0, metadata=keyed("WUE"))

    @classmethod
    def from_json(cls, json: JsonObject | None) -> CarbonFacts | None:
        """Reads either wire form; None for null."""
        return None if json is None else cls._read(json)

    def to_json(self) -> dict[str, Json]:
        """The wire form of the official SDKs."""
        return self._write()
