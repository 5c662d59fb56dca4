"""Credits and budgets: what execution costs, what survives its task, and what is refused when nothing is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.sim.allowances import Budget, Project
from qarnot_mock.sim.commands import Command, Refusal
from qarnot_mock.sim.formats import SECOND
from qarnot_mock.sim.meters import Meter
from qarnot_mock.sim.settings import WorldSettings
from qarnot_mock.sim.world import World

HOUR = {"MOCK_DURATION": "3600"}
PROJECTS = (
    Project("Default", "default"),
    Project("Open", "open", budgets=(Budget("soft", 10, "AlertOnly"), Budget("old", 1, "BlockNew", archived=True))),
    Project("Strict", "strict", budgets=(Budget("hard", 40, "BlockNew"),)),
)


def credits_left(driver: Any) -> float:
    return float(driver.call("account_credits_get").body["credits"])


def project(driver: Any, slug: str) -> str:
    return next(str(row["uuid"]) for row in driver.call("info_get").body["projects"] if row["slug"] == slug)


def budgets(driver: Any, uuid: str, **arguments: Any) -> list[dict[str, Any]]:
    return list(driver.call("project_budgets_list", projectUuid=uuid, **arguments).body["budgets"])


@pytest.mark.parametrize(("scheduling", "price"), [(None, 0.4), ("flex", 0.4), ("OnDemand", 0.64)])
def test_an_hour_on_eight_cores_has_the_price_of_its_scheduling_type(
    driver: Any, scheduling: str | None, price: float
) -> None:
    task = driver.submit(HOUR, schedulingType=scheduling)
    driver.at(4000)
    assert driver.call("task_credits", task).body == {"credits": price}
    assert credits_left(driver) == 1_000_000 - price


def test_only_execution_is_billed_and_while_it_lasts(driver: Any) -> None:
    task = driver.submit(HOUR, instanceCount=2)
    driver.at(5)
    assert credits_left(driver) == 1_000_000
    driver.at(5 + 1800)
    assert credits_left(driver) == 1_000_000 - 0.4
    driver.call("task_abort", task)
    driver.at(9000)
    assert credits_left(driver) == 1_000_000 - 0.4


def test_a_failed_run_is_billed_too(driver: Any) -> None:
    driver.submit(HOUR | {"MOCK_EXIT_CODE": "1"}, retrySettings={"maxPerInstanceRetries": 1})
    driver.at(8000)
    assert credits_left(driver) == 1_000_000 - 0.8


def test_what_was_billed_survives_the_task(driver: Any) -> None:
    task = driver.submit(HOUR)
    driver.at(4000)
    driver.call("task_delete", task)
    driver.at(4010)
    assert driver.refused("task_credits", task).status == 404
    assert credits_left(driver) == 1_000_000 - 0.4


@pytest.mark.parametrize("operation", ["tasks_create", "tasks_force_create", "task_clone", "task_retry"])
def test_nothing_is_created_when_nothing_is_left(make_driver: Callable[..., Any], operation: str) -> None:
    driver = make_driver(credits=0.4)
    task = driver.submit(HOUR | {"MOCK_EXIT_CODE": "1"})
    driver.at(3605 - 1e-6)
    driver.submit()
    driver.at(4000)
    body = driver.definition() if "create" in operation else {"name": "again"}
    refusal = driver.refused(operation, None if "create" in operation else task, body)
    assert (refusal.status, refusal.shape, refusal.message) == (402, "message", "Not enough credits")


def test_what_runs_goes_on_below_zero(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(credits=0.1)
    task = driver.submit(HOUR)
    driver.at(4000)
    assert driver.state(task) == "Success"
    assert credits_left(driver) == pytest.approx(-0.3)


def test_a_world_born_without_credits_refuses_at_once(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(credits=0.0)
    assert driver.refused("tasks_create", body=driver.definition()).status == 402
    rows = driver.refused("tasks_create", body=[driver.definition()]).body
    assert rows == [{"statusCode": 402, "uuid": None, "message": "Not enough credits"}]


def test_what_is_wrong_with_a_task_is_said_before_what_it_costs(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(credits=0.0)
    assert driver.refused("tasks_create", body=driver.definition(name="")).status == 400
    assert driver.refused("tasks_create", body=driver.definition(projectUuid="nobody")).status == 400


def test_the_account_lists_its_projects(driver: Any) -> None:
    rows = driver.call("info_get").body["projects"]
    assert [(row["slug"], row["isDefault"]) for row in rows] == [("default", True), ("research", False)]
    assert {row["organizationUuid"] for row in rows} == {None}


def test_each_project_pays_for_its_tasks(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(projects=PROJECTS, slots=8)
    uuid = project(driver, "open")
    driver.submit(HOUR, projectUuid=uuid)
    driver.submit(HOUR)
    driver.at(4000)
    soft, old = budgets(driver, uuid)
    assert (soft["consumedAmountInCents"], soft["remainingAmountInCents"]) == (40, -30)
    assert (soft["alias"], soft["budgetOverrunPolicy"], old["isArchived"]) == ("soft", "AlertOnly", True)
    assert [row["alias"] for row in budgets(driver, uuid, activeOnly=True)] == ["soft"]
    assert budgets(driver, project(driver, "default")) == []
    driver.submit(projectUuid=uuid)


def test_a_budget_that_blocks_refuses_its_own_project_only(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(projects=PROJECTS)
    strict = project(driver, "strict")
    driver.submit(HOUR, projectUuid=strict)
    driver.at(3600)
    driver.submit(projectUuid=strict)
    driver.at(4000)
    refusal = driver.refused("tasks_create", body=driver.definition(projectUuid=strict))
    assert refusal.status == 402
    assert "budget hard" in refusal.message
    driver.submit()


def test_an_unknown_project_is_refused(driver: Any) -> None:
    refusal = driver.refused("project_budgets_list", projectUuid="nobody")
    assert (refusal.status, refusal.message) == (404, "No such project: nobody")
    assert driver.refused("tasks_create", body=driver.definition(projectUuid="nobody")).status == 400


def test_an_account_without_projects_pays_all_the_same(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(projects=())
    driver.submit(HOUR)
    driver.at(4000)
    assert credits_left(driver) == 1_000_000 - 0.4


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(-3, 5)), max_size=20), st.integers(0, 1000))
def test_a_meter_is_the_integral_of_its_cores(turns: list[tuple[int, int]], rest: int) -> None:
    meter, now, cores, expected = Meter(0), 0, 0, 0
    for pause, change in turns:
        more = max(change, -cores)
        now, expected = now + pause, expected + cores * pause
        meter.turn(more, now)
        assert meter.reading(now) == expected
        cores += more
    assert meter.reading(now + rest) == expected + cores * rest


ACTIONS = st.tuples(
    st.sampled_from(["flex", "onDemand", "reserved"]),
    st.sampled_from(["tasks_create", "task_abort", "task_delete"]),
    st.integers(1, 3),
    st.integers(0, 3000 * SECOND),
)


@given(st.lists(ACTIONS, max_size=12))
def test_credits_never_increase_and_agree_with_the_tasks(
    lifecycles: Mapping[str, Any], actions: list[tuple[str, str, int, int]]
) -> None:
    world, seen, tasks = World(WorldSettings(), lifecycles, 0), 1_000_000.0, []
    constants = [{"key": "MOCK_DURATION", "value": "2000"}]
    deleted = False
    for scheduling, operation, count, pause in actions:
        body: Any = {"name": "n", "profile": "docker-batch", "instanceCount": count, "schedulingType": scheduling}
        if operation == "tasks_create" or not tasks:
            made: Any = world.apply(Command("tasks_create", {}, body | {"constants": constants})).body
            tasks.append(made["uuid"])
        else:
            deleted |= operation == "task_delete"
            with suppress(Refusal):
                world.apply(Command(operation, {"task": tasks[-1]}))
            tasks = tasks[:-1] if operation == "task_delete" else tasks
        world.advance_to(world.now + pause)
        left: Any = world.apply(Command("account_credits_get")).body
        assert left["credits"] <= seen
        seen = left["credits"]
        if not deleted:
            costs: Any = [world.apply(Command("task_credits", {"task": task})).body for task in tasks]
            assert 1_000_000 - seen == pytest.approx(sum(cost["credits"] for cost in costs), abs=1e-4)
