"""What the account uses and may use at once, as the wire shows it: ``/info`` and ``/quotas`` (reference 3.12)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from qarnot_mock.sim.allowances import Limit
from qarnot_mock.sim.commands import Answer, Command, Json, Refusal
from qarnot_mock.sim.holds import Use, use
from qarnot_mock.sim.state import State

_WIRE_NAMES: Mapping[str, str] = {"flex": "flex", "ondemand": "onDemand"}
_LEGACY_RESERVED = ("machineKey", "maxInstances", "maxCores")
Row = Callable[[Limit, Use], dict[str, Json]]


def user_quotas(state: State, command: Command) -> Answer:
    """user_quotas_get."""
    return Answer(user_wire(state))


def organization_quotas(state: State, command: Command) -> Answer:
    """organization_quotas_get: a 404 when the user belongs to no organization."""
    organization = state.settings.organization
    if organization is None:
        raise Refusal(404, "The authenticated user does not inherit organization computing quotas")
    return Answer({**_by_type(state, organization.limits, partial(_with_users, state)), "reserved": []})


def user_wire(state: State) -> Json:
    """The ``UserComputingQuotas`` schema."""
    return {**_by_type(state, state.settings.quotas.limits, _row), "reserved": list(_reserved(state))}


def organization_wire(state: State) -> Json:
    """The ``OrganizationComputingQuotas`` schema; null without an organization."""
    organization = state.settings.organization
    if organization is None:
        return None
    return {"name": organization.name, **_by_type(state, organization.limits, _row), "reserved": []}


def legacy_limits(state: State) -> dict[str, Json]:
    """The deprecated fields of ``UserInfo`` that say the same."""
    quotas = state.settings.quotas
    flex, on_demand = quotas.limits["flex"], quotas.limits["ondemand"]
    used_flex, used_on_demand = use(state, "flex"), use(state, "ondemand")
    return {
        "maxInstances": quotas.max_instances,
        "maxCores": quotas.max_cores,
        "maxFlexInstances": flex.instances,
        "maxFlexCores": flex.cores,
        "maxOnDemandInstances": on_demand.instances,
        "maxOnDemandCores": on_demand.cores,
        "runningFlexInstanceCount": used_flex.instances,
        "runningFlexCoreCount": used_flex.cores,
        "runningOnDemandInstanceCount": used_on_demand.instances,
        "runningOnDemandCoreCount": used_on_demand.cores,
        "reservedQuotas": [{name: row[name] for name in _LEGACY_RESERVED} for row in _reserved(state)],
    }


def _by_type(state: State, limits: Mapping[str, Limit], row: Row) -> dict[str, Json]:
    rows: dict[str, Json] = {
        name: row(limits[scheduling], use(state, scheduling)) if scheduling in limits else None
        for scheduling, name in _WIRE_NAMES.items()
    }
    return rows


def _reserved(state: State) -> Iterator[dict[str, Json]]:
    """The ``ReservedQuota`` schema of each reservation: all of its machines may be used. They are the user's own."""
    for kind, indexes in state.fleet:
        if kind.reservation:
            cores = [kind.core_count for hold in state.holds.values() if hold.node in indexes]
            slots = kind.count * kind.slots
            row = _row(Limit(slots, slots * kind.core_count), Use(len(cores), sum(cores)))
            yield {"machineKey": kind.specification_key, "reservationName": kind.reservation, **row}


def _row(limit: Limit, used: Use) -> dict[str, Json]:
    return {"maxInstances": limit.instances, "maxCores": limit.cores, **_counts(used)}


def _with_users(state: State, limit: Limit, used: Use) -> dict[str, Json]:
    """The account is the only user of its organization that this world knows."""
    return {
        **_row(limit, used),
        "runningCountsPerUser": {state.settings.email: _counts(used)} if used.instances else {},
    }


def _counts(used: Use) -> dict[str, Json]:
    return {"runningInstancesCount": used.instances, "runningCoresCount": used.cores}
