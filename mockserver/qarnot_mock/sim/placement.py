"""Who gets a node: onDemand first, then as they came, each the first free node that fits, within the limits.

An onDemand instance that finds none takes the place of a flex one, the latest comer (reference 4.1, inferred).
"""

from __future__ import annotations

from functools import partial

from qarnot_mock.sim import moves, preemption
from qarnot_mock.sim.demand import Demand
from qarnot_mock.sim.formats import SECOND, microseconds
from qarnot_mock.sim.limits import Holder, cores_left, is_full, running
from qarnot_mock.sim.phases import around
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Task
from qarnot_mock.sim.waiting import Place

_FIRST = "ondemand"


def place_waiting(state: State) -> None:
    """Serve the lines until the head of each is stuck, and with it everybody behind."""
    room = state.waiting
    room.stirred = False
    lines = list(room.lines)
    while heads := {line: place for line in lines if (place := _head(state, line)) is not None}:
        line = min(heads, key=lambda line: (line.scheduling != _FIRST, heads[line].number))
        if _serve(state, line, heads[line]):
            lines = list(heads)
        else:
            lines = [each for each in heads if each != line]
    room.tidy()


def enqueue(state: State, task: Task) -> None:
    """Let a task's waiting instances join the queue soon, and give up in time when it says so."""
    state.queue.put(state.now + microseconds(around(state, task, "queue")), "join_queue", task.uuid)
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


def _head(state: State, line: Demand) -> Place | None:
    """The first of a line whose task or pool may run now, or might if it took the place of another."""
    beside, waits = running(state, line.kind), partial(_waits, state)
    if is_full(state, line.kind, beside):
        place = state.waiting.first(line, waits, beside)
        if place is not None or line.scheduling != _FIRST:
            return place
    return state.waiting.first(line, waits)


def _waits(state: State, place: Place) -> bool:
    return state.current(place.owner, str(place.instance), place.version) is not None


def _serve(state: State, line: Demand, place: Place) -> bool:
    node = _node(state, line, place.owner)
    if node is None and line.scheduling == _FIRST:
        node = _taken(state, line, place.owner)
    owner = state.owner(place.owner)
    if node is None or owner is None:
        return False
    moves.place(state, owner, owner.instances[place.instance], node)
    return True


def _taken(state: State, line: Demand, owner: str) -> int | None:
    """The node that is free when another has been preempted; None when nobody's leaving suffices."""
    for holder in preemption.candidates(state):
        node = _node(state, line, owner, holder)
        if node is not None:
            preemption.preempt(state, holder)
            return node
    return None


def _node(state: State, line: Demand, owner: str, leaving: Holder | None = None) -> int | None:
    """The first node with a free slot and no more cores than the limits leave; ``leaving`` would give up its own."""
    beside = running(state, line.kind, leaving)
    if owner not in beside and is_full(state, line.kind, beside):
        return None
    hold = state.holds[leaving] if leaving else None
    cores = cores_left(state, line.scheduling, hold)
    for node in line.nodes:
        free = state.free[node] + (hold is not None and hold.node == node)
        if free > 0 and (cores is None or state.nodes[node].core_count <= cores):
            return node
    return None
