"""How much may run at once: instances and cores of the account and of its organization, tasks, pools.

A limit delays; it refuses only what it would delay for ever. Reserved machines are the account's own: for them only
the number of running tasks and pools counts (assumed).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from qarnot_mock.sim.allowances import Limit
from qarnot_mock.sim.holds import Use, use
from qarnot_mock.sim.state import Hold, State

_SHARED = ("flex", "ondemand")
Holder = tuple[str, int]


def cores_left(state: State, scheduling: str, leaving: Hold | None = None) -> int | None:
    """The cores of the largest node that one instance more may take, 0 for none, None for any.

    ``leaving`` is a hold that would be given up for it.
    """
    if scheduling not in _SHARED:
        return None
    return max(0, min(_left(state, limit, types, leaving) for limit, types in _limits(state, scheduling)))


def exceeded_for_ever(state: State, scheduling: str, cores: int) -> str | None:
    """What there is too little of for an instance on a node of so many cores, even when nothing else runs."""
    if scheduling not in _SHARED:
        return None
    limits = [limit for limit, _ in _limits(state, scheduling)]
    if any(limit.instances < 1 for limit in limits):
        return "instances"
    return "cores" if any(limit.cores < cores for limit in limits) else None


def running(state: State, kind: str, leaving: Holder | None = None) -> dict[str, None]:
    """The tasks or the pools that hold a node, in the order in which they got the oldest that they still have."""
    records = state.pools if kind == "pool" else state.tasks
    return dict.fromkeys(uuid for uuid, number in state.holds if uuid in records and (uuid, number) != leaving)


def is_full(state: State, kind: str, beside: Collection[str]) -> bool:
    """Whether no other task, or no other pool, may run beside those that do."""
    quotas = state.settings.quotas
    return len(beside) >= (quotas.max_running_pool if kind == "pool" else quotas.max_running_task)


def _limits(state: State, scheduling: str) -> Iterator[tuple[Limit, tuple[str, ...]]]:
    quotas, organization = state.settings.quotas, state.settings.organization
    yield Limit(quotas.max_instances, quotas.max_cores), _SHARED
    yield quotas.limits[scheduling], (scheduling,)
    if organization is not None and scheduling in organization.limits:
        yield organization.limits[scheduling], (scheduling,)


def _left(state: State, limit: Limit, types: tuple[str, ...], leaving: Hold | None) -> int:
    used = use(state, *types)
    if leaving is not None and leaving.scheduling in types:
        used = Use(used.instances - 1, used.cores - state.nodes[leaving.node].core_count)
    return limit.cores - used.cores if used.instances < limit.instances else 0
