"""Documented module ``project``: who pays within an organization. Re-exports only."""

from __future__ import annotations

from qarnot_hl._core.project import Project

__all__ = ["Project"]
