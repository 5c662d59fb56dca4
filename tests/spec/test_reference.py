"""The spec has every call, schema, field and enumeration of the reference, with its type and grade, and nothing else.

The reference is committed here as data (``reference_*``), written by hand from the collection of facts, so that
completeness is a comparison of two texts with different origins.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

HERE = Path(__file__).parent
ENUMERATIONS = {  # reference 3 and 4
    "TaskState": "Submitted PartiallyDispatched FullyDispatched PartiallyExecuting FullyExecuting UploadingResults "
    "Success Failure Cancelled PendingCancel PendingDelete",
    "PoolState": "Submitted PartiallyDispatched FullyDispatched PartiallyExecuting FullyExecuting Closing Closed "
    "Failure PendingDelete",
    "JobState": "Active Terminating Completed Deleting",
    "InstanceFinalState": "Success Failure Cancelled",
    "InstancePhase": "download dispatch environment execution shutdown upload",
    "SnapshotStatus": "triggered inProgress success failure",
    "SchedulingType": "flex onDemand reserved",
    "ForcedConstantAccess": "readOnly readWrite",
    "FinalStateCondition": "success failure cancelled",
    "DependencyState": "waiting dependencyConditionsFulfilled dependencyConditionsNotFulfilled",
    "LogicalOperator": "And Or",
    "ComparisonOperator": "Equal NotEqual LessThan LessThanOrEqual GreaterThan GreaterThanOrEqual Like",
    "MembershipOperator": "In NotIn",
    "OrderType": "ASC DESC",
    "DayOfWeek": "sunday monday tuesday wednesday thursday friday saturday",
    "BudgetOverrunPolicy": "AlertOnly BlockNew StopAndBlockAll",
    "HardwareConstraintKind": "MinimumCoreHardwareConstraint MaximumCoreHardwareConstraint "
    "MinimumRamCoreRatioHardwareConstraint MaximumRamCoreRatioHardwareConstraint MinimumRamHardwareConstraint "
    "MaximumRamHardwareConstraint SpecificHardwareConstraint CpuModelHardwareConstraint GpuHardwareConstraint "
    "NoGpuHardwareConstraint SSDHardwareConstraint NoSSDHardwareConstraint",
    "ScalingPolicyKind": "Fixed ManagedTasksQueue",
    "TimePeriodKind": "Always Weekly",
}
UNIONS = {"Filter", "HardwareConstraint", "ScalingPolicy", "TimePeriod"}
# Ours alone: names for texts, lists and maps, what survives of an unknown kind, and the lenient twins that describe in
# answers what the reference has one name for.
NAMED_TYPES = {
    "Timespan": "timespan",
    "DateTime": "datetime",
    "TimeOfDay": "time",
    "Shortname": "shortname",
    "AdvancedRanges": "ranges",
    "InstanceRange": "ranges",
    "PathRegex": "regex",
    "TagList": "[string]",
    "Labels": "{string}",
    "ValidationErrors": "{[string]}",
    "InstancePortForwards": "{PortForward}",
    "RunningCountsPerUser": "{RunningCounts}",
    "BulkTaskResults": "[BulkTaskResult]",
    "TaskCreationBatch": "[TaskCreationInput]",
}
TWINS = {
    "Constant": "KeyValue",
    "TaskSelection": "TaskOutput",
    "PoolSelection": "PoolOutput",
    "JobSelection": "JobOutput",
    "ReportedHardwareConstraint": "HardwareConstraint",
    "ReportedScaling": "Scaling",
    "ReportedScalingPolicy": "ScalingPolicy",
    "ReportedFixedScalingPolicy": "FixedScalingPolicy",
    "ReportedManagedTasksQueueScalingPolicy": "ManagedTasksQueueScalingPolicy",
    "ReportedTimePeriod": "TimePeriod",
    "ReportedTimePeriodWeeklyRecurring": "TimePeriodWeeklyRecurring",
}
OPEN = {"EmptyObject", "UnknownHardwareConstraint", "UnknownScalingPolicy", "UnknownTimePeriod"}
FORMATS = {"uuid": "uuid", "int64": "int64", "date": "date"}
TYPES = {"integer": "int", "boolean": "bool"}
# What a request may not say and an answer may: which policy is active.
ANSWERED_ONLY = {"Scaling": {"activePolicyName"}}
# In an answer a time of day is text that a client has to read with care.
LOOSE = {"ReportedTimePeriodWeeklyRecurring": {"time": "string"}}
MESSAGES = [  # reference 1.4
    "Maximum number of tasks reached",
    "Maximum number of pools reached",
    "Maximum number of jobs reached",
    "hardware constraint",
    "Not enough credits",
    "No such bucket: ",
    "No such task: ",
    "No such pool: ",
    "No such job: ",
    "Invalid task file. Invalid fields: ",
    "shortname-uniqueness",
    "The authenticated user does not inherit organization computing quotas",
    "Bad authentication token",
]


def written() -> Any:
    return yaml.safe_load((HERE / "reference_schemas.yaml").read_text(encoding="utf-8"))


def calls() -> Any:
    lines = (HERE / "reference_calls.txt").read_text(encoding="utf-8").splitlines()
    return [line.split() for line in lines if not line.startswith("#")]


def fields(name: str) -> dict[str, tuple[str, str]]:
    """Field to (grade, type), as written."""
    table = dict(SCHEMAS[name])
    inherited = fields(table.pop("like")) if "like" in table else {}
    without = set(table.pop("without", "").split())
    own = {
        field: (grade, kind)
        for grade, kinds in table.items()
        for kind, names in kinds.items()
        for field in names.split()
    }
    return {field: fact for field, fact in (inherited | own).items() if field not in without}


def type_of(node: Any) -> str:
    """The type of a field in the notation of ``reference_schemas.yaml``."""
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[1]
        return NAMED_TYPES.get(name) or TWINS.get(name, name)
    if "anyOf" in node:
        (kind,) = (type_of(option) for option in node["anyOf"] if option != {"type": "null"})
        return kind
    if "const" in node:
        return f"const {node['const']}"
    types = [one for one in ([node["type"]] if isinstance(node["type"], str) else node["type"]) if one != "null"]
    if types == ["array"]:
        return f"[{type_of(node['items'])}]"
    if types == ["object"]:
        return f"{{{type_of(node['additionalProperties'])}}}"
    return "|".join(FORMATS.get(node.get("format"), TYPES.get(one, one)) for one in types)


def described(spec: Any, name: str) -> dict[str, tuple[str, str]]:
    """Field to (grade, type), as the spec says it; ``*`` is what any other key holds."""
    schema = spec["components"]["schemas"][name]
    grade = schema["x-evidence"]["grade"]
    nodes = dict(schema.get("properties", {}))
    if isinstance(schema.get("additionalProperties"), dict):
        nodes["*"] = schema["additionalProperties"]
    return {field: (node.get("x-evidence", {}).get("grade", grade), type_of(node)) for field, node in nodes.items()}


SCHEMAS = written()


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_has_the_fields_of_the_reference(name: str, spec: Any) -> None:
    expected = {key: fact for key, fact in fields(name).items() if key not in ANSWERED_ONLY.get(name, set())}
    assert described(spec, name) == expected


@pytest.mark.parametrize("name", [twin for twin, original in TWINS.items() if original not in UNIONS])
def test_the_lenient_twin_of_a_schema_has_the_same_fields(name: str, spec: Any) -> None:
    loose = LOOSE.get(name, {})
    expected = {field: (grade, loose.get(kind, kind)) for field, (grade, kind) in fields(TWINS[name]).items()}
    assert described(spec, name) == expected


def test_the_spec_has_no_schema_that_nobody_knows_of(spec: Any) -> None:
    known = {*SCHEMAS, *ENUMERATIONS, *UNIONS, *NAMED_TYPES, *TWINS, *OPEN}
    assert set(spec["components"]["schemas"]) == known


@pytest.mark.parametrize("name", ENUMERATIONS)
def test_an_enumeration_has_the_members_of_the_reference(name: str, spec: Any) -> None:
    assert sorted(spec["components"]["schemas"][name]["enum"]) == sorted(ENUMERATIONS[name].split())


def test_the_calls_of_the_reference_are_counted() -> None:
    assert len(calls()) == 83
    assert sum(grade == "vendor" for _, _, _, grade, *_ in calls()) == 69


@pytest.mark.parametrize("call", calls(), ids=lambda call: f"{call[1]} {call[2]}")
def test_a_call_is_described_as_the_reference_has_it(call: Any, operations: Any) -> None:
    row, method, path, grade, success, *query = call
    (view,) = (one for one in operations.values() if (one.method, one.path) == (method, path))
    evidence = view.node["x-evidence"]
    assert (evidence["grade"], row in re.findall(r"rows? (\d+)", evidence["source"])) == (grade, True)
    assert sorted(one["name"] for one in view.parameters if one["in"] == "query") == sorted(query)
    assert min(view.responses()) == success


def test_an_account_can_be_read_through_another_wherever_a_token_is_needed(operation: Any) -> None:
    """Every call of the vendor's description takes the header (reference 1.2)."""
    headers = {parameter["name"] for parameter in operation.parameters if parameter["in"] == "header"}
    assert headers == ({"QarnotReadOnlyRequestForAccount"} if operation.secured else set())


@pytest.mark.parametrize("message", MESSAGES)
def test_a_known_message_is_among_the_examples(message: str, spec: Any) -> None:
    assert any(message in str(example["value"]) for example in spec["components"]["examples"].values())
