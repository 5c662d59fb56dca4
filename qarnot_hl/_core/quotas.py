"""How much may run at once, and does, for an account and its organization. Pure values; nulls and gaps are survived."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Self, TypeVar

from attrs import field, frozen

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.wire_values import integer, lookup, many, mapping, objects, one, text
from qarnot_hl._core.wired import FrozenWired, keyed

P = TypeVar("P", bound="FrozenWired")


@frozen(slots=False)
class Counted(FrozenWired):
    """Base of what is read from JSON."""

    @classmethod
    def from_json(cls, json: JsonObject | None) -> Self | None:
        """Reads the wire form; None for null."""
        return None if json is None else cls._read(json)


@frozen(slots=False)
class RunningCounts(Counted):
    """What one user of an organization runs."""

    running_instances_count: int | None = field(
        default=None, metadata=keyed("runningInstancesCount", "runningInstanceCount", read=integer)
    )
    running_cores_count: int | None = field(
        default=None, metadata=keyed("runningCoresCount", "runningCoreCount", read=integer)
    )


def _per_user(value: Json) -> Mapping[str, RunningCounts] | None:
    if not isinstance(value, Mapping):
        return None
    return {email: RunningCounts._read(mapping(counts)) for email, counts in value.items()}


@frozen(slots=False)
class _PerUser(Counted):
    running_counts_per_user: Mapping[str, RunningCounts] | None = field(
        default=None, hash=False, metadata=keyed("runningCountsPerUser", read=_per_user)
    )


@frozen(slots=False)
class _Reservation(Counted):
    reservation_name: str | None = field(default=None, metadata=keyed("reservationName", read=text))
    machine_key: str | None = field(default=None, metadata=keyed("machineKey", read=text))


@frozen(slots=False)
class SchedulingQuota(Counted):
    """Instances and cores that may run, and do run, under one scheduling plan. None: not told."""

    max_cores: int | None = field(default=None, metadata=keyed("maxCores", read=integer))
    running_cores_count: int | None = field(
        default=None, metadata=keyed("runningCoresCount", "runningCoreCount", read=integer)
    )
    max_instances: int | None = field(default=None, metadata=keyed("maxInstances", read=integer))
    running_instances_count: int | None = field(
        default=None, metadata=keyed("runningInstancesCount", "runningInstanceCount", read=integer)
    )


@frozen(slots=False)
class UserSchedulingQuota(SchedulingQuota):
    """That of an account."""


@frozen(slots=False)
class UserReservedSchedulingQuota(UserSchedulingQuota, _Reservation):
    """That of an account on reserved machines of one kind."""


@frozen(slots=False)
class OrganizationSchedulingQuota(SchedulingQuota):
    """That of an organization."""


@frozen(slots=False)
class OrganizationReservedSchedulingQuota(OrganizationSchedulingQuota, _Reservation):
    """That of an organization on reserved machines of one kind."""


@frozen(slots=False)
class OrganizationSchedulingQuotaDetails(OrganizationSchedulingQuota, _PerUser):
    """With ``running_counts_per_user`` by e-mail: None when one may not see it, empty when nothing runs."""


@frozen(slots=False)
class OrganizationReservedSchedulingQuotaDetails(OrganizationReservedSchedulingQuota, _PerUser):
    """The same on reserved machines of one kind."""


def _plan(kind: type[P]) -> Callable[[Json], P]:
    """A reader of one plan, empty when there is none."""
    return lambda plan: kind._read(mapping(plan))


@frozen(slots=False)
class UserComputingQuotas(Counted):
    """The account's own quotas, per scheduling plan."""

    flex: UserSchedulingQuota = field(
        factory=UserSchedulingQuota, metadata=keyed("flex", read=_plan(UserSchedulingQuota))
    )
    on_demand: UserSchedulingQuota = field(
        factory=UserSchedulingQuota, metadata=keyed("onDemand", read=_plan(UserSchedulingQuota))
    )
    reserved: list[UserReservedSchedulingQuota] = field(
        factory=list, hash=False, metadata=keyed("reserved", read=many(UserReservedSchedulingQuota._read))
    )


@frozen(slots=False)
class _Named(Counted):
    name: str | None = field(default=None, metadata=keyed("name", read=text))


@frozen(slots=False)
class OrganizationComputingQuotasBase(Counted):
    """The quotas of an organization, per scheduling plan."""

    flex: OrganizationSchedulingQuota = field(
        factory=OrganizationSchedulingQuota, metadata=keyed("flex", read=_plan(OrganizationSchedulingQuota))
    )
    on_demand: OrganizationSchedulingQuota = field(
        factory=OrganizationSchedulingQuota, metadata=keyed("onDemand", read=_plan(OrganizationSchedulingQuota))
    )
    reserved: Sequence[OrganizationReservedSchedulingQuota] = field(
        factory=list, hash=False, metadata=keyed("reserved", read=many(OrganizationReservedSchedulingQuota._read))
    )


@frozen(slots=False)
class OrganizationComputingQuotas(OrganizationComputingQuotasBase, _Named):
    """The quotas of the account's organization, with its name."""


@frozen(slots=False)
class OrganizationComputingQuotasDetails(OrganizationComputingQuotasBase):
    """The same with who runs how much."""

    flex: OrganizationSchedulingQuotaDetails = field(
        factory=OrganizationSchedulingQuotaDetails,
        metadata=keyed("flex", read=_plan(OrganizationSchedulingQuotaDetails)),
    )
    on_demand: OrganizationSchedulingQuotaDetails = field(
        factory=OrganizationSchedulingQuotaDetails,
        metadata=keyed("onDemand", read=_plan(OrganizationSchedulingQuotaDetails)),
    )
    reserved: Sequence[OrganizationReservedSchedulingQuotaDetails] = field(
        factory=list,
        hash=False,
        metadata=keyed("reserved", read=many(OrganizationReservedSchedulingQuotaDetails._read)),
    )


@frozen(slots=False)
class ComputingQuotas(Counted):
    """The quotas of the account, and of its organization if it has one."""

    user: UserComputingQuotas = field(
        factory=UserComputingQuotas,
        alias="user_computing_quotas",
        metadata=keyed("user", read=_plan(UserComputingQuotas)),
    )
    organization: OrganizationComputingQuotas | None = field(
        default=None,
        alias="organization_computing_quotas",
        metadata=keyed("organization", read=one(OrganizationComputingQuotas._read)),
    )

    @classmethod
    def from_json_legacy(cls, json: JsonObject | None) -> ComputingQuotas | None:
        """Reads the flat fields that older servers put into the account; None for null."""
        if json is None:
            return None
        reserved = [UserReservedSchedulingQuota._read(entry) for entry in objects(lookup(json, "reservedQuotas"))]
        return cls(UserComputingQuotas(_legacy_plan(json, "Flex"), _legacy_plan(json, "OnDemand"), reserved))


def _legacy_plan(json: JsonObject, name: str) -> UserSchedulingQuota:
    keys = (f"max{name}Cores", f"running{name}CoreCount", f"max{name}Instances", f"running{name}InstanceCount")
    return UserSchedulingQuota(*(integer(lookup(json, key)) for key in keys))
