"""A scenario that changes while the world runs: what has begun goes on, what begins later follows the new rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from qarnot_mock.sim.nodes import DEFAULT_NODES
from qarnot_mock.sim.settings import Quotas

Make = Callable[..., Any]
MACHINE = DEFAULT_NODES[0].specification_key
OTHER = DEFAULT_NODES[1].specification_key


def capacity(count: int, key: str = MACHINE) -> dict[str, Any]:
    return {"capacity": [{"specificationKey": key, "count": count}]}


def change(driver: Any, patch: bool = True, /, **sections: Any) -> Any:
    return driver.call("mock_scenario", body=sections, **({"patch": True} if patch else {})).body


def running(driver: Any) -> int:
    return int(driver.call("info_get").body["runningInstanceCount"])


def machines_of(driver: Any, task: str) -> set[Any]:
    return {row["specificationKey"] for row in driver.task(task)["completedInstances"]}


def test_a_run_keeps_what_was_drawn_when_it_began(driver: Any) -> None:
    change(driver, durations={"execution": 10}, outcomes=[], output=[{"stdout": "old\n"}])
    early = driver.submit()
    driver.at(6)
    change(driver, durations={"execution": 100}, outcomes=[{"happens": "exit", "code": 1}], output=[])
    late = driver.submit({"DOCKER_CMD": "echo new"})
    driver.at(500)
    assert (driver.state(early), driver.stdout(early)) == ("Success", "0> old\n")
    assert (driver.state(late), driver.stdout(late)) == ("Failure", "0> new\n")
    assert driver.task(late)["completedInstances"][0]["execTimeSec"] == 100


def test_the_next_run_of_a_retried_instance_follows_the_rules_of_its_time(driver: Any) -> None:
    change(driver, outcomes=[{"happens": "node-lost"}])
    task = driver.submit(retrySettings={"maxPerInstanceRetries": 9})
    driver.at(20)
    change(driver, outcomes=None)
    driver.at(60)
    assert driver.state(task) == "Success"
    assert driver.task(task)["completedInstances"][0]["executionAttemptCount"] > 2


def test_a_patch_replaces_the_sections_it_has_and_null_removes_one(driver: Any) -> None:
    assert change(driver, durations={"execution": 9}, credits=5) == {"durations": {"execution": 9}, "credits": 5}
    assert change(driver, credits=6, outcomes=[]) == {"durations": {"execution": 9}, "credits": 6, "outcomes": []}
    assert change(driver, durations=None, outcomes=None) == {"credits": 6}
    assert change(driver, False, quotas={"maxTask": 1}) == {"quotas": {"maxTask": 1}}
    assert change(driver, False) == {}


def test_without_a_section_the_world_is_as_it_was_made(make_driver: Make) -> None:
    driver = make_driver(slots=2, quotas=Quotas(max_task=7), credits=3.0)
    change(driver, **capacity(1, OTHER), quotas={"maxJob": 1}, credits=9)
    info = driver.call("info_get").body
    assert (info["maxTask"], info["maxJob"]) == (7, 1)
    assert driver.call("account_credits_get").body == {"credits": 9}
    change(driver, False)
    info = driver.call("info_get").body
    assert (info["maxTask"], info["maxJob"]) == (7, 100)
    assert driver.call("account_credits_get").body == {"credits": 3}
    task = driver.submit(instanceCount=3)
    driver.at(2)
    assert running(driver) == 2
    driver.at(60)
    assert machines_of(driver, task) == {MACHINE}


def test_what_is_refused_changes_nothing(driver: Any) -> None:
    refusal = driver.refused("mock_scenario", body={"outcomes": [{"happens": "exit"}]})
    assert (refusal.status, refusal.message[:11]) == (400, "outcomes.0:")


def test_more_machines_are_taken_at_once_by_those_who_wait(make_driver: Make) -> None:
    driver = make_driver(slots=1)
    task = driver.submit({"MOCK_DURATION": "50"}, instanceCount=4)
    driver.at(10)
    assert running(driver) == 1
    change(driver, **capacity(3))
    assert running(driver) == 3
    driver.at(200)
    assert driver.state(task) == "Success"


def test_with_fewer_machines_those_on_them_stay_to_the_end_and_nobody_follows(make_driver: Make) -> None:
    driver = make_driver(slots=4)
    task = driver.submit({"MOCK_DURATION": "50"}, instanceCount=8)
    driver.at(10)
    change(driver, **capacity(1))
    assert running(driver) == 4
    driver.at(58)
    assert running(driver) == 1
    driver.at(56 * 6)
    assert driver.state(task) == "Success"


def test_idle_machines_go_first_and_come_back_first(make_driver: Make) -> None:
    driver = make_driver(slots=4)
    first, second = (driver.submit({"MOCK_DURATION": duration}) for duration in ("1", "50"))
    driver.at(10)
    assert driver.state(first) == "Success"
    change(driver, **capacity(1))
    fleet = driver.world.dump()["fleet"]
    assert fleet == [[1]], "the busy one stays in service"
    change(driver, **capacity(4))
    assert driver.world.dump()["fleet"] == [[0, 1, 2, 3]], "no machine is new"
    driver.at(100)
    assert driver.state(second) == "Success"


def test_who_waits_is_asked_again_what_it_needs_when_the_machines_are_others(make_driver: Make) -> None:
    driver = make_driver(slots=1)
    needs = [{"discriminator": "SpecificHardwareConstraint", "specificationKey": MACHINE}]
    blocker = driver.submit({"MOCK_DURATION": "50"})
    picky = driver.submit(hardwareConstraints=needs)
    driver.at(10)
    change(driver, **capacity(2, OTHER))
    anything = driver.submit()
    driver.at(200)
    assert [driver.state(task) for task in (blocker, picky, anything)] == ["Success", "Submitted", "Success"]
    assert machines_of(driver, anything) == {OTHER}
    assert driver.refused("tasks_create", body=driver.definition(hardwareConstraints=needs)).status == 402
    change(driver, **capacity(1))
    driver.at(300)
    assert driver.state(picky) == "Success"


def test_a_pool_keeps_its_nodes_when_they_go_out_of_service(make_driver: Make) -> None:
    driver = make_driver(slots=2)
    pool = driver.open_pool(instanceCount=2)
    driver.at(10)
    change(driver, **capacity(1))
    task = driver.in_pool(pool, instanceCount=2)
    driver.at(40)
    assert driver.state(task) == "Success"
    assert driver.pool(pool)["runningInstanceCount"] == 2


def test_a_quota_that_is_raised_lets_the_waiting_run(driver: Any) -> None:
    change(driver, quotas={"maxRunningTask": 1})
    for _ in range(3):
        driver.submit({"MOCK_DURATION": "100"})
    driver.at(10)
    assert running(driver) == 1
    change(driver, quotas={"maxRunningTask": 2})
    assert running(driver) == 2


def test_credits_are_what_the_account_was_given_in_all(driver: Any) -> None:
    task = driver.submit({"MOCK_DURATION": "3600"})
    driver.at(10_000)
    change(driver, credits=0.4)
    assert driver.call("account_credits_get").body["credits"] == pytest.approx(0)
    assert driver.refused("tasks_create", body=driver.definition()).status == 402
    change(driver, credits=1.4)
    assert driver.call("account_credits_get").body["credits"] == pytest.approx(1)
    assert driver.state(task) == "Success"


def test_two_worlds_that_are_told_the_same_are_the_same(make_driver: Make) -> None:
    def told() -> Any:
        driver = make_driver(seed=5)
        change(driver, durations={"execution": {"exponential": {"mean": 9}}}, **capacity(2))
        driver.submit(instanceCount=5)
        driver.at(13)
        change(driver, outcomes=[{"happens": "preempted", "probability": 0.5}], **capacity(1, OTHER))
        driver.submit(instanceCount=3)
        return driver.at(100).world.dump()

    assert told() == told()
    assert told()["scenario"]["outcomes"]


def test_lines_that_become_one_keep_the_order_of_arrival(make_driver: Make) -> None:
    driver = make_driver(nodes=tuple(attrs.evolve(kind, count=1) for kind in DEFAULT_NODES[:2]))
    needs = [{"discriminator": "SpecificHardwareConstraint", "specificationKey": MACHINE}]
    driver.submit({"MOCK_DURATION": "50"}, instanceCount=2)
    driver.at(2)
    waiting = []
    for second, constraints in ((3, needs), (4, []), (5, needs)):
        driver.at(second)
        waiting.append(driver.submit(hardwareConstraints=constraints))
    driver.at(10)
    change(driver, **capacity(1))
    ended = []
    for _ in driver.events(200):
        ended += [task for task in waiting if driver.state(task) == "Success" and task not in ended]
    assert ended == waiting
