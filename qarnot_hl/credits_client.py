"""Documented module ``credits_client``: what computations have cost, and what is left. Re-exports only."""

from __future__ import annotations

from qarnot_hl._core.money import Credits
from qarnot_hl._sync.credits_client import CreditsClient

__all__ = ["Credits", "CreditsClient"]
