"""Waiting instances, of tasks outside pools and of pools alike, take the first free node that meets their constraints:
onDemand first, then as they came.

Nothing that holds a node is disturbed, and a reserved task waits like a flex one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qarnot_mock.sim import moves
from qarnot_mock.sim.commands import Json
from qarnot_mock.sim.formats import SECOND, microseconds
from qarnot_mock.sim.nodes import NodeKind, meets
from qarnot_mock.sim.pools import Pool
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Task, mappings
from qarnot_mock.sim.workloads import Workload


def first_free(nodes: Sequence[NodeKind], free: Sequence[int], constraints: Sequence[Mapping[str, Json]]) -> int | None:
    """The index of the first node with a free slot that meets the constraints; None when there is none now."""
    for index, slots in enumerate(free):
        if slots > 0 and meets(nodes[index], constraints):
            return index
    return None


def place_waiting(state: State) -> None:
    """One pass over the queue. An instance that finds no fitting node does not block those behind it."""
    if not any(state.free):
        return
    remaining: list[tuple[bool, str, int]] = []
    stuck: set[str] = set()
    full = False
    for position, (yields, uuid, instance_id) in enumerate(state.waiting):
        if full:
            remaining.extend(state.waiting[position:])
            break
        owner = state.owner(uuid)
        if owner is None or owner.instances[instance_id].state != "waiting":
            continue
        node = None
        if uuid not in stuck and may_begin(state, owner):
            node = first_free(state.nodes, state.free, mappings(owner.definition.get("hardwareConstraints")))
        if node is None:
            stuck.add(uuid)
            remaining.append((yields, uuid, instance_id))
        else:
            moves.place(state, owner, owner.instances[instance_id], node)
            full = not any(state.free)
    state.waiting = remaining


def may_begin(state: State, owner: Workload) -> bool:
    """Whether the limit of pools that run at once lets it have a node (that it waits, not fails, is assumed)."""
    if not isinstance(owner, Pool):
        return True
    running = {uuid for uuid, _ in state.holds if uuid in state.pools}
    return owner.uuid in running or len(running) < state.settings.quotas.max_running_pool


def enqueue(state: State, task: Task) -> None:
    """Let a task's waiting instances join the queue soon, and give up in time when it says so."""
    state.queue.put(state.now + microseconds(state.settings.durations.queue), "join_queue", task.uuid)
    limit = task.definition.get("maxTimeQueueSeconds")
    if isinstance(limit, int) and limit > 0:
        state.queue.put(state.now + limit * SECOND, "queue_timeout", task.uuid, version=task.restarts)


def join_queue(state: State, uuid: str, item: str, version: int) -> None:
    """The event that makes the instances of a new task eligible, or ``item``, one new instance of a pool."""
    found = state.current(uuid, item, version) if item else None
    if found is not None:
        moves.wait(state, *found)
    elif uuid in state.tasks:
        for instance in state.tasks[uuid].in_states("waiting"):
            moves.wait(state, state.tasks[uuid], instance)
