"""Tasks as the wire shows them: one small function per field of ``TaskOutput`` (reference 3.3, 3.5, 3.6).

Where the documented samples show null and live answers show an empty list or object, the live form is taken, because
the official clients need it (reference, section 3 and 8.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from qarnot_mock.sim.commands import Json
from qarnot_mock.sim.confidential import HIDDEN_VALUE, SECRET_PREFIX
from qarnot_mock.sim.formats import date_text, timespan_text
from qarnot_mock.sim.render_status import ended_instances, progress, task_status
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Task
from qarnot_mock.sim.workloads import Instance

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


def running(state: State, task: Task) -> list[Instance]:
    """The instances that hold a node."""
    return [i for i in task.instances.values() if state.lifecycles.instance.among(i.state, "running")]


def running_cores(state: State, task: Task) -> int:
    """The cores of the nodes that a task holds."""
    return sum(state.nodes[i.runs[-1].node].core_count for i in running(state, task))


def execution_time(state: State, task: Task) -> int:
    """Microseconds of execution, cumulated over instances and runs."""
    return sum(instance.spent("execution", state.now) for instance in task.instances.values())


def wall_time(state: State, task: Task) -> int:
    """Microseconds from creation to the end, or to now."""
    return (state.now if task.ended is None else task.ended) - task.created


def errors(task: Task) -> list[Json]:
    """The errors of failed instances once the task has ended, by instance."""
    if task.ended is None:
        return []
    return [i.error for i in task.in_states("failure") if i.error is not None]


def _echo(name: str, default: Json = None) -> Field:
    return lambda state, task: task.definition.get(name, default)


def _constants(task: Task) -> list[Json]:
    return [
        {"key": key, "value": HIDDEN_VALUE if key.startswith(SECRET_PREFIX) else value}
        for key, value in task.constants.items()
    ]


def _scheduling(task: Task) -> Json:
    return {"ondemand": "onDemand", "reserved": "reserved"}.get(task.scheduling, "flex")


def _retry_settings(task: Task) -> Json:
    unset = {"maxTotalRetries": None, "maxPerInstanceRetries": None}
    given = task.definition.get("retrySettings")
    return unset | dict(given) if isinstance(given, Mapping) else unset


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


_NO_RIGHTS: Json = {"bySecret": [], "byPrefix": []}
_NO_PRIVILEGES: Json = {"exportApiAndStorageCredentialsInEnvironment": False}

_ABSENT_WHEN_UNSET = frozenset(
    {
        "advancedRanges", "instanceCount", "snapshotWhitelist", "snapshotBlacklist", "snapshotBucket",
        "snapshotBucketPrefix", "resultsWhitelist", "resultsBlacklist", "resultsBucket", "resultsBucketPrefix",
        "targetedReservedMachineKey", "targetedReservationName", "maxTimeQueueSeconds", "priority",
    }
)  # fmt: skip

FIELDS: Mapping[str, Field] = {
    "uuid": lambda state, task: task.uuid,
    "name": _echo("name"),
    "shortname": lambda state, task: task.shortname,
    "profile": _echo("profile"),
    "poolUuid": _echo("poolUuid"),
    "jobUuid": _echo("jobUuid"),
    "state": lambda state, task: task.state,
    "previousState": lambda state, task: task.previous_state,
    "stateTransitionTime": lambda state, task: date_text(task.state_since),
    "previousStateTransitionTime": lambda state, task: date_text(task.previous_since),
    "creationDate": lambda state, task: date_text(task.created),
    "lastModified": lambda state, task: date_text(task.modified),
    "endDate": lambda state, task: date_text(task.ended),
    "progress": progress,
    "runningInstanceCount": lambda state, task: len(running(state, task)),
    "runningCoreCount": running_cores,
    "executionTime": lambda state, task: timespan_text(execution_time(state, task)),
    "wallTime": lambda state, task: timespan_text(wall_time(state, task)),
    "instanceCount": lambda state, task: 0 if task.text("advancedRanges") else len(task.instances),
    "totalInstanceCount": lambda state, task: len(task.instances),
    "advancedRanges": _echo("advancedRanges"),
    "errors": lambda state, task: errors(task),
    "resourceBuckets": _echo("resourceBuckets", []),
    "advancedResourceBuckets": _echo("advancedResourceBuckets", []),
    "resultBucket": _echo("resultBucket"),
    "resultsBucket": _echo("resultsBucket"),
    "resultsBucketPrefix": _echo("resultsBucketPrefix"),
    "resultsWhitelist": _echo("resultsWhitelist"),
    "resultsBlacklist": _echo("resultsBlacklist"),
    "resultsCacheTTLSec": _echo("resultsCacheTTLSec"),
    "defaultResourcesCacheTTLSec": _echo("defaultResourcesCacheTTLSec", 7_776_000),
    "snapshotInterval": lambda state, task: task.snapshot_interval,
    "snapshotWhitelist": _echo("snapshotWhitelist"),
    "snapshotBlacklist": _echo("snapshotBlacklist"),
    "snapshotBucket": _echo("snapshotBucket"),
    "snapshotBucketPrefix": _echo("snapshotBucketPrefix"),
    "resultsCount": lambda state, task: task.results_count,
    "completedInstances": ended_instances,
    "status": task_status,
    "constants": lambda state, task: _constants(task),
    "constraints": _echo("constraints", []),
    "tags": lambda state, task: list(task.tags),
    "labels": _echo("labels", {}),
    "hardwareConstraints": _echo("hardwareConstraints", []),
    "secretsAccessRights": _echo("secretsAccessRights", _NO_RIGHTS),
    "privileges": _echo("privileges", _NO_PRIVILEGES),
    "retrySettings": lambda state, task: _retry_settings(task),
    "maxRetriesPerInstance": _echo("maxRetriesPerInstance", 0),
    "maxTimeQueueSeconds": _echo("maxTimeQueueSeconds"),
    "dependencies": lambda state, task: _dependencies(task),
    "schedulingType": lambda state, task: _scheduling(task),
    "targetedReservedMachineKey": _echo("targetedReservedMachineKey"),
    "targetedReservationName": _echo("targetedReservationName"),
    "priority": _echo("priority"),
    "autoDeleteOnCompletion": _echo("autoDeleteOnCompletion", False),
    "completionTimeToLive": _echo("completionTimeToLive", "00:00:00"),
    "waitForPoolResourcesSynchronization": _echo("waitForPoolResourcesSynchronization"),
    "uploadResultsOnCancellation": _echo("uploadResultsOnCancellation"),
    "forcedNetworkRules": _echo("forcedNetworkRules", []),
    "clusterInfo": lambda state, task: {"clusterCoresCount": None},
    "projectUuid": _echo("projectUuid"),
}
"""Every field of a task and how it is made, in the order of the answer."""

SUMMARY_FIELDS = (
    "uuid", "name", "shortname", "profile", "poolUuid", "jobUuid", "progress", "runningInstanceCount",
    "runningCoreCount", "clusterInfo", "executionTime", "wallTime", "state", "previousState",
    "totalInstanceCount", "instanceCount", "maxRetriesPerInstance", "advancedRanges", "stateTransitionTime",
    "previousStateTransitionTime", "lastModified", "creationDate", "endDate",
    "waitForPoolResourcesSynchronization", "projectUuid",
)  # fmt: skip
