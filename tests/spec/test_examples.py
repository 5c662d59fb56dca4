"""Every example is valid, with no key that the spec does not know; and what the prose forbids, the schemas refuse."""

from __future__ import annotations

from typing import Any

import pytest

TASK = {"name": "n", "profile": "docker-batch", "instanceCount": 1}
UUID = "0a3c9c3e-5d5b-4c52-9e8c-7f1f4b1c2a10"
POOL = {"name": "n", "profile": "docker-batch"}
WEEKLY = {"type": "Weekly", "days": ["monday"], "startTimeUtc": "08:00:00", "endTimeUtc": "20:00:00"}


def named(name: str) -> Any:
    return {"$ref": f"#/components/schemas/{name}"}


def test_an_example_is_valid(example: Any, complaints: Any) -> None:
    assert complaints(example.schema, example.value) == []


def test_every_field_of_an_input_can_be_left_out_but_the_name(complaints: Any) -> None:
    assert complaints(named("TaskCreationInput"), {"name": "n"}) == []
    assert complaints(named("TaskCloneInput"), {}) == []
    assert complaints(named("PoolCreationInput"), {"name": "n", "profile": "docker-batch"}) == []
    assert complaints(named("PoolCloneInput"), {}) == []
    assert complaints(named("PoolUpdateInput"), {"tags": ["t"]}) == []
    assert complaints(named("JobCreationInput"), {"name": "n"}) == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        pytest.param({"name": ""}, "/name", id="empty name"),
        pytest.param({"name": "n" * 2048}, "/name", id="name of 2048 characters"),
        pytest.param({"name": None}, "/name", id="null name"),
        pytest.param({"shortname": "-a"}, "/shortname", id="shortname starting with a hyphen"),
        pytest.param({"shortname": "a-"}, "/shortname", id="shortname ending with a hyphen"),
        pytest.param({"shortname": "a_b"}, "/shortname", id="shortname with an underscore"),
        pytest.param({"instanceCount": 0}, "/instanceCount", id="no instance"),
        pytest.param({"instanceCount": 2049}, "/instanceCount", id="too many instances"),
        pytest.param({"instanceCount": "3"}, "/instanceCount", id="instance count as text"),
        pytest.param({"advancedRanges": "1-"}, "/advancedRanges", id="open range"),
        pytest.param({"advancedRanges": ""}, "/advancedRanges", id="empty range"),
        pytest.param({"advancedRanges": "1;2"}, "/advancedRanges", id="range with semicolons"),
        pytest.param({"tags": ["t"] * 11}, "/tags", id="eleven tags"),
        pytest.param({"tags": ["t" * 512]}, "/tags/0", id="tag of 512 characters"),
        pytest.param({"tags": [None]}, "/tags/0", id="null tag"),
        pytest.param({"labels": {"a": 1}}, "/labels", id="label that is a number"),
        pytest.param({"constants": [{"key": "A", "value": "1"}] * 151}, "/constants", id="151 constants"),
        pytest.param({"constants": [{"key": "A B", "value": "1"}]}, "/constants/0/key", id="constant with a blank"),
        pytest.param({"constants": [{"key": "A", "value": 1}]}, "/constants/0/value", id="constant that is a number"),
        pytest.param({"constants": [{"key": "A"}]}, "/constants/0", id="constant without value"),
        pytest.param({"resourceBuckets": ["b"] * 101}, "/resourceBuckets", id="101 buckets"),
        pytest.param({"advancedResourceBuckets": [{}]}, "/advancedResourceBuckets/0", id="bucket without name"),
        pytest.param({"resultsWhitelist": "x" * 2048}, "/resultsWhitelist", id="filter of 2048 characters"),
        pytest.param({"completionTimeToLive": "1 day"}, "/completionTimeToLive", id="duration in words"),
        pytest.param({"completionTimeToLive": "24:00:00"}, "/completionTimeToLive", id="24 hours"),
        pytest.param({"schedulingType": "cheap"}, "/schedulingType", id="unknown scheduling type"),
        pytest.param({"poolUuid": "my-pool"}, "/poolUuid", id="pool by shortname"),
        pytest.param({"dependencies": {"dependsOn": ["first"]}}, "/dependencies", id="dependency by name"),
        pytest.param(
            {"hardwareConstraints": [{"discriminator": "FastHardwareConstraint"}]},
            "/hardwareConstraints/0", id="unknown hardware",
        ),
        pytest.param(
            {"hardwareConstraints": [{"discriminator": "MinimumCoreHardwareConstraint"}]},
            "/hardwareConstraints/0", id="hardware without its number",
        ),
        pytest.param({"forcedNetworkRules": [{"proto": "tcp"}]}, "/forcedNetworkRules/0", id="rule without direction"),
        pytest.param({"colour": "red"}, "", id="unknown key"),
    ],
)  # fmt: skip
def test_a_bad_task_is_refused_at_the_place(changes: Any, path: Any, complaints: Any) -> None:
    assert complaints(named("TaskCreationInput"), TASK) == []
    found = complaints(named("TaskCreationInput"), {**TASK, **changes})
    assert [complaint for complaint in found if complaint.startswith(f"{path}:")]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("PeriodicSnapshotRequest", {}),
        ("PeriodicSnapshotRequest", {"interval": -1}),
        ("PeriodicSnapshotRequest", {"interval": "60"}),
        ("PageDetailRequest", {"maximumResults": 0}),
        ("DataDetailRequest", {"maximumResults": 0}),
        ("PageDetailRequest", {"orderType": "up"}),
        ("Filter", {"operator": "Equal", "field": "Name"}),
        ("Filter", {"operator": "In", "field": "State", "value": "Success"}),
        ("Filter", {"operator": "Equal", "field": "State", "values": ["Success"]}),
        ("Filter", {"operator": "And", "filters": [{"operator": "Xor", "filters": []}]}),
        ("Filter", {"operator": "Matches", "field": "Name", "value": "x"}),
        ("TaskUpdateInput", {"name": "new"}),
        ("TaskRedoInput", {"instanceCount": 3}),
        ("TaskCloneInput", {"poolUuid": UUID}),
        ("BulkTaskResults", [{"uuid": UUID}]),
        ("CreatedId", {"uuid": "hello-42"}),
        ("Snapshot", {"id": "snap_1", "status": "done"}),
        ("PoolCreationInput", {"name": "n"}),
        ("PoolCreationInput", {"profile": "docker-batch"}),
        ("PoolCreationInput", {**POOL, "constants": [{"key": "A", "value": "1"}] * 51}),
        ("PoolCreationInput", {**POOL, "multiSlotsSettings": {"slotsPerNode": 0}}),
        ("PoolCreationInput", {**POOL, "elasticProperty": {"rampResizeFactor": 1.5}}),
        ("PoolCreationInput", {**POOL, "instanceCount": -1}),
        ("PoolCreationInput", {**POOL, "jobUuid": UUID}),
        ("PoolCreationInput", {**POOL, "scaling": {"policies": [{"type": "Fixed", "name": "a"}]}}),
        ("PoolUpdateInput", {"name": "new"}),
        ("PoolUpdateInput", {"tags": ["t"] * 11}),
        ("Scaling", {}),
        ("Scaling", {"policies": None}),
        ("Scaling", {"policies": [{"type": "Guess", "name": "a"}]}),
        ("Scaling", {"policies": [{"type": "Fixed", "slotsCount": 1}]}),
        ("Scaling", {"policies": [{"type": "Fixed", "name": "a", "slotsCount": -1}]}),
        ("Scaling", {"policies": [{"type": "ManagedTasksQueue", "name": "a", "scalingFactor": 2}]}),
        ("Scaling", {"policies": [], "activePolicyName": "a"}),
        ("TimePeriod", {"type": "Monthly"}),
        ("TimePeriod", {**WEEKLY, "days": []}),
        ("TimePeriod", {**WEEKLY, "days": ["someday"]}),
        ("TimePeriod", {**WEEKLY, "endTimeUtc": "24:00:00"}),
        ("TimePeriod", {**WEEKLY, "startTimeUtc": "8:00"}),
        ("JobCreationInput", {}),
        ("JobCreationInput", {"name": "n", "poolUuid": "farm"}),
        ("JobCreationInput", {"name": "n", "maxWallTime": "1 day"}),
        ("JobCreationInput", {"name": "n", "state": ""}),
        ("SecretWrite", {}),
        ("SecretWrite", {"Value": None}),
        ("SecretWrite", {"value": "v"}),
        ("RunningCountsPerUser", {"ada@example.org": 3}),
    ],
)
def test_a_bad_body_is_refused(name: str, body: Any, complaints: Any) -> None:
    assert complaints(named(name), body)


