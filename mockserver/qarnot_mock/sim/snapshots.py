"""Snapshots: results of running instances, on request or at intervals (reference 3.11, 4.4, 7.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from qarnot_mock.sim import ids, results
from qarnot_mock.sim.commands import Answer, Command, Instant, Json, Refusal
from qarnot_mock.sim.effects import PutObject, UploadFiles
from qarnot_mock.sim.environment import template_variables
from qarnot_mock.sim.formats import SECOND, date_text, microseconds
from qarnot_mock.sim.instances import key
from qarnot_mock.sim.phases import around
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Snapshot, Task
from qarnot_mock.sim.workloads import Instance

_CONFIG = ("whitelist", "blacklist", "bucket", "bucketPrefix")
_REGEXES = ("whitelist", "blacklist")


def create(state: State, command: Command) -> Answer:
    """task_snapshot_create: the filters of the request apply to this snapshot only."""
    task = state.task(str(command.arguments["task"]))
    state.lifecycles.task.permit("task_snapshot_create", task.state, task.uuid)
    return Answer(wire(task, trigger(state, task, _config(task, command.body))))


def periodic(state: State, command: Command) -> Answer:
    """task_snapshot_periodic: 0 stops; a shorter interval than the minimum is raised to it."""
    task = state.task(str(command.arguments["task"]))
    state.lifecycles.task.permit("task_snapshot_periodic", task.state, task.uuid)
    body = command.body if isinstance(command.body, Mapping) else {}
    interval = body.get("interval")
    if isinstance(interval, bool) or not isinstance(interval, int) or interval < 0:
        message = "The interval must be a number of seconds, at least 0 (0 stops the snapshots)."
        raise Refusal(400, message, shape="problem", errors={"interval": [message]})
    config = _config(task, body)
    task.snapshot_config = config
    task.snapshot_interval = max(interval, state.settings.snapshot_minimum_interval) if interval else 0
    task.snapshot_version += 1
    task.modified = state.now
    _schedule(state, task)
    return Answer(media="empty")


def get(state: State, command: Command) -> Answer:
    """task_snapshot_get."""
    task = state.task(str(command.arguments["task"]))
    name = str(command.arguments["snapshotId"])
    if name not in task.snapshots:
        raise Refusal(404, f"No such snapshot: {name}")
    return Answer(wire(task, task.snapshots[name]))


def wire(task: Task, snapshot: Snapshot) -> Json:
    """The ``Snapshot`` schema."""
    return {
        "id": snapshot.id,
        "taskUuid": task.uuid,
        "triggerDate": date_text(snapshot.triggered),
        "lastUpdateDate": None if snapshot.updated is None else date_text(snapshot.updated),
        "snapshotConfig": {name: snapshot.config.get(name) for name in _CONFIG},
        "status": snapshot.state,
        "sizeToUpload": snapshot.size,
        "transferredSize": snapshot.transferred,
    }


def trigger(state: State, task: Task, config: Mapping[str, Json]) -> Snapshot:
    """Begin a snapshot of every instance that executes now."""
    number = state.count("snapshot")
    end = ids.short_text(state.settings.seed, state.settings.tenant, "snapshot", number)
    name = f"snap_{task.uuid}_{_stamp(state.now)}{end}"
    snapshot = Snapshot(name, state.now, config, state.lifecycles.snapshot.initial, _executing(task))
    task.snapshots[name] = snapshot
    if state.external and config.get("bucket"):
        _ask_executor(state, task, snapshot)
    _later(state, task, snapshot)
    return snapshot


def step(state: State, task_uuid: str, name: str) -> None:
    """The event that moves a snapshot on: to inProgress, then (simulated executor) to its end."""
    task = state.tasks.get(task_uuid)
    snapshot = task.snapshots.get(name) if task else None
    if task is None or snapshot is None or state.lifecycles.snapshot.among(snapshot.state, "terminal"):
        return
    if not snapshot.config.get("bucket"):
        _move(state, snapshot, "fail")
    elif snapshot.state == "triggered":
        _move(state, snapshot, "begin")
        if not state.external:
            snapshot.size = sum(len(each.content) for each in _made_up(state, task, snapshot))
            snapshot.transferred = 0
            _later(state, task, snapshot)
        elif not snapshot.pending:
            _succeed(state, task, snapshot)
    elif not state.external:
        state.effects.extend(_made_up(state, task, snapshot))
        _succeed(state, task, snapshot)


def reported(state: State, task: Task, snapshot: Snapshot, upload: str, size: int, reason: str | None) -> None:
    """The external executor has uploaded one instance's part of a snapshot, or could not."""
    snapshot.pending.remove(upload)
    if state.lifecycles.snapshot.among(snapshot.state, "terminal"):
        return
    if snapshot.state == "triggered":
        _move(state, snapshot, "begin")
    snapshot.size = snapshot.transferred = (snapshot.size or 0) + size
    snapshot.updated = state.now
    if reason:
        _move(state, snapshot, "fail")
    elif not snapshot.pending:
        _succeed(state, task, snapshot)


