"""Documented module ``paginate``: pages of a listing. Re-exports only."""

from __future__ import annotations

from qarnot_hl._core.paging import OffsetResponse, PaginateResponse

__all__ = ["OffsetResponse", "PaginateResponse"]
