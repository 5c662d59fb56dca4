"""Who gets a node, and which one: onDemand before flex, equals as they came, reserved nodes, limits that delay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.sim.allowances import Limit, Organization
from qarnot_mock.sim.commands import Command, Refusal
from qarnot_mock.sim.demand import Demand
from qarnot_mock.sim.formats import SECOND
from qarnot_mock.sim.nodes import NodeKind
from qarnot_mock.sim.settings import Quotas, WorldSettings
from qarnot_mock.sim.waiting import WaitingRoom
from qarnot_mock.sim.world import World

SMALL = NodeKind("8c-32g", "CPU A", 8, 32_000, 3.0, count=2)
LARGE = NodeKind("32c-128g-ssd", "CPU B", 32, 128_000, 3.0, ssd=True)
OURS = attrs.evolve(LARGE, reservation="ours")
THEIRS = attrs.evolve(SMALL, reservation="theirs", count=1)


def dispatched(driver: Any, *tasks: str) -> list[bool]:
    return [driver.state(task) != "Submitted" for task in tasks]


@pytest.mark.parametrize("spelling", ["onDemand", "OnDemand"])
def test_on_demand_passes_flex_in_the_queue(make_driver: Callable[..., Any], spelling: str) -> None:
    driver = make_driver(slots=1)
    driver.submit(schedulingType="onDemand")
    driver.at(2)
    flex = driver.submit()
    urgent = driver.submit(schedulingType=spelling)
    driver.at(7)
    assert (driver.state(urgent), driver.state(flex)) == ("FullyDispatched", "Submitted")


@pytest.mark.parametrize("scheduling", ["flex", "onDemand", None])
def test_equals_are_served_as_they_came(make_driver: Callable[..., Any], scheduling: str | None) -> None:
    driver = make_driver(slots=1)
    driver.submit(schedulingType=scheduling)
    driver.at(2)
    first, second = (driver.submit(schedulingType=scheduling) for _ in range(2))
    driver.at(7)
    assert (driver.state(first), driver.state(second)) == ("FullyDispatched", "Submitted")


def test_a_retried_on_demand_instance_passes_flex_again(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    retried = driver.submit(
        {"MOCK_EXIT_CODE": "1"}, schedulingType="onDemand", retrySettings={"maxPerInstanceRetries": 1}
    )
    flex = driver.submit()
    driver.at(6)
    assert (driver.state(retried), driver.state(flex)) == ("FullyDispatched", "Submitted")


def test_on_demand_passes_flex_that_joins_at_the_same_instant(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    flex = driver.submit()
    urgent = driver.submit(schedulingType="onDemand")
    driver.at(1)
    assert (driver.state(urgent), driver.state(flex)) == ("FullyDispatched", "Submitted")


def test_who_finds_no_fitting_node_does_not_hold_up_others(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(nodes=(SMALL, LARGE))
    wanted = [{"discriminator": "SSDHardwareConstraint"}]
    first, second = (driver.submit(hardwareConstraints=wanted) for _ in range(2))
    anywhere = driver.submit()
    driver.at(2)
    assert dispatched(driver, first, second, anywhere) == [True, False, True]


def test_the_instances_of_a_task_stand_together(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    driver.submit({"MOCK_EXIT_CODE": "1"}, instanceCount=2, retrySettings={"maxPerInstanceRetries": 1})
    driver.at(1)
    other = driver.submit()
    driver.at(22.5)
    assert dispatched(driver, other) == [False]
    driver.at(23)
    assert dispatched(driver, other) == [True]


def test_reserved_nodes_are_for_reserved_tasks_only(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(nodes=(attrs.evolve(SMALL, count=1), OURS))
    flex, waiting = driver.submit(), driver.submit(schedulingType="onDemand", instanceCount=2)
    ours, later = (driver.submit(schedulingType="reserved", targetedReservationName="ours") for _ in range(2))
    driver.at(5)
    assert dispatched(driver, flex, ours, later) == [False, True, False]
    assert driver.task(waiting)["runningInstanceCount"] == 1
    driver.at(30)
    assert driver.task(ours)["completedInstances"][0]["specificationKey"] == "32c-128g-ssd"
    assert {row["specificationKey"] for row in driver.task(waiting)["completedInstances"]} == {"8c-32g"}


@pytest.mark.parametrize(
    ("target", "keys"),
    [
        ({}, {"8c-32g", "32c-128g-ssd"}),
        ({"targetedReservedMachineKey": "8c-32g"}, {"8c-32g"}),
        ({"targetedReservationName": "ours"}, {"32c-128g-ssd"}),
        ({"targetedReservationName": "ours", "targetedReservedMachineKey": "32c-128g-ssd"}, {"32c-128g-ssd"}),
    ],
)
def test_a_reserved_task_chooses_by_name_and_machine(
    make_driver: Callable[..., Any], target: dict[str, str], keys: set[str]
) -> None:
    driver = make_driver(nodes=(THEIRS, OURS, SMALL))
    task = driver.submit(schedulingType="Reserved", instanceCount=2, **target)
    driver.at(40)
    assert driver.state(task) == "Success"
    assert {row["specificationKey"] for row in driver.task(task)["completedInstances"]} == keys


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"targetedReservationName": "nobody's"}, "No such reservation: nobody's"),
        ({"targetedReservedMachineKey": "96c"}, "No such reservation: 96c"),
        (
            {"targetedReservationName": "ours", "targetedReservedMachineKey": "8c-32g"},
            "No such reservation: ours",
        ),
    ],
)
def test_an_unknown_reservation_is_refused(
    make_driver: Callable[..., Any], target: dict[str, str], message: str
) -> None:
    driver = make_driver(nodes=(THEIRS, OURS, SMALL))
    refusal = driver.refused("tasks_create", body=driver.definition(schedulingType="reserved", **target))
    assert (refusal.status, refusal.message) == (400, message)


def test_without_reserved_machines_nothing_can_be_reserved(driver: Any) -> None:
    refusal = driver.refused("tasks_create", body=driver.definition(schedulingType="reserved"))
    assert (refusal.status, refusal.message) == (400, "The account has no reserved machines")


def test_constraints_hold_for_reserved_nodes_too(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(nodes=(THEIRS, LARGE))
    wanted = [{"discriminator": "SSDHardwareConstraint"}]
    body = driver.definition(schedulingType="reserved", hardwareConstraints=wanted)
    assert driver.refused("tasks_create", body=body).status == 402


def test_reservations_are_among_the_quotas(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(nodes=(SMALL, attrs.evolve(OURS, count=3)))
    driver.submit(schedulingType="reserved")
    driver.at(2)
    row = {"machineKey": "32c-128g-ssd", "maxInstances": 3, "maxCores": 96}
    assert driver.call("user_quotas_get").body["reserved"] == [
        row | {"reservationName": "ours", "runningInstancesCount": 1, "runningCoresCount": 32}
    ]
    assert driver.call("info_get").body["reservedQuotas"] == [row]


@pytest.mark.parametrize(
    ("quotas", "at_once"),
    [
        (Quotas(max_instances=2), 2),
        (Quotas(max_flex_instances=3), 3),
        (Quotas(max_on_demand_instances=1), 4),
        (Quotas(max_cores=31), 3),
        (Quotas(max_flex_cores=8), 1),
    ],
)
def test_a_limit_delays_instances(make_driver: Callable[..., Any], quotas: Quotas, at_once: int) -> None:
    driver = make_driver(quotas=quotas)
    task = driver.submit(instanceCount=4)
    driver.at(4)
    assert driver.task(task)["runningInstanceCount"] == at_once
    driver.at(60)
    assert driver.state(task) == ("Success" if at_once else "Submitted")


def test_a_limit_of_cores_lets_smaller_nodes_be_taken(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(nodes=(LARGE, SMALL), quotas=Quotas(max_cores=20))
    task = driver.submit(instanceCount=3)
    driver.at(4)
    assert driver.task(task)["runningCoreCount"] == 16


def test_the_organization_limits_too(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(organization=Organization("Acme", {"flex": Limit(1, 100)}))
    flex = driver.submit(instanceCount=3)
    urgent = driver.submit(instanceCount=3, schedulingType="onDemand")
    driver.at(4)
    assert [driver.task(task)["runningInstanceCount"] for task in (flex, urgent)] == [1, 3]


def test_so_many_tasks_run_at_once(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=8, quotas=Quotas(max_running_task=2))
    first, second, third = (driver.submit(instanceCount=2) for _ in range(3))
    driver.at(4)
    assert dispatched(driver, first, second, third) == [True, True, False]
    driver.at(20)
    assert driver.state(third) == "Success"


def test_a_task_that_runs_may_grow_when_no_other_may_start(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=2, quotas=Quotas(max_running_task=1))
    growing, other = driver.submit(instanceCount=4), driver.submit()
    driver.at(8)
    assert driver.task(growing)["runningInstanceCount"] == 2
    assert dispatched(driver, other) == [False]
    driver.at(14)
    assert dispatched(driver, other) == [True]


def test_reserved_instances_do_not_count_for_what_is_shared(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(nodes=(SMALL, OURS), quotas=Quotas(max_instances=1))
    reserved, flex = driver.submit(schedulingType="reserved"), driver.submit()
    driver.at(4)
    assert dispatched(driver, reserved, flex) == [True, True]


def test_whoever_has_gone_is_passed_over_in_the_queue() -> None:
    room, demand = WaitingRoom(), Demand("task", "flex", (0,))
    for owner, instance in (("a", 0), ("a", 1), ("b", 0), ("c", 0)):
        room.join(demand, owner, instance, 0)
    first = room.first(demand, lambda place: (place.owner, place.instance) not in {("a", 0), ("b", 0)})
    assert first is not None
    assert (first.owner, first.instance) == ("a", 1)
    of_others = room.first(demand, lambda place: place.owner == "c", ["b", "nobody", "c"])
    assert of_others is not None
    assert of_others.owner == "c"
    assert room.first(demand, lambda place: False) is None
    room.tidy()
    assert room.lines == {}


KINDS = (SMALL, LARGE, OURS)
QUOTAS = st.builds(
    Quotas,
    max_running_task=st.integers(1, 3),
    max_running_pool=st.integers(1, 2),
    max_instances=st.integers(1, 4),
    max_cores=st.integers(8, 60),
    max_flex_instances=st.none() | st.integers(1, 3),
    max_on_demand_cores=st.none() | st.integers(8, 40),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["task", "task", "pool", "guest", "task_abort", "task_delete", "pool_close", "pool_delete"]),
        st.sampled_from(["flex", "onDemand", "reserved"]),
        st.integers(1, 4),
        st.integers(0, 9),
        st.sampled_from([None, "SSDHardwareConstraint", "NoSSDHardwareConstraint"]),
    ),
    max_size=15,
)


def take_step(world: World, known: dict[str, list[str]], step: tuple[str, str, int, int, str | None]) -> None:
    """Create a task, a pool or a task in a pool, or end one of them. What is refused changes nothing."""
    action, scheduling, number, _, constraint = step
    kind, _, verb = action.partition("_")
    if verb:
        for uuid in known[kind][number - 1 : number]:
            world.apply(Command(action, {kind: uuid}))
        return
    body: dict[str, Any] = {"name": "n", "instanceCount": number}
    if action == "guest":
        body["poolUuid"] = next(iter(known["pool"]), "none")
    else:
        wanted = [{"discriminator": constraint}] if constraint else []
        body |= {"profile": "docker-batch", "schedulingType": scheduling, "hardwareConstraints": wanted}
    made: Any = world.apply(Command("pools_create" if action == "pool" else "tasks_create", {}, body)).body
    known["pool" if action == "pool" else "task"].append(made["uuid"])


@given(STEPS, QUOTAS)
def test_use_never_exceeds_a_limit_or_a_node(lifecycles: Mapping[str, Any], steps: Any, quotas: Quotas) -> None:
    world, known = World(WorldSettings(nodes=KINDS, quotas=quotas), lifecycles, 0), {"task": [], "pool": []}
    for step in steps:
        with suppress(Refusal):
            take_step(world, known, step)
        for _ in range(step[3]):
            check_use(world, quotas)
            world.advance_to(world.next_due() or world.now)


def check_use(world: World, quotas: Quotas) -> None:
    info: Any = world.apply(Command("info_get")).body
    assert info["runningTaskCount"] <= quotas.max_running_task
    assert info["runningPoolCount"] <= quotas.max_running_pool
    rows = info["computingQuotas"]["user"]
    for row in (rows["flex"], rows["onDemand"], *rows["reserved"]):
        assert row["runningInstancesCount"] <= row["maxInstances"]
        assert row["runningCoresCount"] <= row["maxCores"]
    shared = (rows["flex"], rows["onDemand"])
    assert sum(row["runningInstancesCount"] for row in shared) <= quotas.max_instances
    assert sum(row["runningCoresCount"] for row in shared) <= quotas.max_cores
    listed: Any = world.apply(Command("tasks_list")).body
    pools: Any = world.apply(Command("pools_list")).body
    tasks = [task for task in listed if not task["poolUuid"]]
    assert sum(task["runningInstanceCount"] > 0 for task in tasks) <= quotas.max_running_task
    assert sum(pool["runningInstanceCount"] > 0 for pool in pools) <= quotas.max_running_pool
    assert sum(row["runningInstanceCount"] for row in (*tasks, *pools)) == info["runningInstanceCount"]
    state: Any = world.dump()
    assert all(slots >= 0 for slots in state["free"])
    assert len(state["holds"]) + sum(state["free"]) == 4


@given(STEPS, QUOTAS, st.lists(st.integers(0, 9 * SECOND), max_size=6))
def test_time_may_pass_in_any_pieces(
    lifecycles: Mapping[str, Any], steps: Any, quotas: Quotas, cuts: list[int]
) -> None:
    dumps = []
    for pieces in (cuts, []):
        world, known = World(WorldSettings(nodes=KINDS, quotas=quotas), lifecycles, 0), {"task": [], "pool": []}
        for step in steps:
            with suppress(Refusal):
                take_step(world, known, step)
            end = world.now + step[3] * SECOND
            for cut in sorted(world.now + piece for piece in pieces):
                world.advance_to(max(world.now, min(cut, end)))
            world.advance_to(end)
        dumps.append(world.dump())
    assert dumps[0] == dumps[1]
