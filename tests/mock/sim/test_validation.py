"""Refusals of task definitions: the field tag, the status, and that nothing has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qarnot_mock.sim.commands import Refusal
from qarnot_mock.sim.settings import Quotas

LONG = "x" * 2048


@pytest.mark.parametrize(
    ("fields", "tag"),
    [
        ({"name": ""}, "name"),
        ({"name": LONG}, "name"),
        ({"name": None}, "name"),
        ({"shortname": "-a"}, "shortname"),
        ({"shortname": "a-"}, "shortname"),
        ({"shortname": "a_b"}, "shortname"),
        ({"instanceCount": 0}, "instanceCount"),
        ({"instanceCount": -1}, "instanceCount"),
        ({"instanceCount": None}, "instanceCount"),
        ({"instanceCount": 1, "advancedRanges": "0-1"}, "instanceCount"),
        ({"instanceCount": 2049}, "range-length"),
        ({"advancedRanges": "0-2048"}, "range-length"),
        ({"advancedRanges": "2-1"}, "advancedRanges"),
        ({"tags": ["x"] * 11}, "tags"),
        ({"tags": ["x" * 512]}, "tags"),
        ({"tags": [None]}, "tags"),
        ({"constants": [{"key": "a b", "value": "x"}]}, "constants"),
        ({"constants": [{"key": "", "value": "x"}]}, "constants"),
        ({"constants": [{"key": "a", "value": None}]}, "constants"),
        ({"constants": [{"key": "a", "value": LONG + "x"}]}, "constants"),
        ({"constants": [{"key": f"k{i}", "value": "x"} for i in range(151)]}, "constants"),
        ({"constants": [{"key": "MOCK_RESULTS", "value": "[1]"}]}, "constants"),
        ({"constants": [{"key": "MOCK_EXIT_CODE", "value": "one"}]}, "constants"),
        ({"constants": [{"key": "MOCK_DURATION", "value": "-1"}]}, "constants"),
        ({"constants": [{"key": "MOCK_DURATION", "value": "nan"}]}, "constants"),
        ({"resourceBuckets": ["a"], "advancedResourceBuckets": [{"bucketName": "b"}]}, "resourceBuckets"),
        ({"resourceBuckets": ["a"] * 101}, "resourceBuckets"),
        ({"resultsWhitelist": "("}, "resultsWhitelist"),
        ({"snapshotBlacklist": LONG}, "snapshotBlacklist"),
        ({"retrySettings": {"maxTotalRetries": -1}}, "retrySettings"),
        ({"maxRetriesPerInstance": 1, "retrySettings": {"maxTotalRetries": 1}}, "maxRetriesPerInstance"),
        ({"schedulingType": "whenever"}, "schedulingType"),
        ({"targetedReservationName": "r"}, "targetedReservationName"),
        ({"completionTimeToLive": "30:00:00"}, "completionTimeToLive"),
        ({"completionTimeToLive": "-00:00:01"}, "completionTimeToLive"),
        ({"maxTimeQueueSeconds": -1}, "maxTimeQueueSeconds"),
        ({"dependencies": {"dependsOn": ["x"]}}, "dependencies"),
        ({"profile": "no-such-profile"}, "profile"),
        ({"profile": None}, "profile"),
    ],
)
def test_an_invalid_field_is_named(driver: Any, fields: dict[str, Any], tag: str) -> None:
    refusal = driver.refused("tasks_create", body=driver.definition(**fields))
    assert (refusal.status, refusal.shape) == (400, "message")
    assert refusal.message == f"Invalid task file. Invalid fields: {tag}"


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "x" * 2047},
        {"shortname": "a"},
        {"shortname": "A1-b"},
        {"instanceCount": 2048},
        {"instanceCount": 0, "advancedRanges": "0, 2-3"},
        {"tags": ["a,b"] * 10},
        {"constants": [{"key": "A.b-c_1", "value": ""}]},
        {"resultsWhitelist": r"(?<name>\d+)\.txt\z"},
        {"dependencies": {"dependsOn": []}},
        {"retrySettings": {"maxTotalRetries": None, "maxPerInstanceRetries": None}, "maxRetriesPerInstance": 2},
        {"schedulingType": "OnDemand"},
        {"completionTimeToLive": "00:00:00"},
        {"shortname": None, "tags": None, "labels": None, "resourceBuckets": [], "advancedResourceBuckets": []},
    ],
)
def test_the_edge_of_the_valid_is_accepted(driver: Any, fields: dict[str, Any]) -> None:
    assert driver.state(driver.submit(**fields)) == "Submitted"


def test_all_wrong_fields_are_named_at_once(driver: Any) -> None:
    body = driver.definition(name="", profile="none", tags=["x"] * 11)
    assert driver.refused("tasks_create", body=body).message == "Invalid task file. Invalid fields: name,tags,profile"


def test_a_shortname_is_unique_until_its_task_is_gone(driver: Any) -> None:
    first = driver.submit(shortname="same")
    refusal = driver.refused("tasks_create", body=driver.definition(shortname="same"))
    assert refusal.message == "Invalid task file. Invalid fields: shortname-uniqueness"
    assert driver.refused("tasks_create", body=driver.definition(shortname=first)).status == 400
    driver.call("task_delete", "same")
    driver.at(5)
    assert driver.submit(shortname="same") != first


def test_a_constant_in_a_filter_is_substituted_before_it_is_compiled(driver: Any) -> None:
    body = driver.definition({"BAD": "("}, resultsWhitelist="${BAD}")
    assert driver.refused("tasks_create", body=body).message.endswith("resultsWhitelist")


def test_an_unknown_resource_bucket_is_a_404(driver: Any) -> None:
    for fields in ({"resourceBuckets": ["gone"]}, {"advancedResourceBuckets": [{"bucketName": "gone"}]}):
        refusal = driver.refused("tasks_create", body=driver.definition(**fields), buckets={"gone": False})
        assert (refusal.status, refusal.message) == (404, "No such bucket: gone")


@pytest.mark.parametrize(("field", "message"), [("poolUuid", "No such pool: x"), ("jobUuid", "No such job: x")])
def test_an_unknown_pool_or_job_is_a_400(driver: Any, field: str, message: str) -> None:
    refusal = driver.refused("tasks_create", body=driver.definition(profile=None, **{field: "x"}))
    assert (refusal.status, refusal.message) == (400, message)


def test_hardware_that_nobody_has_is_a_402(driver: Any) -> None:
    body = driver.definition(hardwareConstraints=[{"discriminator": "GpuHardwareConstraint"}])
    refusal = driver.refused("tasks_create", body=body)
    assert refusal.status == 402
    assert "hardware constraint" in refusal.message


def test_the_quota_of_tasks_is_a_403(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(quotas=Quotas(max_task=1))
    driver.submit()
    refusal = driver.refused("tasks_create", body=driver.definition())
    assert (refusal.status, refusal.message) == (403, "Maximum number of tasks reached")


def test_a_list_without_a_valid_task_is_refused_as_a_list(driver: Any) -> None:
    bodies = [driver.definition(name=""), driver.definition(resourceBuckets=["gone"])]
    refusal = driver.refused("tasks_create", body=bodies, buckets={"gone": False})
    assert (refusal.status, refusal.shape) == (400, "list")
    assert [row["statusCode"] for row in refusal.body] == [400, 404]
    assert driver.refused("tasks_create", body=bodies[1:], buckets={"gone": False}).status == 404


def test_a_mixed_list_creates_what_it_can(driver: Any) -> None:
    good, bad = driver.definition(shortname="one"), driver.definition(shortname="one")
    answer = driver.call("tasks_create", body=[good, bad, driver.definition()])
    assert answer.status == 207
    assert answer.location is None
    assert [row["statusCode"] for row in answer.body] == [200, 400, 200]
    assert answer.body[1]["uuid"] is None
    assert answer.body[1]["message"] == "Invalid task file. Invalid fields: shortname-uniqueness"
    assert answer.body[0] == {"statusCode": 200, "uuid": driver.task("one")["uuid"], "message": None}


def test_a_good_list_is_a_200(driver: Any) -> None:
    answer = driver.call("tasks_create", body=[driver.definition(), driver.definition()])
    assert (answer.status, len(answer.body)) == (200, 2)


def test_a_single_creation_says_where_the_task_is(driver: Any) -> None:
    answer = driver.call("tasks_force_create", body=driver.definition())
    assert answer.location == f"/tasks/{answer.body['uuid']}"


def test_an_unknown_operation_is_refused(driver: Any) -> None:
    with pytest.raises(Refusal, match="501"):
        driver.call("task_dream", body={})
