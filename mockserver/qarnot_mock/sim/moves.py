"""What every instance goes through, a task's or a pool's: it waits, gets a node or a slot, moves from phase to phase.

Which move is possible is the table's business (``spec/lifecycles.yaml``), what a phase does that of ``instances`` and
``pool_instances``.
"""

from __future__ import annotations

from collections.abc import Mapping

from qarnot_mock.sim import holds, money, phases
from qarnot_mock.sim.commands import Json
from qarnot_mock.sim.demand import demand
from qarnot_mock.sim.events import COMPLETION
from qarnot_mock.sim.formats import microseconds
from qarnot_mock.sim.pools import Pool
from qarnot_mock.sim.state import State
from qarnot_mock.sim.workloads import Instance, Run, Workload


def error(code: str, message: str) -> Mapping[str, Json]:
    """The ``Error`` schema. Codes starting with MOCK are ours: Qarnot's own codes are not published."""
    return {"code": code, "message": message, "debug": ""}


def wait(state: State, owner: Workload, instance: Instance) -> None:
    """Queue an instance: for a slot of its pool, or for a node, behind its equals (reference 7.5)."""
    if owner.pool:
        state.pools[owner.pool].waiting[owner.uuid, instance.id] = None
        state.touch(owner)
        return
    kind = "pool" if owner.uuid in state.pools else "task"
    wanted = demand(kind, owner.definition, state.fleet)
    state.waiting.join(wanted, owner.uuid, instance.id, instance.version)


def place(state: State, owner: Workload, instance: Instance, node: int) -> None:
    """Give a waiting instance a node; a new run begins."""
    holds.take(state, owner, instance.id, node)
    _begin(state, owner, instance, Run(node, state.now))


def seat(state: State, owner: Workload, instance: Instance, pool: Pool, host: Instance) -> None:
    """Give a waiting instance a slot of a pool's instance; a new run begins there."""
    host.guests.append((owner.uuid, instance.id))
    _begin(state, owner, instance, Run(host.runs[-1].node, state.now, host=host.id, share=pool.slots_per_node))


def change(state: State, owner: Workload, instance: Instance, trigger: str) -> None:
    """Fire a trigger: account the time of the phase that is left, bill execution, give back a node or a slot."""
    life = state.lifecycles.instance
    target = life.fire(instance.state, trigger)
    _bill(state, owner, instance, -1)
    if life.among(instance.state, "running"):
        spent = instance.runs[-1].spent
        spent[instance.state] = spent.get(instance.state, 0) + state.now - instance.entered
        if not life.among(target, "running"):
            _leave(state, owner, instance)
    elif owner.pool in state.pools:
        state.pools[owner.pool].waiting.pop((owner.uuid, instance.id), None)
    instance.state, instance.entered = target, state.now
    instance.version += 1
    _bill(state, owner, instance, 1)
    instance.ended = state.now if life.among(target, "terminal") else None
    state.touch(owner)


def lasts(state: State, owner: Workload, instance: Instance, seconds: float) -> None:
    """The phase that an instance is in ends after so many seconds, unless it is left before."""
    due = state.now + microseconds(seconds)
    state.queue.put(due, "phase", owner.uuid, str(instance.id), instance.version, COMPLETION)


def run_phase(state: State, owner: Workload, instance: Instance) -> None:
    """Let the phase that an instance has just entered take its time, as its script says."""
    seconds = phases.until_event(state, owner, instance)
    if seconds is not None:
        lasts(state, owner, instance, seconds)


def _begin(state: State, owner: Workload, instance: Instance, run: Run) -> None:
    instance.runs.append(run)
    run.script = phases.draw(state, owner, instance, instance.attempt)
    change(state, owner, instance, "place")
    run_phase(state, owner, instance)


def _leave(state: State, owner: Workload, instance: Instance) -> None:
    host_id = instance.runs[-1].host
    if host_id is None:
        holds.give_back(state, owner, instance.id)
        return
    host = state.pools[owner.pool].instances[host_id]
    host.guests.remove((owner.uuid, instance.id))
    host.idle_since = state.now
    state.waiting.stirred = True  # its host can be preempted now, if this one could not


def _bill(state: State, owner: Workload, instance: Instance, sign: int) -> None:
    """Turn the meter of an instance that executes on a node of its own: a pool's nodes are billed, its tasks not."""
    if instance.state == "execution" and instance.runs[-1].host is None:
        money.charge(state, owner, sign * state.cores(instance.runs[-1]))
