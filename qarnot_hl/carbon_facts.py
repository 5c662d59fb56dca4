"""Documented module ``carbon_facts``: what the energy of a computation was worth. Re-exports only."""

from __future__ import annotations

from qarnot_hl._core.carbon_facts import CarbonFacts
from qarnot_hl._sync.carbon import CarbonClient

__all__ = ["CarbonClient", "CarbonFacts"]
