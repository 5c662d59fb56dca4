"""The projects that ``Connection.user_info`` carries. Re-exports only."""

from __future__ import annotations

from qarnot_hl._core.user_info import Project

__all__ = ["Project"]
