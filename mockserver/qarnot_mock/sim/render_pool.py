"""Pools as the wire shows them: one small function per field of ``PoolOutput`` (reference 3.9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from qarnot_mock.sim.commands import Json
from qarnot_mock.sim.pool_sizing import busy
from qarnot_mock.sim.pools import Pool
from qarnot_mock.sim.render_workload import COMMON, echo, retry_settings
from qarnot_mock.sim.state import State

SELECT_ONLY = frozenset({"constants", "constraints", "labels", "scaling", "multiSlotsSettings"})
"""What cannot be filtered by, besides what cannot of tasks (reference 3.2)."""

_NOT_ELASTIC: Mapping[str, Json] = {
    "isElastic": False,
    "minTotalSlots": 0,
    "maxTotalSlots": 0,
    "minIdleSlots": 0,
    "resizePeriod": 90,
    "rampResizeFactor": 0.4,
    "minIdleTimeSeconds": 90,
}


def pool_output(state: State, pool: Pool) -> dict[str, Json]:
    """The ``PoolOutput`` schema."""
    return selected(state, pool, FIELDS)


def pool_summary(state: State, pool: Pool) -> dict[str, Json]:
    """The ``PoolSummaryOutput`` schema."""
    return selected(state, pool, SUMMARY_FIELDS)


def selected(state: State, pool: Pool, names: Iterable[str]) -> dict[str, Json]:
    """Only some fields of ``PoolOutput``."""
    return {name: FIELDS[name](state, pool) for name in names}


def scaling(pool: Pool) -> dict[str, Json] | None:
    """The ``ReportedScaling`` schema; None when the pool is sized in another way."""
    if pool.scaling is None:
        return None
    return {"policies": pool.scaling.get("policies") or [], "activePolicyName": pool.policy}


def capacity(pool: Pool) -> int:
    """The slots of the instances that are ready."""
    return len(pool.in_states("execution")) * pool.slots_per_node


def _usage(state: State, pool: Pool) -> float:
    slots = capacity(pool)
    return round(busy(pool) / slots, 6) if slots else 0.0


FIELDS: Mapping[str, Callable[[State, Pool], Json]] = {
    **COMMON,
    "instanceCount": echo("instanceCount", 0),
    "targetRunningInstanceCount": lambda state, pool: pool.target,
    "queuedOrRunningTaskInstancesCount": lambda state, pool: busy(pool),
    "totalSlotCapacity": lambda state, pool: capacity(pool),
    "poolUsage": _usage,
    "errors": lambda state, pool: [pool.error] if pool.error else [],
    "elasticProperty": lambda state, pool: {**_NOT_ELASTIC, **(pool.elastic or {})},
    "scaling": lambda state, pool: scaling(pool),
    "preparationTask": echo("preparationTask"),
    "multiSlotsSettings": echo("multiSlotsSettings", {"slotsPerNode": None}),  # 2.23.0 cannot read a null here
    "taskDefaultWaitForPoolResourcesSynchronization": echo("taskDefaultWaitForPoolResourcesSynchronization"),
    "defaultRetrySettings": lambda state, pool: retry_settings(pool.definition.get("defaultRetrySettings")),
}
"""Every field of a pool and how it is made."""

SUMMARY_FIELDS = (
    "uuid", "name", "shortname", "profile", "state", "previousState", "instanceCount", "targetRunningInstanceCount",
    "stateTransitionTime", "previousStateTransitionTime", "creationDate", "lastModified", "endDate",
    "runningInstanceCount", "runningCoreCount", "queuedOrRunningTaskInstancesCount", "executionTime", "wallTime",
    "taskDefaultWaitForPoolResourcesSynchronization", "projectUuid",
)  # fmt: skip
