"""A waiting onDemand instance takes the node of a flex one, which waits and runs again as if nothing had been."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from qarnot_mock.sim.effects import ForgetInstance, StartInstance, StopInstance
from qarnot_mock.sim.nodes import NodeKind
from qarnot_mock.sim.settings import Quotas

SMALL = NodeKind("8c-32g", "CPU A", 8, 32_000, 3.0)
LARGE = NodeKind("32c-128g-ssd", "CPU B", 32, 128_000, 3.0, ssd=True)


def submit_at(driver: Any, seconds: float, /, constants: Any = None, **fields: Any) -> str:
    driver.at(seconds)
    return str(driver.submit(constants, **fields))


@pytest.mark.parametrize("seconds", [0.5, 1.5, 3.5, 4.5])
def test_a_flex_instance_gives_its_node_to_an_on_demand_one_and_runs_again(
    make_driver: Callable[..., Any], seconds: float
) -> None:
    driver = make_driver(slots=1)
    flex = driver.submit()
    urgent = submit_at(driver, seconds, schedulingType="onDemand")
    driver.at(seconds + 1)
    assert driver.state(urgent) == "FullyDispatched"
    assert driver.state(flex) == "PartiallyDispatched"
    driver.at(seconds + 1 + 6)
    assert (driver.state(urgent), driver.state(flex)) == ("Success", "FullyDispatched")
    driver.at(seconds + 1 + 6 + 6)
    assert driver.state(flex) == "Success"
    (row,) = driver.task(flex)["completedInstances"]
    assert row["executionAttemptCount"] == 2


def test_an_instance_that_uploads_keeps_its_node(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    flex = driver.submit()
    urgent = submit_at(driver, 5.5, schedulingType="onDemand")
    driver.at(6.5)
    assert (driver.state(flex), driver.state(urgent)) == ("UploadingResults", "Submitted")
    driver.at(7)
    assert (driver.state(flex), driver.state(urgent)) == ("Success", "FullyDispatched")


def test_nobody_is_preempted_while_a_node_is_free(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=2)
    flex = driver.submit()
    urgent = submit_at(driver, 3, schedulingType="onDemand")
    driver.at(5)
    assert (driver.state(flex), driver.state(urgent)) == ("FullyExecuting", "FullyDispatched")


@pytest.mark.parametrize("scheduling", ["flex", "reserved"])
def test_only_on_demand_preempts(make_driver: Callable[..., Any], scheduling: str) -> None:
    driver = make_driver(nodes=(SMALL, attrs.evolve(LARGE, reservation="r")))
    running = [driver.submit(schedulingType=each) for each in ("flex", "reserved")]
    waiting = submit_at(driver, 2, schedulingType=scheduling)
    driver.at(4)
    assert driver.state(waiting) == "Submitted"
    assert {driver.state(task) for task in running} == {"FullyDispatched"}


@pytest.mark.parametrize("holder", ["onDemand", "reserved"])
def test_only_flex_is_preempted(make_driver: Callable[..., Any], holder: str) -> None:
    nodes = (SMALL, attrs.evolve(LARGE, reservation="r"))
    driver = make_driver(nodes=nodes if holder == "reserved" else (SMALL,))
    driver.submit(schedulingType="onDemand")
    held = driver.submit(schedulingType=holder) if holder == "reserved" else None
    waiting = submit_at(driver, 2, schedulingType="onDemand")
    driver.at(4)
    assert driver.state(waiting) == "Submitted"
    assert held is None or driver.state(held) == "FullyDispatched"


def test_the_latest_comer_loses_its_node_and_no_more_than_needed_do(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=2)
    early = driver.submit({"MOCK_DURATION": "60"})
    late = submit_at(driver, 3, {"MOCK_DURATION": "60"})
    urgent = submit_at(driver, 8, schedulingType="onDemand")
    driver.at(10)
    assert [driver.state(task) for task in (early, late, urgent)] == [
        "FullyExecuting", "PartiallyDispatched", "FullyDispatched",
    ]  # fmt: skip


def test_only_a_node_that_fits_is_taken(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(nodes=(LARGE, SMALL))
    wanted = [{"discriminator": "SSDHardwareConstraint"}]
    on_large, on_small = driver.submit(), driver.submit()
    urgent = submit_at(driver, 2, schedulingType="onDemand", hardwareConstraints=wanted)
    driver.at(4)
    assert [driver.state(task) for task in (on_large, on_small, urgent)] == [
        "PartiallyDispatched", "FullyDispatched", "FullyDispatched",
    ]  # fmt: skip


def test_a_preempted_instance_may_take_another_node_at_once(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(nodes=(LARGE, SMALL), quotas=Quotas(max_cores=40))
    wanted = [{"discriminator": "SSDHardwareConstraint"}]
    flex = driver.submit()
    urgent = submit_at(driver, 2, schedulingType="onDemand", hardwareConstraints=wanted)
    driver.at(3)
    assert (driver.state(urgent), driver.state(flex)) == ("FullyDispatched", "FullyDispatched")
    assert driver.task(flex)["runningCoreCount"] == 8


@pytest.mark.parametrize("quotas", [Quotas(max_instances=1), Quotas(max_cores=8), Quotas(max_running_task=1)], ids=str)
def test_room_under_a_limit_is_taken_like_a_node(make_driver: Callable[..., Any], quotas: Quotas) -> None:
    driver = make_driver(slots=2, quotas=quotas)
    flex = driver.submit()
    urgent = submit_at(driver, 2, schedulingType="onDemand")
    driver.at(4)
    assert (driver.state(urgent), driver.state(flex)) == ("FullyDispatched", "PartiallyDispatched")


def test_a_limit_of_on_demand_itself_preempts_nobody(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=2, quotas=Quotas(max_on_demand_instances=1))
    first = driver.submit(schedulingType="onDemand")
    flex = driver.submit()
    second = submit_at(driver, 2, schedulingType="onDemand")
    driver.at(4)
    assert [driver.state(task) for task in (first, flex, second)] == [
        "FullyDispatched", "FullyDispatched", "Submitted",
    ]  # fmt: skip


def test_a_preemption_is_no_retry(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    flex = driver.submit({"MOCK_EXIT_CODE": "1"}, retrySettings={"maxPerInstanceRetries": 1})
    submit_at(driver, 4, schedulingType="onDemand")
    driver.at(40)
    (row,) = driver.task(flex)["completedInstances"]
    assert (row["state"], row["executionAttemptCount"]) == ("Failure", 3)


def test_without_retries_a_preempted_instance_still_runs_again(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    flex = driver.submit()
    for seconds in (2, 10):
        submit_at(driver, seconds, schedulingType="onDemand")
    driver.at(60)
    (row,) = driver.task(flex)["completedInstances"]
    assert (driver.state(flex), row["executionAttemptCount"]) == ("Success", 3)


def test_what_was_executed_before_is_billed_and_counted(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    flex = driver.submit({"MOCK_DURATION": "3600"})
    submit_at(driver, 5 + 1799, schedulingType="onDemand")
    driver.at(9000)
    assert driver.task(flex)["executionTime"] == "01:30:00"
    assert driver.call("task_credits", flex).body == {"credits": 0.6}


def test_the_time_in_the_queue_does_not_end_a_preempted_instance(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    flex = driver.submit(maxTimeQueueSeconds=6)
    submit_at(driver, 4, schedulingType="onDemand")
    driver.at(7)
    assert driver.state(flex) == "PartiallyDispatched"
    driver.at(40)
    assert driver.state(flex) == "Success"


def test_a_preempted_task_can_be_aborted_and_deleted(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    flex = driver.submit()
    submit_at(driver, 3, schedulingType="onDemand")
    driver.at(5)
    driver.call("task_abort", flex)
    assert driver.state(flex) == "Cancelled"
    driver.call("task_delete", flex)
    driver.at(40)
    assert driver.refused("task_get", flex).status == 404


def test_an_external_process_is_stopped_and_started_again(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1, executor="external")
    flex = driver.submit()
    driver.at(2)
    driver.effects()
    driver.call("executor_started", flex, instanceId=0, attempt=1)
    submit_at(driver, 3, schedulingType="onDemand")
    driver.at(4)
    stop, forget = driver.effects()
    assert (type(stop), type(forget)) == (StopInstance, ForgetInstance)
    assert stop.key == forget.key
    assert (stop.key.task, stop.key.attempt) == (flex, 1)
    driver.call("executor_exited", flex, {"exitCode": 9}, instanceId=0, attempt=1)
    assert driver.state(flex) == "PartiallyDispatched"
    driver.at(5)
    (start,) = driver.effects()
    assert isinstance(start, StartInstance)
    urgent = start.key.task
    driver.call("executor_started", urgent, instanceId=0, attempt=1)
    driver.call("executor_exited", urgent, {"exitCode": 0}, instanceId=0, attempt=1)
    driver.at(8)
    assert [effect.key.attempt for effect in driver.effects() if isinstance(effect, StartInstance)] == [2]


def test_a_pool_gives_up_a_node_and_its_tasks_run_again(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    pool = driver.open_pool(multiSlotsSettings={"slotsPerNode": 2})
    tasks = [driver.in_pool(pool, {"MOCK_DURATION": "10"}) for _ in range(2)]
    urgent = submit_at(driver, 12, schedulingType="onDemand")
    driver.at(13)
    assert driver.state(urgent) == "FullyDispatched"
    assert driver.pool(pool)["state"] == "PartiallyDispatched"
    assert {driver.state(task) for task in tasks} == {"PartiallyDispatched"}
    assert driver.call("user_quotas_get").body["flex"]["runningInstancesCount"] == 0
    driver.at(60)
    assert {driver.state(task) for task in (*tasks, urgent)} == {"Success"}
    assert driver.pool(pool)["state"] == "FullyExecuting"
    assert {driver.task(task)["completedInstances"][0]["executionAttemptCount"] for task in tasks} == {2}


def test_a_pool_keeps_its_node_while_a_task_in_it_uploads(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    pool = driver.open_pool()
    task = driver.in_pool(pool)
    urgent = submit_at(driver, 9.25, schedulingType="onDemand")
    driver.at(10.75)
    assert (driver.state(task), driver.state(urgent)) == ("UploadingResults", "Submitted")
    driver.at(11)
    assert (driver.state(task), driver.state(urgent)) == ("Success", "FullyDispatched")


def test_an_on_demand_pool_preempts_and_is_not_preempted(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    flex = driver.submit({"MOCK_DURATION": "60"})
    driver.at(3)
    pool = driver.open_pool(schedulingType="OnDemand")
    driver.at(5)
    assert (driver.pool(pool)["state"], driver.state(flex)) == ("FullyDispatched", "PartiallyDispatched")
    urgent = submit_at(driver, 12, schedulingType="onDemand")
    driver.at(20)
    assert (driver.pool(pool)["state"], driver.state(urgent)) == ("FullyExecuting", "Submitted")


def test_a_closing_pool_that_was_preempted_still_closes(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    pool = driver.open_pool()
    task = driver.in_pool(pool, {"MOCK_DURATION": "10"})
    driver.at(10)
    driver.call("pool_close", pool=pool)
    submit_at(driver, 11, schedulingType="onDemand")
    driver.at(100)
    assert (driver.state(task), driver.pool(pool)["state"]) == ("Success", "Closed")
