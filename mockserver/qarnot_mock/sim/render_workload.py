"""What the wire shows alike of tasks and pools: one small function per field (reference 3.5, 3.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qarnot_mock.sim.commands import Json
from qarnot_mock.sim.confidential import HIDDEN_VALUE, SECRET_PREFIX
from qarnot_mock.sim.formats import date_text, timespan_text
from qarnot_mock.sim.render_status import status
from qarnot_mock.sim.state import State
from qarnot_mock.sim.workloads import Instance, Workload

Field = Callable[[State, Workload], Json]


def running(state: State, owner: Workload) -> list[Instance]:
    """The instances that have a node or a slot."""
    return [i for i in owner.instances.values() if state.lifecycles.instance.among(i.state, "running")]


def running_cores(state: State, owner: Workload) -> int:
    """The cores that they have."""
    return sum(state.cores(instance.runs[-1]) for instance in running(state, owner))


def execution_time(state: State, owner: Workload) -> int:
    """Microseconds of execution, cumulated over instances and runs."""
    return sum(instance.spent("execution", state.now) for instance in owner.instances.values())


def wall_time(state: State, owner: Workload) -> int:
    """Microseconds from creation to the end, or to now."""
    return (state.now if owner.ended is None else owner.ended) - owner.created


def echo(name: str, default: Json = None) -> Field:
    """A field of the definition as it was given."""
    return lambda state, owner: owner.definition.get(name, default)


def retry_settings(given: Json) -> Json:
    """The ``RetrySettings`` schema with both fields, given or not."""
    unset = {"maxTotalRetries": None, "maxPerInstanceRetries": None}
    return unset | dict(given) if isinstance(given, Mapping) else unset


def _constants(owner: Workload) -> list[Json]:
    return [
        {"key": key, "value": HIDDEN_VALUE if key.startswith(SECRET_PREFIX) else value}
        for key, value in owner.constants.items()
    ]


def _scheduling(owner: Workload) -> Json:
    return {"ondemand": "onDemand", "reserved": "reserved"}.get(owner.scheduling, "flex")


_NO_RIGHTS: Json = {"bySecret": [], "byPrefix": []}
_NO_PRIVILEGES: Json = {"exportApiAndStorageCredentialsInEnvironment": False}

COMMON: Mapping[str, Field] = {
    "uuid": lambda state, owner: owner.uuid,
    "name": echo("name"),
    "shortname": lambda state, owner: owner.shortname,
    "profile": echo("profile"),
    "state": lambda state, owner: owner.state,
    "previousState": lambda state, owner: owner.previous_state,
    "stateTransitionTime": lambda state, owner: date_text(owner.state_since),
    "previousStateTransitionTime": lambda state, owner: date_text(owner.previous_since),
    "creationDate": lambda state, owner: date_text(owner.created),
    "lastModified": lambda state, owner: date_text(owner.modified),
    "endDate": lambda state, owner: date_text(owner.ended),
    "runningInstanceCount": lambda state, owner: len(running(state, owner)),
    "runningCoreCount": running_cores,
    "executionTime": lambda state, owner: timespan_text(execution_time(state, owner)),
    "wallTime": lambda state, owner: timespan_text(wall_time(state, owner)),
    "resourceBuckets": echo("resourceBuckets", []),
    "advancedResourceBuckets": echo("advancedResourceBuckets", []),
    "defaultResourcesCacheTTLSec": echo("defaultResourcesCacheTTLSec", 7_776_000),
    "status": status,
    "constants": lambda state, owner: _constants(owner),
    "constraints": echo("constraints", []),
    "tags": lambda state, owner: list(owner.tags),
    "labels": echo("labels", {}),
    "hardwareConstraints": echo("hardwareConstraints", []),
    "secretsAccessRights": echo("secretsAccessRights", _NO_RIGHTS),
    "privileges": echo("privileges", _NO_PRIVILEGES),
    "maxTimeQueueSeconds": echo("maxTimeQueueSeconds"),
    "schedulingType": lambda state, owner: _scheduling(owner),
    "targetedReservedMachineKey": echo("targetedReservedMachineKey"),
    "targetedReservationName": echo("targetedReservationName"),
    "autoDeleteOnCompletion": echo("autoDeleteOnCompletion", False),
    "completionTimeToLive": echo("completionTimeToLive", "00:00:00"),
    "forcedNetworkRules": echo("forcedNetworkRules", []),
    "projectUuid": echo("projectUuid"),
}
