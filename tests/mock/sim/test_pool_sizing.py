"""How many instances pools have: elastic ones, scaling policies with their periods, and changes of mind.

The world begins on Tuesday 2023-11-14 at 22:13:20.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

ALWAYS = {"type": "Always"}


def elastic(**fields: Any) -> dict[str, Any]:
    return {
        "isElastic": True, "minTotalSlots": 0, "maxTotalSlots": 4, "minIdleSlots": 0, "resizePeriod": 100,
        "rampResizeFactor": 0.5, "minIdleTimeSeconds": 30, **fields,
    }  # fmt: skip


def fixed_policy(slots: int, *periods: Any, name: str = "fixed") -> dict[str, Any]:
    return {"type": "Fixed", "name": name, "slotsCount": slots, "enabledPeriods": list(periods) or [ALWAYS]}


def weekly(start: str, end: str, *days: str) -> dict[str, Any]:
    return {"type": "Weekly", "days": list(days), "startTimeUtc": start, "endTimeUtc": end}


def sizes(driver: Any, pool: str, limit: float) -> list[tuple[float, int]]:
    """When a pool wanted how many instances."""
    seen = [(0.0, driver.pool(pool)["targetRunningInstanceCount"])]
    for moment in driver.events(limit):
        target = driver.pool(pool)["targetRunningInstanceCount"]
        if target != seen[-1][1]:
            seen.append((moment, target))
    return seen


@pytest.fixture
def wide(make_driver: Callable[..., Any]) -> Any:
    return make_driver(slots=20)


def test_an_elastic_pool_without_tasks_has_its_minimum(wide: Any) -> None:
    pool = wide.open_pool(instanceCount=None, elasticProperty=elastic(minTotalSlots=1))
    assert sizes(wide, pool, 1000) == [(0, 1)]
    assert wide.pool(pool)["state"] == "FullyExecuting"
    assert wide.world.next_due() is None


def test_an_elastic_pool_may_have_no_instance_at_all(wide: Any) -> None:
    pool = wide.open_pool(instanceCount=None, elasticProperty=elastic())
    wide.at(1000)
    shown = wide.pool(pool)
    assert (shown["state"], shown["runningInstanceCount"], shown["poolUsage"]) == ("Submitted", 0, 0.0)


def test_it_grows_by_a_part_of_its_maximum_each_period_and_shrinks_after_idle_time(wide: Any) -> None:
    pool = wide.open_pool(instanceCount=None, elasticProperty=elastic())
    task = wide.in_pool(pool, {"MOCK_DURATION": "300"}, instanceCount=4)
    # Queued at 1: two nodes at once, two more a period later. A node is ready 5 seconds after it was asked for, and its
    # task instance has left 305 seconds later: the first two at 311, the others at 411. 30 seconds on they may go.
    assert sizes(wide, pool, 2000) == [(0, 0), (1, 2), (101, 4), (341, 2), (441, 0)]
    assert wide.state(task) == "Success"
    assert wide.pool(pool)["targetRunningInstanceCount"] == 0
    assert wide.call("info_get").body["runningInstanceCount"] == 0
    assert wide.pool(pool)["state"] == "FullyExecuting"


def test_idle_slots_are_kept_ready(wide: Any) -> None:
    pool = wide.open_pool(instanceCount=None, elasticProperty=elastic(minIdleSlots=1, rampResizeFactor=1))
    assert wide.pool(pool)["targetRunningInstanceCount"] == 1
    wide.in_pool(pool, {"MOCK_DURATION": "500"}, instanceCount=2)
    assert sizes(wide, pool, 120) == [(0, 1), (100, 3)]
    wide.at(2000)
    assert wide.pool(pool)["targetRunningInstanceCount"] == 1


def test_slots_are_divided_among_nodes(wide: Any) -> None:
    settings = {"slotsPerNode": 3}
    property_ = elastic(minTotalSlots=4, maxTotalSlots=9)
    pool = wide.open_pool(instanceCount=None, elasticProperty=property_, multiSlotsSettings=settings)
    wide.at(20)
    shown = wide.pool(pool)
    assert (shown["runningInstanceCount"], shown["totalSlotCapacity"]) == (2, 6)


def test_a_policy_is_active_in_its_periods(wide: Any) -> None:
    evening = weekly("22:20:00", "23:59:59.9999999", "tuesday")
    policies = [fixed_policy(3, evening, name="evening"), fixed_policy(1, name="otherwise")]
    pool = wide.open_pool(instanceCount=None, scaling={"policies": policies})
    assert wide.pool(pool)["scaling"]["activePolicyName"] == "otherwise"
    begins, ends = 400, 400 + 100 * 60
    assert sizes(wide, pool, 8 * 86400) == [
        (0, 1), (begins, 3), (ends, 1), (begins + 7 * 86400, 3), (ends + 7 * 86400, 1),
    ]  # fmt: skip


def test_without_an_active_policy_nothing_is_wanted(wide: Any) -> None:
    morning = weekly("06:00:00", "07:00:00", "Wednesday")
    pool = wide.open_pool(instanceCount=None, scaling={"policies": [fixed_policy(2, morning)]})
    assert wide.call("pool_scaling_get", pool=pool).body["activePolicyName"] is None
    wide.at(8 * 3600)
    assert wide.pool(pool)["targetRunningInstanceCount"] == 2


def test_a_queue_policy_follows_its_tasks(wide: Any) -> None:
    queue = {
        "type": "ManagedTasksQueue", "name": "queue", "maxTotalSlots": 10, "minIdleTimeSeconds": 5,
        "scalingFactor": 0.3, "enabledPeriods": [ALWAYS],
    }  # fmt: skip
    pool = wide.open_pool(instanceCount=None, scaling={"policies": [queue]})
    task = wide.in_pool(pool, {"MOCK_DURATION": "200"}, instanceCount=8)
    assert sizes(wide, pool, 100) == [(0, 0), (1, 3), (31, 6), (61, 8)]
    wide.at(1000)
    assert (wide.state(task), wide.pool(pool)["targetRunningInstanceCount"]) == ("Success", 0)


def test_a_smaller_pool_lets_busy_instances_finish(wide: Any) -> None:
    pool = wide.open_pool(instanceCount=None, scaling={"policies": [fixed_policy(3)]})
    task = wide.in_pool(pool, {"MOCK_DURATION": "50"}, instanceCount=2)
    wide.at(20).call("pool_scaling_update", pool=pool, body={"policies": [fixed_policy(0)]})
    wide.at(22)
    assert wide.pool(pool)["runningInstanceCount"] == 2
    wide.at(100)
    assert (wide.state(task), wide.pool(pool)["runningInstanceCount"]) == ("Success", 0)


def test_the_way_of_sizing_can_be_changed(wide: Any) -> None:
    pool = wide.open_pool(instanceCount=2)
    wide.at(10).call("pool_update", pool=pool, body={"elasticProperty": elastic(minTotalSlots=1)})
    assert wide.pool(pool)["elasticProperty"]["isElastic"] is True
    wide.at(200)
    assert wide.pool(pool)["runningInstanceCount"] == 1
    wide.call("pool_scaling_update", pool=pool, body={"policies": [fixed_policy(4)]})
    wide.call("pool_update", pool=pool, body={"elasticProperty": {"isElastic": False}, "tags": ["a"]})
    wide.at(300)
    shown = wide.pool(pool)
    assert (shown["runningInstanceCount"], shown["elasticProperty"]["isElastic"], shown["tags"]) == (4, False, ["a"])


def test_wrong_policies_change_nothing(wide: Any) -> None:
    pool = wide.open_pool()
    body = {"policies": [fixed_policy(-1)]}
    for operation, sent in (("pool_scaling_update", body), ("pool_update", {"scaling": body, "tags": ["x"]})):
        refusal = wide.refused(operation, pool=pool, body=sent)
        assert (refusal.status, refusal.shape, list(refusal.errors)) == (400, "problem", ["policies[0]"])


def test_a_huge_number_of_slots_is_cut_off(wide: Any) -> None:
    pool = wide.open_pool(instanceCount=None, scaling={"policies": [fixed_policy(10**15)]})
    assert wide.pool(pool)["targetRunningInstanceCount"] == 2048
    wide.at(10)
    assert wide.pool(pool)["runningInstanceCount"] == 20
