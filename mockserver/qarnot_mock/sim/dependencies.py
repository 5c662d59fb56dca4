"""Tasks that wait for other tasks of their job: which ends they want, and what follows from them (reference 4.1).

A dependent stays Submitted until all it waits for have ended, and is cancelled at once when one ended in another way
than it asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from qarnot_mock.sim import placement, removal
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import FULFILLED, NOT_FULFILLED, Parent, Task, mappings

ENDS = ("success", "failure", "cancelled")


def parents(definition: Mapping[str, Any], initial: str) -> dict[str, Parent]:
    """Whom a definition waits for, by uuid. Named in both forms, a parent has the condition of the advanced one."""
    given = definition.get("dependencies") or {}
    plain: dict[str, tuple[str, ...]] = {str(uuid): () for uuid in given.get("dependsOn") or ()}
    advanced = {str(row.get("taskUuid")): _ends(row) for row in mappings(given.get("advancedDependsOn"))}
    return {uuid: Parent(uuid, ends, initial) for uuid, ends in (plain | advanced).items()}


def invalid(definition: Mapping[str, Any], known: Collection[str] | None) -> bool:
    """Whether the dependencies make no sense. ``known`` are the tasks of the job; None when it allows no dependencies.

    That parents must belong to the same job is assumed.
    """
    wanted = parents(definition, "")
    if not wanted:
        return False
    return known is None or any(
        uuid not in known or not set(parent.ends) <= set(ENDS) for uuid, parent in wanted.items()
    )


def begin(state: State, task: Task) -> None:
    """Let a new or restarted task take its course: into the queue, unless it has to wait or can never run."""
    for parent in task.parents.values():
        other = state.tasks.get(parent.uuid)
        if other is not None and state.lifecycles.task.among(other.state, "terminal"):
            _settle(state, parent, other.state)
    _follow(state, task)


def ended(state: State, task: Task, final: str) -> None:
    """Tell those that wait for a task how it has ended."""
    for dependent in list(_dependents(state, task)):
        _settle(state, dependent.parents[task.uuid], final)
        _follow(state, dependent)


def _ends(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(end).lower() for end in row.get("taskFinalStateCondition") or ())


def _dependents(state: State, task: Task) -> Iterator[Task]:
    job = state.jobs.get(task.text("jobUuid"))
    if job is not None and job.uses_dependencies:
        for uuid in job.tasks:
            parent = state.tasks[uuid].parents.get(task.uuid)
            if parent is not None and parent.final is None:
                yield state.tasks[uuid]


def _settle(state: State, parent: Parent, final: str) -> None:
    if parent.final is None:
        wanted = not parent.ends or final.lower() in parent.ends
        trigger = "ended_as_wanted" if wanted else "ended_otherwise"
        parent.final, parent.state = final, state.lifecycles.dependency.fire(parent.state, trigger)


def _follow(state: State, task: Task) -> None:
    if task.cancel_requested or task.delete_requested:
        return
    if task.standing == NOT_FULFILLED:
        removal.cancel(state, task)
    elif task.standing == FULFILLED:
        placement.enqueue(state, task)
