"""The quotas that ``Connection.user_info`` carries. Re-exports only."""

from __future__ import annotations

from qarnot_hl._core.user_info import (
    ComputingQuotas,
    OrganizationComputingQuotas,
    ReservedQuota,
    SchedulingQuota,
    UserComputingQuotas,
)

__all__ = [
    "ComputingQuotas",
    "OrganizationComputingQuotas",
    "ReservedQuota",
    "SchedulingQuota",
    "UserComputingQuotas",
]
