"""Fixed pools: their way to readiness, tasks in their slots, and their end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def states(driver: Any, pool: str, limit: float) -> list[tuple[float, str]]:
    """When a pool has entered which state."""
    seen = [(0.0, driver.pool(pool)["state"])]
    for moment in driver.events(limit):
        state = driver.pool(pool)["state"]
        if state != seen[-1][1]:
            seen.append((moment, state))
    return seen


def test_a_fixed_pool_becomes_ready_and_stays_so(driver: Any) -> None:
    pool = driver.open_pool(instanceCount=2)
    assert states(driver, pool, 1000) == [(0, "Submitted"), (1, "FullyDispatched"), (5, "FullyExecuting")]
    shown = driver.pool(pool)
    assert (shown["runningInstanceCount"], shown["totalSlotCapacity"], shown["targetRunningInstanceCount"]) == (2, 2, 2)
    assert driver.world.next_due() is None


def test_a_pool_waits_for_nodes_as_tasks_do(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=2)
    driver.submit({"MOCK_DURATION": "10"}, instanceCount=1)
    pool = driver.open_pool(instanceCount=2)
    assert [state for _, state in states(driver, pool, 1000)] == [
        "Submitted", "PartiallyDispatched", "PartiallyExecuting", "FullyExecuting",
    ]  # fmt: skip


def test_tasks_of_a_pool_take_slots_in_turn_and_no_nodes(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=2)
    pool = driver.open_pool()
    first = driver.in_pool(pool, {"MOCK_DURATION": "10"})
    second = driver.in_pool(pool)
    driver.at(8)
    assert (driver.state(first), driver.state(second)) == ("FullyDispatched", "Submitted")
    shown = driver.pool(pool)
    assert (shown["queuedOrRunningTaskInstancesCount"], shown["poolUsage"]) == (2, 2.0)
    assert driver.call("info_get").body["runningInstanceCount"] == 1
    driver.at(100)
    assert (driver.state(first), driver.state(second)) == ("Success", "Success")
    assert driver.pool(pool)["queuedOrRunningTaskInstancesCount"] == 0


def test_settings_that_were_not_given_are_shown_empty_as_the_official_package_needs_them(driver: Any) -> None:
    shown = driver.pool(driver.open_pool())
    assert shown["multiSlotsSettings"] == {"slotsPerNode": None}
    assert shown["defaultRetrySettings"] == {"maxTotalRetries": None, "maxPerInstanceRetries": None}


def test_a_node_of_a_pool_runs_as_many_instances_as_it_has_slots(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    pool = driver.open_pool(multiSlotsSettings={"slotsPerNode": 4})
    task = driver.in_pool(pool, instanceCount=6)
    driver.at(7)
    shown = driver.task(task)
    assert (shown["state"], shown["runningInstanceCount"], shown["runningCoreCount"]) == ("PartiallyDispatched", 4, 8)


def test_closing_lets_running_tasks_finish_and_cancels_what_has_no_slot(driver: Any) -> None:
    pool = driver.open_pool()
    running = driver.in_pool(pool, {"MOCK_DURATION": "20"})
    queued = driver.in_pool(pool)
    driver.at(12).call("pool_close", pool=pool)
    assert (driver.state(running), driver.state(queued)) == ("FullyExecuting", "Cancelled")
    assert driver.pool(pool)["state"] == "Closing"
    assert driver.refused("pool_close", pool=pool).status == 403
    refusal = driver.refused("tasks_create", body={**driver.definition(poolUuid=pool), "profile": None})
    assert (refusal.status, "is not open (Closing)" in refusal.message) == (400, True)
    driver.at(100)
    assert (driver.state(running), driver.pool(pool)["state"]) == ("Success", "Closed")
    assert driver.call("info_get").body["runningInstanceCount"] == 0


def test_a_deleted_pool_closes_first_and_is_gone(driver: Any) -> None:
    pool = driver.open_pool()
    task = driver.in_pool(pool, {"MOCK_DURATION": "20"})
    driver.at(12).call("pool_delete", pool=pool)
    assert driver.pool(pool)["state"] == "PendingDelete"
    driver.at(100)
    assert driver.refused("pool_get", pool=pool).status == 404
    assert driver.task(task)["state"] == "Success"
    assert driver.task(task)["poolUuid"] == pool


def test_a_pool_that_closes_without_tasks_is_seen_closing_first(driver: Any) -> None:
    pool = driver.open_pool()
    driver.call("pool_close", pool=pool)
    seen = states(driver, pool, 100)
    assert seen == [(0, "Closing"), (1, "Closed")]
    assert driver.pool(pool)["endDate"] == "2023-11-14T22:13:21Z"


def test_a_task_that_has_begun_gets_slots_for_all_its_instances_before_the_pool_closes(driver: Any) -> None:
    pool = driver.open_pool()
    task = driver.in_pool(pool, instanceCount=3)
    driver.at(8).call("pool_close", pool=pool)
    driver.at(100)
    assert (driver.state(task), driver.pool(pool)["state"]) == ("Success", "Closed")


def test_dependents_of_a_closing_pool_are_cancelled(driver: Any) -> None:
    pool = driver.open_pool()
    job = driver.open_job(poolUuid=pool, useDependencies=True)
    parent = driver.submit({"MOCK_DURATION": "20"}, jobUuid=job, profile=None)
    child = driver.submit(jobUuid=job, profile=None, dependencies={"dependsOn": [parent]})
    assert driver.task(child)["poolUuid"] == pool
    driver.at(12).call("pool_close", pool=pool)
    driver.at(100)
    assert (driver.state(parent), driver.state(child)) == ("Success", "Cancelled")
    assert driver.pool(pool)["state"] == "Closed"


def test_tasks_and_jobs_of_a_pool_are_listed(driver: Any) -> None:
    pool, other = driver.open_pool(shortname="mine"), driver.open_pool()
    job = driver.open_job(poolUuid="mine")
    through_job = driver.submit(jobUuid=job, profile=None)
    direct = driver.in_pool("mine")
    driver.in_pool(other)
    assert [row["uuid"] for row in driver.call("pool_tasks_list", pool="mine").body] == [through_job, direct]
    assert [row["uuid"] for row in driver.call("pool_jobs_list", pool=pool).body] == [job]
    driver.call("task_delete", direct)
    driver.at(50)
    assert [row["uuid"] for row in driver.call("pool_tasks_list", pool=pool).body] == [through_job]


@pytest.mark.parametrize("field", ["profile", "hardwareConstraints", "projectUuid"])
def test_what_is_the_pools_business_is_refused_of_a_task(driver: Any, field: str) -> None:
    body = {**driver.definition(poolUuid=driver.open_pool()), "profile": None, field: ["docker-batch"]}
    refusal = driver.refused("tasks_create", body=body)
    assert (refusal.status, refusal.message) == (400, f"Invalid task file. Invalid fields: {field}")


def test_a_task_of_an_ended_pool_cannot_be_run_again(driver: Any) -> None:
    pool = driver.open_pool()
    task = driver.in_pool(pool, {"MOCK_EXIT_CODE": "1"})
    driver.at(30).call("pool_close", pool=pool)
    for operation in ("task_restart", "task_retry", "task_clone"):
        assert driver.refused(operation, task, {}).status == 400
    driver.at(60).call("pool_delete", pool=pool)
    driver.at(90)
    assert driver.refused("task_restart", task).message == f"No such pool: {pool}"


def test_a_task_takes_the_defaults_of_its_pool_unless_it_has_its_own(driver: Any) -> None:
    pool = driver.open_pool(
        defaultRetrySettings={"maxPerInstanceRetries": 1}, taskDefaultWaitForPoolResourcesSynchronization=True
    )
    plain = driver.in_pool(pool, {"MOCK_EXIT_CODE": "1"}, retrySettings={"maxTotalRetries": None})
    own = driver.in_pool(pool, retrySettings={"maxTotalRetries": 2}, waitForPoolResourcesSynchronization=False)
    assert driver.task(plain)["waitForPoolResourcesSynchronization"] is True
    assert driver.task(own)["waitForPoolResourcesSynchronization"] is False
    assert driver.task(own)["retrySettings"]["maxTotalRetries"] == 2
    driver.at(100)
    assert driver.task(plain)["completedInstances"][0]["executionAttemptCount"] == 2


def test_a_task_runs_in_the_environment_of_its_pool(driver: Any) -> None:
    pool = driver.open_pool({"GREETING": "hello", "MOCK_STDOUT": "ready\n"})
    task = driver.in_pool(pool, {"DOCKER_CMD": "echo ${GREETING} ${DOCKER_REPO}"})
    driver.at(50)
    assert driver.stdout(task) == "0> hello library/ubuntu\n"
    assert driver.call("pool_stdout_get", pool=pool).body == "0> ready\n"


def test_the_preparation_is_run_before_an_instance_is_ready(driver: Any) -> None:
    pool = driver.open_pool(instanceCount=2, preparationTask={"commandLine": "echo prepared ${INSTANCE_ID}"})
    driver.at(5.9)
    assert driver.call("pool_stdout_get", pool=pool).body == ""
    assert driver.pool(pool)["state"] == "FullyDispatched"
    driver.at(6)
    assert driver.pool(pool)["state"] == "FullyExecuting"
    assert driver.call("pool_stdout_fresh", pool=pool).body == "0> prepared 0\n1> prepared 1\n"
    assert driver.call("pool_stdout_fresh", pool=pool).body == ""
    assert driver.call("pool_instance_stdout_get", pool=pool, instanceId=1).body == "prepared 1\n"
    assert driver.call("pool_instance_stderr_fresh", pool=pool, instanceId=1).body == ""
    refusal = driver.refused("pool_instance_stdout_get", pool=pool, instanceId=7)
    assert (refusal.status, refusal.message) == (404, f"No such instance: 7 in pool {pool}")


def test_nodes_of_a_pool_are_billed_and_its_tasks_are_not(driver: Any) -> None:
    pool = driver.open_pool()
    task = driver.in_pool(pool, {"MOCK_DURATION": "100"})
    driver.at(3605).call("pool_close", pool=pool)
    driver.at(5000)
    assert driver.call("task_credits", task).body == {"credits": 0}
    assert driver.call("pool_credits", pool=pool).body == {"credits": pytest.approx(8 * 0.05)}
    assert driver.call("account_credits_get").body["credits"] == pytest.approx(1_000_000 - 8 * 0.05)
    facts = driver.call("pool_carbon_facts", pool=pool).body
    assert facts["total_energy_it_Wh"] == pytest.approx(8 * 7.0)


def test_a_pool_needs_credits_and_its_tasks_do_not(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(credits=0.01)
    pool = driver.open_pool()
    driver.at(3600)
    assert (
        driver.refused("pools_create", body={"name": "p", "profile": "docker-batch", "instanceCount": 1}).status == 402
    )
    task = driver.in_pool(pool)
    driver.at(4000)
    assert driver.state(task) == "Success"


def test_a_pool_that_is_not_dispatched_in_time_fails_with_its_tasks(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    driver.submit({"MOCK_DURATION": "100"})
    pool = driver.at(3).open_pool(maxTimeQueueSeconds=10)
    task = driver.in_pool(pool)
    driver.at(13)
    shown = driver.pool(pool)
    assert (shown["state"], shown["endDate"]) == ("Failure", "2023-11-14T22:13:33Z")
    assert [error["code"] for error in shown["errors"]] == ["MOCK_QUEUE_TIME"]
    assert driver.state(task) == "Cancelled"
    assert driver.refused("pool_close", pool=pool).status == 403
    driver.call("pool_delete", pool=pool)
    driver.at(20)
    assert driver.call("pools_list").body == []


def test_a_pool_that_has_had_a_node_does_not_fail_for_waiting(driver: Any) -> None:
    pool = driver.open_pool(instanceCount=9, maxTimeQueueSeconds=10)
    driver.at(100)
    assert driver.pool(pool)["state"] == "PartiallyExecuting"
