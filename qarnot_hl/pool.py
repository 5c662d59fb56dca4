"""Documented module ``pool``: machines that are kept ready for tasks. Re-exports only."""

from __future__ import annotations

from qarnot_hl._sync.pool import Pool

__all__ = ["Pool"]
