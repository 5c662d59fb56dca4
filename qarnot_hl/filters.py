"""Filters for the listings of a connection. Re-exports only."""

from __future__ import annotations

from qarnot_hl._core.filters import (
    ApiFilter,
    Filters,
    all_tag_filter,
    concat_filters,
    create_job_filter,
    create_pool_filter,
    create_task_filter,
    or_tag_filter,
)

__all__ = [
    "ApiFilter",
    "Filters",
    "all_tag_filter",
    "concat_filters",
    "create_job_filter",
    "create_pool_filter",
    "create_task_filter",
    "or_tag_filter",
]
