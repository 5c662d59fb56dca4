"""Carbon facts from core hours and a data centre to compare with. Nothing is measured: the coefficients are made up."""

from __future__ import annotations

from collections.abc import Mapping

from qarnot_mock.sim.commands import Answer, Command, Json, Refusal

# Simulated coefficients: only their order of magnitude is meant to be plausible.
WATTS_PER_CORE = 7.0
GRAMS_PER_KWH = 30.0
DATACENTERS: Mapping[str, tuple[float, float]] = {  # name -> (PUE, gCO2eq per kWh)
    "european_dc": (1.6, 300.0),
    "french_dc": (1.5, 60.0),
    "us_dc": (1.6, 400.0),
}


def facts(command: Command, core_hours: float) -> Answer:
    """The answer of a carbon-facts operation, under the SDKs' names (reference 3.11). Raises a 404 refusal."""
    given = (command.arguments.get(key) for key in ("comparisonDatacenter", "comparisonDataCenter"))
    name = str(next(filter(None, given), "european_dc"))
    if name not in DATACENTERS:
        raise Refusal(404, f"No such datacenter: {name}")
    rounded: dict[str, Json] = {key: round(value, 6) for key, value in _figures(core_hours, *DATACENTERS[name]).items()}
    return Answer({**rounded, "equivalent_datacenter_name": name})


def _figures(core_hours: float, pue: float, grams: float) -> Mapping[str, float]:
    energy_it = core_hours * WATTS_PER_CORE
    footprint = energy_it / 1000 * GRAMS_PER_KWH
    equivalent = energy_it / 1000 * pue * grams
    compute, heat = equivalent - footprint, energy_it / 1000 * 100.0
    return {
        "total_consumed_energy_Wh": energy_it * 1.05,
        "total_energy_it_Wh": energy_it,
        "total_reused_energy_Wh": energy_it * 0.9,
        "qarnot_carbon_footprint": footprint,
        "equivalent_DC_carbon_footprint": equivalent,
        "saved_carbon_footprint_compute": compute,
        "saved_carbon_footprint_heat": heat,
        "saved_carbon_footprint_compute_heat": compute + heat,
        "saved_carbon_footprint_percent": 100.0 * (compute + heat) / equivalent if equivalent else 0.0,
        "PUE": 1.05,
        "ERE": 0.15,
        "ERF": 0.9,
        "WUE": 0.0,
    }
