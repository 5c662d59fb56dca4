"""Any history of pools: never more guests than slots, lawful states, and time that can be cut anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.conformance.lifecycle_check import Call, check_calls, check_record, check_states
from qarnot_mock.sim.commands import Command, Refusal
from qarnot_mock.sim.formats import SECOND
from qarnot_mock.sim.nodes import NodeKind
from qarnot_mock.sim.settings import WorldSettings
from qarnot_mock.sim.world import World

START = 1_700_000_000 * SECOND
NODES = (NodeKind("8c-32g-amd-rz3700x", "AMD Ryzen 7 3700X 8-Core Processor", 8, 32_000, 3.6, count=3),)
SLOTS = 2
FIXED = {"type": "Fixed", "name": "evening", "slotsCount": 3, "enabledPeriods": [
    {"type": "Weekly", "days": ["tuesday"], "startTimeUtc": "22:13:40", "endTimeUtc": "22:14:30"}]}  # fmt: skip
QUEUE = {"type": "ManagedTasksQueue", "name": "else", "maxTotalSlots": 6, "minIdleTimeSeconds": 3,
         "scalingFactor": 0.4, "enabledPeriods": [{"type": "Always"}]}  # fmt: skip
SIZES: tuple[Mapping[str, Any], ...] = (
    {"instanceCount": 2},
    {"elasticProperty": {"isElastic": True, "maxTotalSlots": 5, "resizePeriod": 7, "minIdleTimeSeconds": 4}},
    {"scaling": {"policies": [FIXED, QUEUE]}},
)
MOVES = st.sampled_from(
    ["task", "task", "task", "retried", "close", "delete", "shrink", "abort", "outside", "urgent", "resize", "get"]
)
HISTORIES = st.lists(st.tuples(MOVES, st.integers(0, 12 * SECOND)), max_size=14)


class History:
    """Carries out moves on one pool, holding every answer to the table of pools."""

    def __init__(self, lifecycles: Mapping[str, Any], size: Mapping[str, Any], executor: Any = "simulated") -> None:
        self.table = lifecycles["pool"]
        self.world = World(WorldSettings(nodes=NODES, executor=executor), lifecycles, START)
        body = {"name": "p", "profile": "docker-batch", "multiSlotsSettings": {"slotsPerNode": SLOTS}, **size}
        self.pool = str(self._send("pools_create", body=body).body["uuid"])
        self.tasks: list[str] = []
        self.seen: list[str] = []

    def _send(self, operation: str, body: Any = None, **arguments: Any) -> Any:
        return self.world.apply(Command(operation, arguments, body))

    def shown(self) -> dict[str, Any] | None:
        try:
            return dict(self._send("pool_get", pool=self.pool).body)
        except Refusal:
            return None

    def observe(self) -> None:
        shown = self.shown()
        self.seen.append(shown["state"] if shown else "Gone")
        if shown is not None:
            assert check_record(self.table, shown) == []
        for row in self.world.dump()["pools"]:  # type: ignore[index,call-overload]
            for instance in row["instances"].values():  # type: ignore[index,call-overload,union-attr]
                assert len(instance["guests"]) <= SLOTS
                assert not instance["guests"] or instance["state"] == "execution"

    def do(self, move: str) -> None:
        before = self.shown()
        operation, arguments, body = self._call(move)
        status = 200
        try:
            answer = self._send(operation, body, **arguments)
            if operation == "tasks_create":
                self.tasks.append(str(answer.body["uuid"]))
        except Refusal as refusal:
            status = refusal.status
        after = self.shown()
        call = Call(operation, status, before and before["state"], after["state"] if after else "Gone")
        if before is not None:
            assert check_calls(self.table, [call]) == []
        self.observe()

    def _call(self, move: str) -> tuple[str, dict[str, Any], Any]:
        task = {"name": "t", "instanceCount": 3, "poolUuid": self.pool}
        outside = {"name": "o", "profile": "docker-batch", "instanceCount": 2}
        failing = [{"key": "MOCK_EXIT_CODE", "value": "1"}]
        pool = {"pool": self.pool}
        return {
            "task": ("tasks_create", {}, task),
            "retried": ("tasks_create", {}, {**task, "constants": failing, "maxRetriesPerInstance": 2}),
            "outside": ("tasks_create", {}, outside),
            "urgent": ("tasks_create", {}, {**outside, "schedulingType": "onDemand"}),
            "abort": ("task_abort", {"task": self.tasks[-1] if self.tasks else "none"}, None),
            "close": ("pool_close", pool, None),
            "delete": ("pool_delete", pool, None),
            "shrink": ("pool_scaling_update", pool, {"policies": [{**FIXED, "slotsCount": 0}]}),
            "resize": ("pool_update", pool, {"elasticProperty": SIZES[1]["elasticProperty"]}),
            "get": ("pool_get", pool, None),
        }[move]

    def advance(self, duration: int) -> None:
        end = self.world.now + duration
        while (due := self.world.next_due()) is not None and due <= end:
            self.world.advance_to(due)
            self.observe()
        self.world.advance_to(end)


@pytest.fixture(scope="session")
def make_history(lifecycles: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], History]:
    return lambda size: History(lifecycles, size)


@given(st.sampled_from(SIZES), HISTORIES)
def test_a_pool_is_lawful_whatever_is_asked_of_it(make_history: Any, size: Any, steps: Any) -> None:
    history = make_history(size)
    history.observe()
    for move, pause in steps:
        history.do(move)
        history.advance(pause)
    called = {"pool_close", "pool_delete"} & {history._call(move)[0] for move, _ in steps}
    assert check_states(history.table, history.seen, complete=True, born=True, called=called) == []


@given(st.sampled_from(SIZES), HISTORIES)
def test_a_pool_that_is_closed_comes_to_its_end_and_gives_all_nodes_back(
    make_history: Any, size: Any, steps: Any
) -> None:
    history = make_history(size)
    for move, pause in steps:
        history.do(move)
        history.advance(pause)
    history.do("close")
    history.advance(600 * SECOND)
    shown = history.shown()
    assert shown is None or (shown["state"], shown["runningInstanceCount"]) == ("Closed", 0)
    assert history.world.dump()["holds"] == []
    for task in history.tasks:
        state = history._send("task_get", task=task).body["state"]
        assert state in {"Success", "Failure", "Cancelled"}


@given(st.sampled_from(SIZES), HISTORIES)
def test_time_with_pools_can_be_cut_anywhere(make_history: Any, size: Any, steps: Any) -> None:
    whole, cut = make_history(size), make_history(size)
    for move, pause in steps:
        whole.do(move)
        cut.do(move)
        whole.world.advance_to(whole.world.now + pause)
        for part in (pause // 3, pause // 2, pause):
            cut.world.advance_to(max(cut.world.now, whole.world.now - pause + part))
        assert whole.world.dump() == cut.world.dump()
