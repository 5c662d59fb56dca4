"""Reports of an external executor. A late one (old attempt, ended instance, deleted task) changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from qarnot_mock.sim import instances, snapshots
from qarnot_mock.sim.commands import Answer, Command
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Task
from qarnot_mock.sim.workloads import Instance

_DONE = Answer(media="empty")


def started(state: State, command: Command) -> Answer:
    """executor_started: resources are laid out, the process runs."""
    found = _reported(state, command, "download")
    if found is not None:
        instances.report_started(state, *found)
    return _DONE


def output(state: State, command: Command) -> Answer:
    """executor_output: text that an instance printed."""
    found = _reported(state, command, "download", "environment", "execution", "upload")
    body = _body(command)
    if found is not None and body.get("stream") in found[0].outputs:
        task, instance = found
        task.outputs[body["stream"]].write(instance.id, str(body.get("text", "")))
    return _DONE


def exited(state: State, command: Command) -> Answer:
    """executor_exited: the process has ended."""
    found = _reported(state, command, "execution")
    if found is not None:
        body = _body(command)
        memory = int(body.get("peakMemoryMB") or 0)
        instances.exited(state, *found, int(body.get("exitCode") or 0), body.get("error"), memory)
    return _DONE


def failed(state: State, command: Command) -> Answer:
    """executor_failed: the instance could not start, or its process was lost."""
    found = _reported(state, command, "download", "environment", "execution", "upload")
    if found is not None:
        body = _body(command)
        instances.lost(state, *found, str(body.get("code", "")), str(body.get("message", "")))
    return _DONE


def uploaded(state: State, command: Command) -> Answer:
    """executor_uploaded: final results, or one instance's part of a snapshot."""
    body = _body(command)
    upload = str(body.get("upload"))
    task = state.tasks.get(str(command.arguments.get("task")))
    if task is None:
        return _DONE
    for snapshot in task.snapshots.values():
        if upload in snapshot.pending:
            size = int(body.get("sizeBytes") or 0)
            snapshots.reported(state, task, snapshot, upload, size, body.get("error"))
            return _DONE
    found = _reported(state, command, "upload")
    if found is not None and found[1].upload == upload:
        instances.uploaded(state, *found, [str(key) for key in body.get("keys") or ()], body.get("error"))
    return _DONE


def _body(command: Command) -> Mapping[str, Any]:
    return command.body if isinstance(command.body, Mapping) else {}


def _reported(state: State, command: Command, *expected: str) -> tuple[Task, Instance] | None:
    """The instance a report is about, when that attempt is still under way in an expected phase."""
    arguments = command.arguments
    task = state.tasks.get(str(arguments.get("task")))
    instance = task.instances.get(cast(int, arguments.get("instanceId"))) if task else None
    if task is None or instance is None or not state.external:
        return None
    if instance.attempt != arguments.get("attempt") or instance.state not in expected:
        return None
    return task, instance
