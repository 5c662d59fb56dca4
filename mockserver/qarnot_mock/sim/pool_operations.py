"""How pools come, change and go: create, clone, update, close, delete (reference 2.3, 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qarnot_mock.sim import (
    instances,
    money,
    pool_closing,
    pool_sizing,
    projects,
    references,
    render,
    render_job,
    render_pool,
    retention,
    scaling,
    searching,
    validation,
)
from qarnot_mock.sim.commands import Answer, Command, Json, Refusal
from qarnot_mock.sim.confidential import unmasked
from qarnot_mock.sim.formats import SECOND
from qarnot_mock.sim.output import TaskOutput
from qarnot_mock.sim.pools import Pool
from qarnot_mock.sim.state import State
from qarnot_mock.sim.workloads import STREAMS

_CHANGEABLE = frozenset({"constants", "tags", "elasticProperty", "scaling"})
# When a clone gives one of them, the original's others are dropped.
_ALTERNATIVES = (("instanceCount", "elasticProperty", "scaling"), ("advancedResourceBuckets", "resourceBuckets"))

POOLS: searching.Collection[Pool] = searching.Collection(
    kind="pool",
    records=lambda state: state.pools,
    fields=render_pool.FIELDS,
    show=render_pool.selected,
    orders={
        "creationdate": lambda state, pool: pool.created,
        "name": lambda state, pool: pool.text("name"),
        "state": lambda state, pool: pool.state,
    },
    select_only=render_pool.SELECT_ONLY,
)


def create(state: State, command: Command) -> Answer:
    """pools_create."""
    return _created(submit(state, _body(command), command))


def clone(state: State, command: Command) -> Answer:
    """pool_clone: the same definition with overrides; also of a pool that is closed."""
    pool = _addressed(state, command)
    state.lifecycles.pool.permit("pool_clone", pool.state, pool.uuid)
    given = {key: value for key, value in _body(command).items() if value is not None}
    body = _definition(pool)
    for group in _ALTERNATIVES:
        if any(field in given for field in group):
            body = {key: value for key, value in body.items() if key not in group}
    return _created(submit(state, body | given, command))


def submit(state: State, body: Mapping[str, Any], command: Command) -> Pool:
    """Check a definition, then make the pool."""
    body = {key: value for key, value in body.items() if value is not None}
    _check(state, body, command.facts.get("buckets"))
    leaving = retention.to_make_room(state.pools, state.lifecycles.pool, state.settings.quotas.max_pool)
    if leaving is not None:
        pool_closing.remove(state, leaving)
    pool = _make(state, body)
    limit = body.get("maxTimeQueueSeconds") or 0
    if limit > 0:
        state.queue.put(state.now + limit * SECOND, "pool_queue_timeout", pool.uuid)
    pool_sizing.review(state, pool)
    return pool


def get(state: State, command: Command) -> Answer:
    """pool_get."""
    return Answer(render_pool.pool_output(state, _addressed(state, command)))


def tasks(state: State, command: Command) -> Answer:
    """pool_tasks_list: full tasks, those of its jobs included, in the order of their creation."""
    return Answer([render.task_output(state, state.tasks[uuid]) for uuid in _addressed(state, command).tasks])


def jobs(state: State, command: Command) -> Answer:
    """pool_jobs_list: the jobs whose tasks run in the pool."""
    pool = _addressed(state, command)
    chosen = [job for job in state.jobs.values() if job.text("poolUuid") == pool.uuid]
    return Answer([render_job.job_output(state, job) for job in chosen])


def update(state: State, command: Command) -> Answer:
    """pool_update: constants, tags and what sizes the pool; what is not given stays (reference 3.8)."""
    pool = _addressed(state, command)
    state.lifecycles.pool.permit("pool_update", pool.state, pool.uuid)
    body = {key: value for key, value in _body(command).items() if value is not None}
    validation.refuse_invalid(validation.invalid_pool_update(body), "pool")
    scaling.refuse_problems(body.get("scaling"))
    if "constants" in body:
        pool.constants = unmasked(validation.constant_map(body["constants"]), pool.constants)
    if "tags" in body:
        pool.tags = list(body["tags"])
    _resize(state, pool, body.get("elasticProperty"), body.get("scaling"))
    pool.modified = state.now
    return Answer(media="empty")


def scaling_get(state: State, command: Command) -> Answer:
    """pool_scaling_get: no policies when the pool is sized in another way."""
    return Answer(render_pool.scaling(_addressed(state, command)) or {"policies": [], "activePolicyName": None})


def scaling_update(state: State, command: Command) -> Answer:
    """pool_scaling_update: the policies replace whatever has sized the pool before."""
    pool = _addressed(state, command)
    state.lifecycles.pool.permit("pool_scaling_update", pool.state, pool.uuid)
    scaling.refuse_problems(command.body)
    _resize(state, pool, None, _body(command))
    pool.modified = state.now
    return Answer({})


def update_resources(state: State, command: Command) -> Answer:
    """pool_resources_update: new and changed files go to the tasks that execute in the pool."""
    pool = _addressed(state, command)
    state.lifecycles.pool.permit("pool_resources_update", pool.state, pool.uuid)
    for uuid in pool.tasks:
        instances.refresh(state, state.tasks[uuid])
    pool.modified = state.now
    return Answer(media="empty")


def close(state: State, command: Command) -> Answer:
    """pool_close."""
    pool = _addressed(state, command)
    state.lifecycles.pool.permit("pool_close", pool.state, pool.uuid)
    pool_closing.close(state, pool)
    return Answer(media="empty")


def delete(state: State, command: Command) -> Answer:
    """pool_delete: closes it first when it is open; it is shown as PendingDelete until it is gone."""
    pool = _addressed(state, command)
    state.lifecycles.pool.permit("pool_delete", pool.state, pool.uuid)
    if not pool.delete_requested:
        pool.delete_requested = True
        pool_closing.close(state, pool)
    return Answer(media="empty")


def _check(state: State, body: Mapping[str, Any], existing: Json) -> None:
    profiles = {profile.name for profile in state.settings.profiles}
    validation.refuse_invalid(validation.invalid_pool_fields(body, state.pools.names, profiles), "pool")
    scaling.refuse_problems(body.get("scaling"))
    payer = projects.paying(state, str(body.get("projectUuid") or ""))
    for name in validation.bucket_names(body):
        if isinstance(existing, Mapping) and existing.get(name) is False:
            raise Refusal(404, f"No such bucket: {name}")
    if retention.overflows(state.pools, state.lifecycles.pool, state.settings.quotas.max_pool):
        raise Refusal(403, "Maximum number of pools reached")
    money.refuse_unpaid(state, payer)
    references.machines(state, body)


def _make(state: State, body: Mapping[str, Any]) -> Pool:
    uuid = state.new_uuid("pool")
    pool = Pool(
        uuid=uuid,
        number=state.counters["pool"],
        definition={key: value for key, value in body.items() if key not in _CHANGEABLE},
        constants=validation.constant_map(body.get("constants")),
        tags=list(body.get("tags") or ()),
        elastic=body.get("elasticProperty"),
        scaling=body.get("scaling"),
        created=state.now,
        instances={},
        state=state.lifecycles.pool.initial,
        state_since=state.now,
        modified=state.now,
        outputs={stream: TaskOutput((), state.settings.output_cap) for stream in STREAMS},
    )
    state.pools[uuid] = pool
    return pool


def _resize(state: State, pool: Pool, elastic: Mapping[str, Any] | None, policies: Mapping[str, Any] | None) -> None:
    """Size a pool in another way from now on. One that is not elastic leaves policies as they are (assumed)."""
    if elastic is not None and (elastic.get("isElastic") or pool.scaling is None):
        pool.elastic, pool.scaling = elastic, None
    if policies is not None:
        pool.elastic, pool.scaling = None, policies
    if elastic is not None or policies is not None:
        pool.resized = None
        pool_sizing.review(state, pool)


def _definition(pool: Pool) -> dict[str, Any]:
    rows = [{"key": key, "value": value} for key, value in pool.constants.items()]
    sizes = {"elasticProperty": pool.elastic, "scaling": pool.scaling}
    return {**pool.definition, **sizes, "constants": rows, "tags": pool.tags, "shortname": None}


def _created(pool: Pool) -> Answer:
    return Answer({"uuid": pool.uuid}, location=f"/pools/{pool.uuid}")


def _body(command: Command) -> Mapping[str, Any]:
    return command.body if isinstance(command.body, Mapping) else {}


def _addressed(state: State, command: Command) -> Pool:
    return state.pool(str(command.arguments["pool"]))
