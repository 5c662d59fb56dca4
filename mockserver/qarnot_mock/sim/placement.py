"""Waiting instances take the first free node that meets their task's constraints: onDemand first, then as they came.

Nothing that holds a node is disturbed, and a reserved task waits like a flex one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qarnot_mock.sim import instances
from qarnot_mock.sim.commands import Json
from qarnot_mock.sim.formats import SECOND, microseconds
from qarnot_mock.sim.nodes import NodeKind, meets
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Task, mappings


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
    for position, (yields, task_uuid, instance_id) in enumerate(state.waiting):
        if full:
            remaining.extend(state.waiting[position:])
            break
        task = state.tasks.get(task_uuid)
        if task is None or task.instances[instance_id].state != "waiting":
            continue
        node = None
        if task_uuid not in stuck:
            node = first_free(state.nodes, state.free, mappings(task.definition.get("hardwareConstraints")))
        if node is None:
            stuck.add(task_uuid)
            remaining.append((yields, task_uuid, instance_id))
        else:
            instances.place(state, task, task.instances[instance_id], node)
            full = not any(state.free)
    state.waiting = remaining


def enqueue(state: State, task: Task) -> None:
    """Let a task's waiting instances join the queue soon, and give up in time when it says so."""
    state.queue.put(state.now + microseconds(state.settings.durations.queue), "join_queue", task.uuid)
    limit = task.definition.get("maxTimeQueueSeconds")
    if isinstance(limit, int) and limit > 0:
        state.queue.put(state.now + limit * SECOND, "queue_timeout", task.uuid, version=task.restarts)


def join_queue(state: State, task_uuid: str) -> None:
    """The event that makes a new task's instances eligible for nodes."""
    task = state.tasks.get(task_uuid)
    if task is not None:
        for instance in task.in_states("waiting"):
            instances.wait(state, task, instance)
