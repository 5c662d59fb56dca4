"""How tasks cease to be: abort, delete, and delayed deletion after completion."""

from __future__ import annotations

from qarnot_mock.sim import instances, retention
from qarnot_mock.sim.commands import Answer, Command
from qarnot_mock.sim.events import REMOVAL
from qarnot_mock.sim.formats import microseconds
from qarnot_mock.sim.phases import around
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Task


def abort(state: State, command: Command) -> Answer:
    """task_abort: instances on nodes wind down, waiting ones are cancelled at once."""
    task = state.task(str(command.arguments["task"]))
    state.lifecycles.task.permit("task_abort", task.state, task.uuid)
    cancel(state, task)
    return Answer(media="empty")


def cancel(state: State, task: Task) -> None:
    """Stop a task that has not ended, for whatever reason."""
    task.cancel_requested = True
    _stop(state, task)


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
    delay = retention.time_to_live(task)
    if delay:
        schedule(state, task, delay)


def wound_down(state: State, task: Task) -> bool:
    """Whether all instances of a task have ended."""
    return all(state.lifecycles.instance.among(i.state, "terminal") for i in task.instances.values())


def when_pending(state: State, task: Task) -> None:
    """A task to delete whose instances have all ended disappears a moment later."""
    if wound_down(state, task):
        schedule(state, task, microseconds(around(state, task, "removal")))


def due(state: State, task_uuid: str, generation: int) -> None:
    """The event of a delayed deletion; a task that was restarted meanwhile stays."""
    task = state.tasks.get(task_uuid)
    if task is not None and _generation(task) == generation:
        remove(state, task)


def remove(state: State, task: Task) -> None:
    """Forget a task at once; what paging needs of it stays."""
    state.lifecycles.task.move(task.state, "Gone")
    del state.tasks[task.uuid]
    state.touched.pop(task.uuid, None)
    job = state.jobs.get(task.text("jobUuid"))
    if job is not None:
        job.tasks.pop(task.uuid, None)
    if task.pool in state.pools:
        state.pools[task.pool].tasks.pop(task.uuid, None)
    executed = sum(instance.spent("execution", state.now) for instance in task.instances.values())
    state.depart("task", task, executed)


def _stop(state: State, task: Task) -> None:
    for instance in task.instances.values():
        instances.abort(state, task, instance)
    task.modified = state.now
    state.touch(task)


def _generation(task: Task) -> int:
    return sum(instance.version for instance in task.instances.values())
