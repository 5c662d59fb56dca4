"""Searches for a world that goes wrong while its scenario changes: slots, transitions, the replay of its commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qarnot_mock.conformance.lifecycle_check import check_states
from qarnot_mock.sim.commands import Command, Refusal
from qarnot_mock.sim.nodes import DEFAULT_NODES
from qarnot_mock.sim.settings import WorldSettings
from qarnot_mock.sim.world import World

Make = Callable[..., Any]
DURATION = st.sampled_from([1, 7, {"uniform": [0.5, 9]}, {"exponential": {"mean": 4}}, {"choice": [1, 20]}])
PHASE = st.sampled_from(["queue", "dispatch", "execution", "upload"])
HAPPENS = st.sampled_from(
    ["out-of-memory", "node-lost", "preempted", "stuck-in-dispatch", "slow-upload", "upload-failed"]
)
QUOTAS = {"maxRunningTask": st.integers(0, 3), "maxInstances": st.integers(0, 4)}
OUTCOME = st.fixed_dictionaries({"happens": HAPPENS, "probability": st.sampled_from([0.2, 0.5, 1])})
MACHINE = st.fixed_dictionaries(
    {
        "specificationKey": st.sampled_from([DEFAULT_NODES[0].specification_key, DEFAULT_NODES[1].specification_key]),
        "count": st.integers(0, 3),
        "slots": st.sampled_from([1, 1, 2]),
    }
)
SCENARIO = st.fixed_dictionaries(
    {},
    optional={
        "durations": st.dictionaries(PHASE, DURATION, max_size=3),
        "outcomes": st.lists(OUTCOME.map(lambda rule: {**rule, "for": {"attempts": "1-3"}}), max_size=2),
        "output": st.just([{"stdout": "a\nb\nc ${INSTANCE_ID}\n"}]),
        "results": st.just([{"files": {"f": "x"}}]),
        "capacity": st.lists(MACHINE, min_size=1, max_size=3),
        "quotas": st.fixed_dictionaries({}, optional=QUOTAS),
        "credits": st.sampled_from([0, 0.01, 100]),
    },
)
STEP = st.one_of(
    st.tuples(st.just("change"), SCENARIO, st.booleans()),
    st.tuples(st.just("submit"), st.integers(1, 4), st.sampled_from(["flex", "onDemand"]), st.integers(0, 3)),
    st.tuples(st.just("pool"), st.integers(1, 2)),
    st.tuples(st.just("in_pool"), st.integers(0, 2), st.integers(1, 3)),
    st.tuples(st.sampled_from(["task_abort", "task_delete", "task_restart"]), st.integers(0, 5)),
    st.tuples(st.sampled_from(["pool_close", "pool_delete"]), st.integers(0, 2)),
    st.tuples(st.just("wait"), st.floats(0.1, 30)),
)


class Search:
    """One world that is told random things; every instant is looked at, every accepted command written down."""

    def __init__(self, seed: int, lifecycles: Mapping[str, Any]) -> None:
        self.lifecycles = lifecycles
        self.settings = WorldSettings(seed=seed, nodes=tuple(DEFAULT_NODES[:2]))
        self.world = World(self.settings, lifecycles, 0)
        self.journal: list[tuple[int, Command]] = []
        self.tasks: list[str] = []
        self.pools: list[str] = []
        self.seen: dict[str, list[str]] = {}

    def tell(self, operation: str, body: Any = None, **arguments: Any) -> Any:
        command = Command(operation, arguments, body, {"buckets": {"out": True}})
        try:
            answer = self.world.apply(command)
        except Refusal:
            return None
        self.journal.append((self.world.now, command))
        if operation == "task_restart":
            self.seen[arguments["task"]] = []
        self.look(operation == "mock_scenario")
        return answer.body or {}

    def step(self, kind: str, *details: Any) -> None:
        definition = {"name": "n", "profile": "docker-batch", "instanceCount": 1}
        if kind == "change":
            self.tell("mock_scenario", details[0], **({"patch": True} if details[1] else {}))
        elif kind == "submit":
            retries = {"maxPerInstanceRetries": details[2]}
            extra = {"instanceCount": details[0], "schedulingType": details[1], "retrySettings": retries}
            self.remember(self.tasks, self.tell("tasks_create", {**definition, **extra, "resultBucket": "out"}))
        elif kind == "pool":
            self.remember(self.pools, self.tell("pools_create", {**definition, "instanceCount": details[0]}))
        elif kind == "in_pool" and details[0] < len(self.pools):
            extra = {"poolUuid": self.pools[details[0]], "profile": None, "instanceCount": details[1]}
            self.remember(self.tasks, self.tell("tasks_create", {**definition, **extra}))
        elif kind == "wait":
            self.wait(round(details[0] * 1_000_000))
        elif kind.startswith("task_") and details[0] < len(self.tasks):
            self.tell(kind, task=self.tasks[details[0]])
        elif kind.startswith("pool_") and details[0] < len(self.pools):
            self.tell(kind, pool=self.pools[details[0]])

    def remember(self, uuids: list[str], body: Any) -> None:
        if body is not None:
            uuids.append(body["uuid"])

    def wait(self, microseconds: int) -> None:
        """Let time pass, and look at every instant at which something happens."""
        end = self.world.now + microseconds
        while (due := self.world.next_due()) is not None and due <= end:
            self.world.advance_to(due)
            self.look()
        self.world.advance_to(end)

    def look(self, changed: bool = False) -> None:
        """Every slot is free or held; every state may follow the one before."""
        dump: Any = self.world.dump()
        held = Counter(hold["node"] for _, _, hold in dump["holds"])
        slots = [left + held[node] for node, left in enumerate(dump["free"])]
        assert min(dump["free"]) >= 0
        assert set(slots) <= {1, 2}
        served = [node for indexes in dump["fleet"] for node in indexes]
        assert len(set(served)) == len(served)
        begun = [run for run in self.last_runs(dump) if run["began"] == dump["now"] and run["host"] is None]
        if not changed:
            assert {run["node"] for run in begun} <= set(served), "whoever begins gets a node in service"
        states = {task["uuid"]: task["state"] for task in dump["tasks"]}
        for uuid, seen in {**{uuid: [] for uuid in states}, **self.seen}.items():
            self.seen[uuid] = [*seen, states.get(uuid, "Gone")]
            assert check_states(self.lifecycles["task"], self.seen[uuid][-2:], complete=True) == []

    @staticmethod
    def last_runs(dump: Any) -> list[Any]:
        owners = [*dump["tasks"], *dump["pools"]]
        instances = [each for owner in owners for each in owner["instances"].values()]
        return [each["runs"][-1] for each in instances if each["state"] == "dispatch"]

    def replay(self) -> Any:
        """The state of another world that was told the same, in one go from command to command."""
        world = World(self.settings, self.lifecycles, 0)
        for at, command in self.journal:
            world.advance_to(at)
            world.apply(command)
        world.advance_to(self.world.now)
        return world.dump()


def search(steps: Any, seed: int, lifecycles: Mapping[str, Any]) -> None:
    run = Search(seed, lifecycles)
    for step in steps:
        run.step(*step)
    run.wait(60_000_000)
    assert run.replay() == run.world.dump()


@settings(suppress_health_check=list(HealthCheck), max_examples=25)
@given(st.lists(STEP, max_size=12), st.integers(0, 9))
def test_no_change_of_the_scenario_brings_a_world_out_of_order(
    lifecycles: Mapping[str, Any], steps: Any, seed: int
) -> None:
    search(steps, seed, lifecycles)


@pytest.mark.slow
def test_no_change_of_the_scenario_brings_a_world_out_of_order_in_many_tries(
    lifecycles: Mapping[str, Any], slow_size: Callable[[int, int], int]
) -> None:
    @settings(suppress_health_check=list(HealthCheck), max_examples=slow_size(5000, 200))
    @given(st.lists(STEP, max_size=30), st.integers(0, 2**32))
    def many(steps: Any, seed: int) -> None:
        search(steps, seed, lifecycles)

    many()