@pytest.mark.parametrize(
    "spelling", ["00:00:00", "00:03:59", "1.03:16:50.5000000", "00:00:25.1000003", "10.00:00:00", "-00:00:01"]
)
def test_a_timespan_of_dotnet_is_valid(spelling: Any, complaints: Any) -> None:
    assert complaints(named("Timespan"), spelling) == []


@pytest.mark.parametrize("spelling", ["0", "1-6,15,20,25-30", "0-2, 4-5, 17", "5"])
def test_an_advanced_range_is_valid(spelling: Any, complaints: Any) -> None:
    assert complaints(named("AdvancedRanges"), spelling) == []


@pytest.mark.parametrize(
    "date", [None, "0001-01-01T00:00:00Z", "2025-04-18T09:30:12.1234567Z", "2025-04-18T09:30:12.123Z"]
)
def test_a_date_of_dotnet_is_valid(date: Any, complaints: Any) -> None:
    assert complaints(named("DateTime"), date) == []


@pytest.mark.parametrize(
    ("name", "reported"),
    [
        ("ReportedHardwareConstraint", {"discriminator": "QuantumHardwareConstraint", "qubits": 7}),
        ("ReportedScalingPolicy", {"type": "Tidal", "name": "t", "moon": 1}),
        ("ReportedTimePeriod", {"type": "Yearly", "days": [1, 200]}),
        ("ReportedScaling", {"policies": [{"type": "Fixed", "enabledPeriods": [{"type": "Yearly"}]}]}),
    ],
)
def test_an_unknown_kind_in_an_answer_is_kept(name: str, reported: Any, complaints: Any) -> None:
    assert complaints(named(name), reported) == []


