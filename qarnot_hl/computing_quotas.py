"""Documented module ``computing_quotas``: how much may run at once. Re-exports only."""

from __future__ import annotations

from qarnot_hl._core.quotas import (
    ComputingQuotas,
    OrganizationComputingQuotas,
    OrganizationComputingQuotasBase,
    OrganizationComputingQuotasDetails,
    OrganizationReservedSchedulingQuota,
    OrganizationReservedSchedulingQuotaDetails,
    OrganizationSchedulingQuota,
    OrganizationSchedulingQuotaDetails,
    RunningCounts,
    UserComputingQuotas,
    UserReservedSchedulingQuota,
    UserSchedulingQuota,
)

__all__ = [
    "ComputingQuotas",
    "OrganizationComputingQuotas",
    "OrganizationComputingQuotasBase",
    "OrganizationComputingQuotasDetails",
    "OrganizationReservedSchedulingQuota",
    "OrganizationReservedSchedulingQuotaDetails",
    "OrganizationSchedulingQuota",
    "OrganizationSchedulingQuotaDetails",
    "RunningCounts",
    "UserComputingQuotas",
    "UserReservedSchedulingQuota",
    "UserSchedulingQuota",
]
