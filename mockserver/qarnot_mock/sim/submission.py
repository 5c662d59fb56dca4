"""How tasks come into being: create, clone, retry, resume, recover. All checks come before any change."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from qarnot_mock.sim import dependencies, money, projects, ranges, references, removal, retention, validation
from qarnot_mock.sim.commands import Answer, Command, Json, Refusal
from qarnot_mock.sim.effects import CreateBucket
from qarnot_mock.sim.jobs import Job
from qarnot_mock.sim.output import TaskOutput
from qarnot_mock.sim.pools import Pool
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Task
from qarnot_mock.sim.workloads import STREAMS, Instance

Body = Mapping[str, Any]
_CHANGEABLE = frozenset({"constants", "tags"})
# Each pair: when a clone gives one of them, the original's other one is dropped (reference 3.4).
_ALTERNATIVES = (
    ("advancedRanges", "instanceCount"),
    ("advancedResourceBuckets", "resourceBuckets"),
    ("retrySettings", "maxRetriesPerInstance"),
)
_REDONE: Mapping[str, Collection[str]] = {
    "task_retry": ("failure",),
    "task_resume": ("cancelled",),
    "task_recover": ("failure", "cancelled"),
}


def create(state: State, command: Command) -> Answer:
    """tasks_create and tasks_force_create: an object, or a list of them (reference 1.4 F, 1.5)."""
    if isinstance(command.body, Mapping):
        return _created(submit(state, command.body, _existing(command)))
    results = [_bulk_item(state, body, command) for body in _sequence(command.body)]
    codes = [result["statusCode"] for result in results]
    if results and 200 not in codes:
        status = codes[0] if len(set(codes)) == 1 else 400
        raise Refusal(status, "No task of the list was created", shape="list", body=results)
    return Answer(results, status=200 if set(codes) <= {200} else 207)


def clone(state: State, command: Command) -> Answer:
    """task_clone: the same definition with overrides."""
    task = state.task(str(command.arguments["task"]))
    state.lifecycles.task.permit("task_clone", task.state, task.uuid)
    return _created(submit(state, _overridden(_definition(task), _overrides(command)), _existing(command)))


def redo(state: State, command: Command) -> Answer:
    """task_retry, task_resume, task_recover: a new task of the failed and/or cancelled instances only."""
    task = state.task(str(command.arguments["task"]))
    life = state.lifecycles.task
    life.permit(command.operation, task.state, task.uuid)
    chosen = [instance.id for instance in task.in_states(*_REDONE[command.operation])]
    overrides = _overrides(command)
    if not chosen:
        raise life.unmet(command.operation, task.state, task.uuid)
    body = _overridden(_definition(task), {**overrides, "advancedRanges": ranges.text(chosen)})
    return _created(submit(state, body, _existing(command)))


def submit(state: State, body: Body, existing: Mapping[str, Json]) -> Task:
    """Check a definition, then make the task. ``existing`` tells of buckets whether they exist."""
    body = {key: value for key, value in body.items() if value is not None}
    pool = _check(state, body, existing)
    leaving = retention.to_make_room(state.tasks, state.lifecycles.task, state.settings.quotas.max_task)
    if leaving is not None:
        removal.remove(state, leaving)
    task = _make(state, body if pool is None else _with_defaults(body, pool), pool)
    _begin(state, task, existing)
    return task


def _check(state: State, body: Body, existing: Mapping[str, Json]) -> Pool | None:
    """Raise what is wrong with a definition. Returns the pool that the task is to run in."""
    job = references.active_job(state, str(body.get("jobUuid") or ""))
    in_pool = bool(_pool_key(state, body))
    profiles = {profile.name for profile in state.settings.profiles}
    tags = validation.invalid_fields(body, state.tasks.names, profiles, in_pool=in_pool)
    if dependencies.invalid(body, _known(state, job)):
        tags.append("dependencies")
    validation.refuse_invalid(list(dict.fromkeys(tags)))
    pool = references.open_pool(state, _pool_key(state, body))
    payer = projects.paying(state, str(body.get("projectUuid") or ""))
    for name in validation.bucket_names(body):
        if existing.get(name) is False:
            raise Refusal(404, f"No such bucket: {name}")
    if retention.overflows(state.tasks, state.lifecycles.task, state.settings.quotas.max_task):
        raise Refusal(403, "Maximum number of tasks reached")
    if not in_pool:
        money.refuse_unpaid(state, payer)
        references.machines(state, body)
    return pool


def _pool_key(state: State, body: Body) -> str:
    """The pool that a definition names, itself or through its job; empty for none."""
    job = state.jobs.find(str(body.get("jobUuid") or ""))
    return str(body.get("poolUuid") or (job.text("poolUuid") if job else ""))


def _with_defaults(body: Body, pool: Pool) -> Body:
    """A definition with what its pool says where it says nothing itself (reference 3.8)."""
    filled = dict(body)
    wait = pool.definition.get("taskDefaultWaitForPoolResourcesSynchronization")
    if wait is not None:
        filled.setdefault("waitForPoolResourcesSynchronization", wait)
    retries = pool.definition.get("defaultRetrySettings")
    if retries is not None and not body.get("maxRetriesPerInstance"):
        given = body.get("retrySettings") or {}
        filled["retrySettings"] = given if any(given.values()) else retries
    return filled


def _known(state: State, job: Job | None) -> Collection[str] | None:
    """The tasks that one of a job may wait for: not those that are being deleted."""
    if job is None or not job.uses_dependencies:
        return None
    return {uuid for uuid in job.tasks if not state.tasks[uuid].delete_requested}


def _make(state: State, body: Body, pool: Pool | None) -> Task:
    uuid = state.new_uuid("task")
    initial = state.lifecycles.instance.initial
    instances = {number: Instance(number, initial, state.now) for number in validation.instance_ids(body)}
    cap = state.settings.output_cap
    task = Task(
        uuid=uuid,
        number=state.counters["task"],
        definition={key: value for key, value in body.items() if key not in _CHANGEABLE},
        constants=validation.constant_map(body.get("constants")),
        tags=list(body.get("tags") or ()),
        created=state.now,
        instances=instances,
        pool=pool.uuid if pool else "",
        parents=dependencies.parents(body, state.lifecycles.dependency.initial),
        state=state.lifecycles.task.initial,
        state_since=state.now,
        modified=state.now,
        outputs={stream: TaskOutput(instances, cap) for stream in STREAMS},
    )
    state.tasks[uuid] = task
    return task


def _begin(state: State, task: Task, existing: Mapping[str, Json]) -> None:
    bucket = task.result_bucket
    if bucket and existing.get(bucket) is not True:
        state.effects.append(CreateBucket(bucket))
    if task.text("jobUuid"):
        state.jobs[task.text("jobUuid")].tasks[task.uuid] = None
    if task.pool:
        state.pools[task.pool].tasks[task.uuid] = None
    dependencies.begin(state, task)


def _created(task: Task) -> Answer:
    return Answer({"uuid": task.uuid}, location=f"/tasks/{task.uuid}")


def _bulk_item(state: State, body: Json, command: Command) -> dict[str, Any]:
    try:
        task = submit(state, body if isinstance(body, Mapping) else {}, _existing(command))
    except Refusal as refusal:
        return {"statusCode": refusal.status, "uuid": None, "message": refusal.message}
    return {"statusCode": 200, "uuid": task.uuid, "message": None}


def _definition(task: Task) -> dict[str, Any]:
    rows = [{"key": key, "value": value} for key, value in task.constants.items()]
    return {**task.definition, "constants": rows, "tags": task.tags, "shortname": None}


def _overridden(body: dict[str, Any], overrides: Body) -> dict[str, Any]:
    given = {key: value for key, value in overrides.items() if value is not None}
    for pair in _ALTERNATIVES:
        if any(field in given for field in pair):
            body = {key: value for key, value in body.items() if key not in pair}
        if pair[0] in given:
            given.pop(pair[1], None)
    return body | given


def _overrides(command: Command) -> Body:
    if isinstance(command.body, Mapping):
        return command.body
    message = "A non-empty request body is required."
    raise Refusal(400, message, shape="problem", errors={"": [message]})


def _existing(command: Command) -> Mapping[str, Json]:
    buckets = command.facts.get("buckets")
    return buckets if isinstance(buckets, Mapping) else {}


def _sequence(body: Json) -> Sequence[Json]:
    if isinstance(body, Sequence) and not isinstance(body, str):
        return body
    message = "A non-empty request body is required."
    raise Refusal(400, message, shape="problem", errors={"": [message]})