@pytest.mark.parametrize(
    ("name", "reported"),
    [
        ("ReportedHardwareConstraint", {"discriminator": "MinimumCoreHardwareConstraint", "coreCount": "many"}),
        ("ReportedScalingPolicy", {"type": "Fixed", "slotsCount": "many"}),
        ("ReportedTimePeriod", {"type": "Weekly", "days": "monday"}),
    ],
)
def test_a_known_kind_in_an_answer_is_held_to_its_schema(name: str, reported: Any, complaints: Any) -> None:
    assert complaints(named(name), reported)


@pytest.mark.parametrize("spelling", ["00:00:00", "19:30:00", "23:59:59.9999999", "08:00:00.5"])
def test_a_time_of_day_is_valid(spelling: str, complaints: Any) -> None:
    assert complaints(named("TimePeriod"), {**WEEKLY, "endTimeUtc": spelling}) == []


def test_an_answer_with_an_unknown_key_is_valid_for_a_client_but_not_for_the_mock(complaints: Any) -> None:
    answer = {"uuid": UUID, "name": "n", "shortname": "s", "state": "Submitted", "colour": "red"}
    assert complaints(named("TaskOutput"), answer, strict=False) == []
    assert complaints(named("TaskOutput"), answer)


@pytest.mark.parametrize("key", ["uuid", "name", "shortname", "state"])
def test_a_task_without_its_identity_is_no_task(key: Any, complaints: Any) -> None:
    answer = {"uuid": UUID, "name": "n", "shortname": "s", "state": "Submitted"}
    del answer[key]
    assert complaints(named("TaskOutput"), answer)
    assert complaints(named("TaskSelection"), answer) == []
