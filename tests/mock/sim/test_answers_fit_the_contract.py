"""What the world answers is valid for the schemas of the API description, at every instant of a task's life."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jsonschema_rs
import pytest

from qarnot_mock.contract import load
from qarnot_mock.sim.nodes import NodeKind

Check = Callable[[str, Any], None]
# Fields of the schemas that only old or other servers send (reference 3.2, 3.5, 3.12).
NEVER_SENT = {"credits", "forcedConstants", "maxDisk", "diskCount", "quotaBytesDisk", "usedQuotaBytesDisk", "token"}
ABSENT_WHEN_UNSET = {
    "advancedRanges", "resultsBucket", "resultsBucketPrefix", "resultsWhitelist", "resultsBlacklist",
    "snapshotWhitelist", "snapshotBlacklist", "snapshotBucket", "snapshotBucketPrefix", "targetedReservedMachineKey",
    "targetedReservationName", "maxTimeQueueSeconds", "priority",
}  # fmt: skip


@pytest.fixture(scope="module")
def check() -> Check:
    """Checks a value against a named schema: valid, no unknown field, no field forgotten."""
    schemas: Mapping[str, Any] = load().openapi["components"]["schemas"]  # type: ignore[index,call-overload,assignment]

    def against(name: str, value: Any) -> None:
        schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
        found = [
            f"{error.instance_path} {error.message}" for error in jsonschema_rs.validator_for(schema).iter_errors(value)
        ]
        assert found == []
        fields = set(schemas[name].get("properties", value))
        assert set(value) <= fields
        assert fields - set(value) <= NEVER_SENT | ABSENT_WHEN_UNSET

    return against


@pytest.mark.parametrize("exit_code", ["0", "1"])
def test_a_task_fits_at_every_instant(driver: Any, check: Check, exit_code: str) -> None:
    task = driver.submit({"MOCK_EXIT_CODE": exit_code}, instanceCount=5, resultBucket="out")
    for _ in driver.events(40):
        shown = driver.task(task)
        check("TaskOutput", shown)
        check("TaskSummaryOutput", driver.call("task_summaries_list").body[0])
        for row in shown["completedInstances"]:
            check("CompletedInstance", row)
        if shown["status"] is not None:
            check("TaskStatus", shown["status"])
            check("RunningInstancesInfo", shown["status"]["runningInstancesInfo"])
            for row in shown["status"]["runningInstancesInfo"]["perRunningInstanceInfo"]:
                check("PerRunningInstanceInfo", row)
    assert driver.state(task) == ("Success" if exit_code == "0" else "Failure")


def test_a_task_echoes_everything_it_was_given(make_driver: Callable[..., Any], check: Check) -> None:
    driver = make_driver(nodes=(NodeKind("8c-32g", "CPU", 8, 32_000, 3.0, reservation="r"),))
    given = {
        "advancedRanges": "1,3", "shortname": "s", "labels": {"a": "b"}, "tags": ["t"], "resourceBuckets": ["in"],
        "resultBucket": "out", "resultsCacheTTLSec": 5, "resultsBucketPrefix": "p/", "resultsWhitelist": "a",
        "resultsBlacklist": "b", "snapshotWhitelist": "c", "snapshotBlacklist": "d", "snapshotBucket": "snap",
        "snapshotBucketPrefix": "q/", "defaultResourcesCacheTTLSec": 7, "maxTimeQueueSeconds": 60, "priority": 1,
        "privileges": {"exportApiAndStorageCredentialsInEnvironment": True},
        "projectUuid": driver.call("info_get").body["projects"][1]["uuid"],
        "retrySettings": {"maxTotalRetries": 3, "maxPerInstanceRetries": 1}, "schedulingType": "reserved",
        "targetedReservedMachineKey": "8c-32g", "targetedReservationName": "r", "completionTimeToLive": "00:10:00",
        "autoDeleteOnCompletion": True, "uploadResultsOnCancellation": True,
        "secretsAccessRights": {"bySecret": [{"key": "k"}], "byPrefix": []},
        "hardwareConstraints": [{"discriminator": "NoGpuHardwareConstraint"}],
    }  # fmt: skip
    shown = driver.task(driver.submit(**given))
    check("TaskOutput", shown)
    assert {name: shown[name] for name in given} == given


def test_a_pool_fits_at_every_instant(driver: Any, check: Check) -> None:
    pool = driver.open_pool(instanceCount=2, multiSlotsSettings={"slotsPerNode": 2})
    driver.in_pool(pool, instanceCount=5)
    for moment in driver.events(40):
        shown = driver.pool(pool)
        check("PoolOutput", shown)
        check("PoolSummaryOutput", driver.call("pool_summaries_list").body[0])
        if shown["status"] is not None:
            check("TaskStatus", shown["status"])
        if moment == 10:
            driver.call("pool_close", pool=pool)
    assert driver.pool(pool)["state"] == "Closed"
    check("CarbonFacts", driver.call("pool_carbon_facts", pool=pool).body)


def test_a_pool_echoes_everything_it_was_given(make_driver: Callable[..., Any], check: Check) -> None:
    driver = make_driver(nodes=(NodeKind("8c-32g", "CPU", 8, 32_000, 3.0, reservation="r"),))
    policy = {
        "type": "ManagedTasksQueue", "name": "queue", "minTotalSlots": 1, "maxTotalSlots": 2, "minIdleSlots": 0,
        "minIdleTimeSeconds": 9, "scalingFactor": 0.5, "enabledPeriods": [{"type": "Always", "name": None}],
    }  # fmt: skip
    given = {
        "shortname": "s", "labels": {"a": "b"}, "tags": ["t"], "resourceBuckets": ["in"], "maxTimeQueueSeconds": 60,
        "preparationTask": {"commandLine": "true"}, "multiSlotsSettings": {"slotsPerNode": 3},
        "taskDefaultWaitForPoolResourcesSynchronization": True, "defaultResourcesCacheTTLSec": 7,
        "defaultRetrySettings": {"maxTotalRetries": 3, "maxPerInstanceRetries": 1}, "schedulingType": "reserved",
        "targetedReservedMachineKey": "8c-32g", "targetedReservationName": "r", "completionTimeToLive": "00:10:00",
        "autoDeleteOnCompletion": True, "privileges": {"exportApiAndStorageCredentialsInEnvironment": True},
        "projectUuid": driver.call("info_get").body["projects"][1]["uuid"],
        "secretsAccessRights": {"bySecret": [{"key": "k"}], "byPrefix": []},
        "hardwareConstraints": [{"discriminator": "NoGpuHardwareConstraint"}],
    }  # fmt: skip
    shown = driver.pool(driver.open_pool(instanceCount=None, scaling={"policies": [policy]}, **given))
    check("PoolOutput", shown)
    check("ReportedScaling", shown["scaling"])
    assert shown["scaling"] == {"policies": [policy], "activePolicyName": "queue"}
    assert {name: shown[name] for name in given} == given


def test_the_other_answers_fit(driver: Any, check: Check) -> None:
    task = driver.submit(resultBucket="out")
    driver.at(5)
    snapshot = driver.call("task_snapshot_create", task, {}).body
    check("Snapshot", snapshot)
    driver.at(8)
    check("Snapshot", driver.call("task_snapshot_get", task, snapshotId=snapshot["id"]).body)
    check("TaskPage", driver.call("tasks_paginate", body={}).body)
    check("TaskSummaryPage", driver.call("task_summaries_paginate", body={}).body)
    info = driver.call("info_get").body
    check("UserInfo", info)
    for project in info["projects"]:
        check("Project", project)
        for budget in driver.call("project_budgets_list", projectUuid=project["uuid"]).body["budgets"]:
            check("Budget", budget)
    check("Profile", driver.call("profile_get", name="docker-batch").body)
    check("CarbonFacts", driver.call("task_carbon_facts", task).body)
    check("Credits", driver.call("task_credits", task).body)
    check("Credits", driver.call("account_credits_get").body)
    bulk = driver.call("tasks_create", body=[driver.definition(), driver.definition(name="")]).body
    for row in bulk:
        check("BulkTaskResult", row)


def test_every_task_state_of_the_contract_is_in_the_tables(lifecycles: Mapping[str, Any]) -> None:
    schemas: Any = load().openapi["components"]["schemas"]  # type: ignore[index,call-overload]
    for kind in ("task", "instance", "snapshot", "job", "dependency"):
        table = lifecycles[kind]
        observable = {name for name, row in table["states"].items() if row.get("observable", True)}
        documented = {str(value) for value in schemas[table["schema"]].get("enum", [])}
        ours_only = {"waiting", "success", "failure", "cancelled"} if kind == "instance" else set()
        assert observable - ours_only <= documented