def abandon(state: State, task: Task) -> None:
    """The task is over: no further periodic snapshot, and an unfinished one has failed."""
    task.snapshot_version += 1
    for snapshot in task.snapshots.values():
        if not state.lifecycles.snapshot.among(snapshot.state, "terminal"):
            _move(state, snapshot, "fail")


def tick(state: State, task_uuid: str, version: int) -> None:
    """The event of a periodic snapshot; it does nothing while no instance executes."""
    task = state.tasks.get(task_uuid)
    if task is None or task.snapshot_version != version:
        return
    if state.lifecycles.task.among(task.state, "executing"):
        trigger(state, task, task.snapshot_config)
    _schedule(state, task)


def _schedule(state: State, task: Task) -> None:
    if task.snapshot_interval:
        due = state.now + task.snapshot_interval * SECOND
        state.queue.put(due, "snapshot_tick", task.uuid, version=task.snapshot_version)


def _config(task: Task, body: Json) -> Mapping[str, Json]:
    given = body if isinstance(body, Mapping) else {}
    for field in _REGEXES:
        _check_regex(field, given.get(field))
    inherited = dict(task.snapshot_config) or {
        "whitelist": task.definition.get("snapshotWhitelist"),
        "blacklist": task.definition.get("snapshotBlacklist"),
        "bucket": task.definition.get("snapshotBucket") or task.result_bucket or None,
        "bucketPrefix": task.definition.get("snapshotBucketPrefix"),
    }
    return inherited | {name: given[name] for name in _CONFIG if given.get(name) is not None}


def _check_regex(field: str, pattern: Json) -> None:
    try:
        results.compile_regex(str(pattern or ""))
    except re.error as problem:
        message = f"The {field} is not a regular expression: {problem}"
        raise Refusal(400, message, shape="problem", errors={field: [message]}) from None


def _executing(task: Task) -> tuple[int, ...]:
    return tuple(instance.id for instance in task.in_states("execution"))


def _ask_executor(state: State, task: Task, snapshot: Snapshot) -> None:
    config = snapshot.config
    for instance in task.in_states("execution"):
        upload = state.new_uuid("upload")
        snapshot.pending.append(upload)
        filter_ = results.snapshot_filter(task, config)
        bucket, prefix = str(config["bucket"]), str(config.get("bucketPrefix") or "")
        state.effects.append(UploadFiles(upload, key(task, instance), bucket, prefix, filter_, final=False))


def _made_up(state: State, task: Task, snapshot: Snapshot) -> list[PutObject]:
    bucket, prefix = str(snapshot.config["bucket"]), str(snapshot.config.get("bucketPrefix") or "")
    filter_ = results.snapshot_filter(task, snapshot.config)
    return [
        stored
        for instance_id in snapshot.instances
        for stored in results.objects(
            _files(state, task, task.instances[instance_id]),
            filter_,
            bucket,
            prefix,
        )
    ]


def _files(state: State, task: Task, instance: Instance) -> dict[str, str]:
    return results.made_up_files(task, instance, template_variables(state, task, instance))


def _later(state: State, task: Task, snapshot: Snapshot) -> None:
    due = state.now + microseconds(around(state, task, "snapshot"))
    state.queue.put(due, "snapshot", task.uuid, snapshot.id)


def _move(state: State, snapshot: Snapshot, trigger_name: str) -> None:
    snapshot.state = state.lifecycles.snapshot.fire(snapshot.state, trigger_name)
    snapshot.updated = state.now


def _succeed(state: State, task: Task, snapshot: Snapshot) -> None:
    snapshot.transferred = snapshot.size = snapshot.size or 0
    _move(state, snapshot, "succeed")
    task.results_count += 1
    task.modified = state.now


def _stamp(instant: Instant) -> str:
    return "".join(character for character in date_text(instant)[:19] if character.isdigit())
