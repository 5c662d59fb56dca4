"""How tasks cease to be: abort, delete, delayed deletion after completion, and making room when the quota is full."""

from __future__ import annotations

from typing import cast

from qarnot_mock.sim import instances
from qarnot_mock.sim.commands import Answer, Command
from qarnot_mock.sim.events import REMOVAL
from qarnot_mock.sim.formats import microseconds, timespan_duration
from qarnot_mock.sim.state import Departed, State
from qarnot_mock.sim.tasks import Task


def abort(state: State, command: Command) -> Answer:
    """task_abort: instances on nodes wind down, waiting ones are cancelled at once."""
    task = state.task(str(command.arguments["task"]))
    state.lifecycles.task.permit("task_abort", task.state, task.uuid)
    task.cancel_requested = True
    _stop(state, task)
    return Answer(media="empty")


def delete(state: State, command: Command) -> Answer:
    """task_delete: aborts first when needed; the task is shown as PendingDelete until it is gone."""
    task = state.task(str(command.arguments["task"]))
    state.lifecycles.task.permit("task_delete", task.state, task.uuid)
    if not task.delete_requested:
        task.delete_requested = True
        _stop(state, task)
    return Answer(media="empty")


def schedule(state: State, task: Task, delay: int) -> None:
    """Let an ended task disappear after some microseconds."""
    state.queue.put(state.now + delay, "remove", task.uuid, version=_generation(task), priority=REMOVAL)


def after_completion(state: State, task: Task) -> None:
    """Honour completionTimeToLive."""
    delay = timespan_duration(task.text("completionTimeToLive") or "00:00:00")
    if delay:
        schedule(state, task, delay)


def when_pending(state: State, task: Task) -> None:
    """A task to delete whose instances have all ended disappears a moment later."""
    if all(state.lifecycles.instance.among(i.state, "terminal") for i in task.instances.values()):
        schedule(state, task, microseconds(state.settings.durations.removal))


def due(state: State, task_uuid: str, generation: int) -> None:
    """The event of a delayed deletion; a task that was restarted meanwhile stays."""
    task = state.tasks.get(task_uuid)
    if task is not None and _generation(task) == generation:
        remove(state, task)


def victim(state: State) -> Task | None:
    """The oldest completed task that asked to be deleted when the quota is full (reference 3.3, 7.5)."""
    ended = (task for task in state.tasks.values() if state.lifecycles.task.among(task.state, "terminal"))
    return next((task for task in ended if task.definition.get("autoDeleteOnCompletion")), None)


def make_room(state: State) -> None:
    """Delete a victim when the quota of tasks is full."""
    if len(state.tasks) >= state.settings.quotas.max_task:
        remove(state, cast(Task, victim(state)))


def remove(state: State, task: Task) -> None:
    """Forget a task at once; what paging needs of it stays."""
    state.lifecycles.task.move(task.state, "Gone")
    del state.tasks[task.uuid]
    state.touched.pop(task.uuid, None)
    executed = sum(instance.spent("execution", state.now) for instance in task.instances.values())
    state.departed[task.number] = Departed(task.uuid, task.created, str(task.definition["name"]), task.state, executed)


def _stop(state: State, task: Task) -> None:
    for instance in task.instances.values():
        instances.abort(state, task, instance)
    task.modified = state.now
    state.touch(task)


def _generation(task: Task) -> int:
    return sum(instance.version for instance in task.instances.values())
