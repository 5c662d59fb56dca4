"""Tasks as the wire shows them: one small function per field of ``TaskOutput`` (reference 3.3, 3.5, 3.6).

Where the documented samples show null and live answers show an empty list or object, the live form is taken, because
the official clients need it (reference, section 3 and 8.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from qarnot_mock.sim.commands import Json
from qarnot_mock.sim.render_status import ended_instances, progress
from qarnot_mock.sim.render_workload import COMMON, echo, retry_settings
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Task

Field = Callable[[State, Task], Json]


def task_output(state: State, task: Task) -> dict[str, Json]:
    """The ``TaskOutput`` schema; fields that samples leave out when unset are left out."""
    return _record(state, task, FIELDS)


def task_summary(state: State, task: Task) -> dict[str, Json]:
    """The ``TaskSummaryOutput`` schema."""
    return _record(state, task, SUMMARY_FIELDS)


def selected(state: State, task: Task, names: Iterable[str]) -> dict[str, Json]:
    """Only some fields of ``TaskOutput``."""
    return _record(state, task, names)


def _record(state: State, task: Task, names: Iterable[str]) -> dict[str, Json]:
    record = {name: FIELDS[name](state, task) for name in names}
    return {name: value for name, value in record.items() if not (value is None and name in _ABSENT_WHEN_UNSET)}


def errors(task: Task) -> list[Json]:
    """The errors of failed instances once the task has ended, by instance."""
    if task.ended is None:
        return []
    return [i.error for i in task.in_states("failure") if i.error is not None]


def _dependencies(task: Task) -> Json:
    """The ``DependencyOutput`` schema. Both forms are shown, whichever was given (assumed)."""
    if not task.parents:
        return {"dependsOn": []}
    rows: list[Json] = [
        {
            "taskUuid": parent.uuid,
            "taskFinalStateCondition": list(parent.ends),
            "actualFinalState": parent.final,
            "state": parent.state,
        }
        for parent in task.parents.values()
    ]
    return {"dependsOn": list(task.parents), "advancedDependsOn": rows, "state": task.standing}


_ABSENT_WHEN_UNSET = frozenset(
    {
        "advancedRanges", "instanceCount", "snapshotWhitelist", "snapshotBlacklist", "snapshotBucket",
        "snapshotBucketPrefix", "resultsWhitelist", "resultsBlacklist", "resultsBucket", "resultsBucketPrefix",
        "targetedReservedMachineKey", "targetedReservationName", "maxTimeQueueSeconds", "priority",
    }
)  # fmt: skip

FIELDS: Mapping[str, Field] = {
    **COMMON,
    "poolUuid": lambda state, task: task.pool or None,
    "jobUuid": echo("jobUuid"),
    "progress": progress,
    "instanceCount": lambda state, task: 0 if task.text("advancedRanges") else len(task.instances),
    "totalInstanceCount": lambda state, task: len(task.instances),
    "advancedRanges": echo("advancedRanges"),
    "errors": lambda state, task: errors(task),
    "resultBucket": echo("resultBucket"),
    "resultsBucket": echo("resultsBucket"),
    "resultsBucketPrefix": echo("resultsBucketPrefix"),
    "resultsWhitelist": echo("resultsWhitelist"),
    "resultsBlacklist": echo("resultsBlacklist"),
    "resultsCacheTTLSec": echo("resultsCacheTTLSec"),
    "snapshotInterval": lambda state, task: task.snapshot_interval,
    "snapshotWhitelist": echo("snapshotWhitelist"),
    "snapshotBlacklist": echo("snapshotBlacklist"),
    "snapshotBucket": echo("snapshotBucket"),
    "snapshotBucketPrefix": echo("snapshotBucketPrefix"),
    "resultsCount": lambda state, task: task.results_count,
    "completedInstances": ended_instances,
    "retrySettings": lambda state, task: retry_settings(task.definition.get("retrySettings")),
    "maxRetriesPerInstance": echo("maxRetriesPerInstance", 0),
    "dependencies": lambda state, task: _dependencies(task),
    "priority": echo("priority"),
    "waitForPoolResourcesSynchronization": echo("waitForPoolResourcesSynchronization"),
    "uploadResultsOnCancellation": echo("uploadResultsOnCancellation"),
    "clusterInfo": lambda state, task: {"clusterCoresCount": None},
}
"""Every field of a task and how it is made."""

SUMMARY_FIELDS = (
    "uuid", "name", "shortname", "profile", "poolUuid", "jobUuid", "progress", "runningInstanceCount",
    "runningCoreCount", "clusterInfo", "executionTime", "wallTime", "state", "previousState",
    "totalInstanceCount", "instanceCount", "maxRetriesPerInstance", "advancedRanges", "stateTransitionTime",
    "previousStateTransitionTime", "lastModified", "creationDate", "endDate",
    "waitForPoolResourcesSynchronization", "projectUuid",
)  # fmt: skip
