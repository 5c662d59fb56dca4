"""How jobs come, end and go: create, terminate, wall time, delete, time to live, room for others (reference 4.3).

A job is moved by requests and by the ends of its tasks; it never completes by itself while it is active.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qarnot_mock.sim import references, removal, render, render_job, retention, searching, validation
from qarnot_mock.sim.commands import Answer, Command, Refusal
from qarnot_mock.sim.events import REMOVAL
from qarnot_mock.sim.formats import microseconds, timespan_duration
from qarnot_mock.sim.jobs import Job
from qarnot_mock.sim.phases import around
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Task

JOBS: searching.Collection[Job] = searching.Collection(
    kind="job",
    records=lambda state: state.jobs,
    fields=render_job.FIELDS,
    show=render_job.selected,
    orders={
        "creationdate": lambda state, job: job.created,
        "name": lambda state, job: job.text("name"),
        "state": lambda state, job: job.state,
    },
)


def create(state: State, command: Command) -> Answer:
    """jobs_create."""
    given: Mapping[str, Any] = command.body if isinstance(command.body, Mapping) else {}
    body = {key: value for key, value in given.items() if value is not None}
    _check(state, body)
    pool = references.open_pool(state, str(body.get("poolUuid") or ""))
    if pool is not None:
        body["poolUuid"] = pool.uuid
    leaving = retention.to_make_room(state.jobs, state.lifecycles.job, state.settings.quotas.max_job)
    if leaving is not None:
        _remove(state, leaving)
    job = _make(state, body)
    limit = timespan_duration(job.text("maxWallTime")) or 0
    if limit:
        state.queue.put(state.now + limit, "job_wall_time", job.uuid)
    return Answer({"uuid": job.uuid}, location=f"/jobs/{job.uuid}")


def get(state: State, command: Command) -> Answer:
    """job_get."""
    return Answer(render_job.job_output(state, _addressed(state, command)))


def tasks(state: State, command: Command) -> Answer:
    """job_tasks_list: full tasks, in the order of their creation."""
    return Answer([render.task_output(state, task) for task in _tasks(state, _addressed(state, command))])


def terminate(state: State, command: Command) -> Answer:
    """job_terminate: unfinished tasks are cancelled; the job is Completed when they have ended."""
    job = _addressed(state, command)
    state.lifecycles.job.permit("job_terminate", job.state, job.uuid)
    _end(state, job, "job_terminate")
    return Answer(media="empty")


def delete(state: State, command: Command) -> Answer:
    """job_delete: with ``force`` its unfinished tasks are cancelled first; ended ones stay (assumed)."""
    job = _addressed(state, command)
    life = state.lifecycles.job
    life.permit("job_delete", job.state, job.uuid)
    if job.delete_requested:
        return Answer(media="empty")
    if _unfinished(state, job) and command.arguments.get("force") is not True:
        raise life.unmet("job_delete", job.state, job.uuid)
    job.delete_requested = True
    _end(state, job, "job_delete")
    return Answer(media="empty")


def wall_time_exceeded(state: State, uuid: str) -> None:
    """The event that ends a job after its ``maxWallTime``."""
    job = state.jobs.get(uuid)
    if job is not None and state.lifecycles.job.among(job.state, "running"):
        _end(state, job, "wall_time_exceeded")


def follow(state: State, job: Job) -> None:
    """A job that is winding down goes on a moment after its last task has ended."""
    if state.lifecycles.job.among(job.state, "pending") and not _unfinished(state, job):
        delay = microseconds(around(state, job, "removal"))
        state.queue.put(state.now + delay, "job_wound_down", job.uuid, job.state, priority=REMOVAL)


def wound_down(state: State, uuid: str, winding: str) -> None:
    """The event of that moment. ``winding`` is the state it was meant for."""
    job = state.jobs.get(uuid)
    if job is None or job.state != winding:
        return
    if job.delete_requested:
        _remove(state, job)
        return
    job.enter(state.lifecycles.job.fire(job.state, "wound_down"), state.now)
    delay = retention.time_to_live(job)
    if delay:
        state.queue.put(state.now + delay, "job_expired", job.uuid, priority=REMOVAL)


def expired(state: State, uuid: str) -> None:
    """The event at the end of a completed job's ``completionTimeToLive``; one that is being deleted goes by itself."""
    job = state.jobs.get(uuid)
    if job is not None and not job.delete_requested:
        _remove(state, job)


def _check(state: State, body: Mapping[str, Any]) -> None:
    validation.refuse_invalid(validation.invalid_job_fields(body, state.jobs.names), "job")
    if retention.overflows(state.jobs, state.lifecycles.job, state.settings.quotas.max_job):
        raise Refusal(403, "Maximum number of jobs reached")


def _make(state: State, body: Mapping[str, Any]) -> Job:
    uuid = state.new_uuid("job")
    job = Job(
        uuid=uuid,
        number=state.counters["job"],
        definition={key: value for key, value in body.items() if key != "tags"},
        tags=list(body.get("tags") or ()),
        created=state.now,
        state=state.lifecycles.job.initial,
        state_since=state.now,
        modified=state.now,
    )
    state.jobs[uuid] = job
    return job


def _end(state: State, job: Job, trigger: str) -> None:
    job.enter(state.lifecycles.job.fire(job.state, trigger), state.now)
    for task in _unfinished(state, job):
        if not task.delete_requested and not task.cancel_requested:
            removal.cancel(state, task)
    state.touched_jobs[job.uuid] = None


def _remove(state: State, job: Job) -> None:
    state.lifecycles.job.fire(job.state, "removed")
    del state.jobs[job.uuid]
    state.touched_jobs.pop(job.uuid, None)
    state.depart("job", job)


def _unfinished(state: State, job: Job) -> list[Task]:
    return [task for task in _tasks(state, job) if not removal.wound_down(state, task)]


def _tasks(state: State, job: Job) -> list[Task]:
    return [state.tasks[uuid] for uuid in job.tasks]


def _addressed(state: State, command: Command) -> Job:
    return state.job(str(command.arguments["job"]))
