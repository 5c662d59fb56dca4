"""Fixed pools: their way to readiness, tasks in their slots, and their end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

UNKNOWN = "0a3c9c3e-5d5b-4c52-9e8c-7f1f4b1c2a10"


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


@pytest.mark.parametrize("operation", ["pool_get", "pool_close", "pool_delete", "pool_stdout_get", "pool_credits"])
def test_an_unknown_pool_is_missing(driver: Any, operation: str) -> None:
    refusal = driver.refused(operation, pool="nothing")
    assert (refusal.status, refusal.message) == (404, "No such pool: nothing")
