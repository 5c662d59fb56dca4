"""What a definition refers to must exist, else a 400: open pools, active jobs, machines (reference 1.5, 3.3, 3.10)."""

from __future__ import annotations

from collections.abc import Mapping

from qarnot_mock.sim import limits
from qarnot_mock.sim.commands import Json, Refusal
from qarnot_mock.sim.demand import demand, reserves, scheduling_of
from qarnot_mock.sim.jobs import Job
from qarnot_mock.sim.pools import Pool
from qarnot_mock.sim.state import State


def open_pool(state: State, key: str) -> Pool | None:
    """The pool that a task or a job is for, None when it names none. Raises when it is unknown or not open."""
    if not key:
        return None
    pool = state.pools.find(key)
    if pool is None:
        raise Refusal(400, f"No such pool: {key}")
    if not pool.accepts:
        raise Refusal(400, f"The pool {pool.uuid} is not open ({pool.state}); it takes no more tasks")
    return pool


def active_job(state: State, uuid: str) -> Job | None:
    """The job that a task is for, None when it names none. Raises when it is unknown or takes no more tasks."""
    if not uuid:
        return None
    job = state.jobs.get(uuid)
    if job is None:
        raise Refusal(400, f"No such job: {uuid}")
    if not state.lifecycles.job.among(job.state, "running"):
        raise Refusal(400, f"The job {uuid} is not active ({job.state}); it takes no more tasks")
    return job


def machines(state: State, definition: Mapping[str, Json]) -> None:
    """Raise when nothing of what is defined can ever run: a 402 for want of hardware, a 403 when the account's limits
    leave no room for one instance, or a 400 when it names a reservation that is unknown.

    The 400 is assumed, from what unknown jobs get, and the 403 from the number of tasks.
    """
    kinds = state.settings.nodes
    if scheduling_of(definition) == "reserved" and not any(reserves(kind, definition) for kind in kinds):
        wanted = definition.get("targetedReservationName") or definition.get("targetedReservedMachineKey")
        raise Refusal(400, f"No such reservation: {wanted}" if wanted else "The account has no reserved machines")
    nodes = demand("task", definition, state.fleet).nodes
    if not nodes:
        raise Refusal(402, "No available hardware satisfies the hardware constraints")
    smallest = min(state.nodes[index].core_count for index in nodes)
    exceeded = limits.exceeded_for_ever(state, scheduling_of(definition), smallest)
    if exceeded is not None:
        raise Refusal(403, f"Maximum number of {exceeded} reached")
