"""Properties of worlds with an external executor: whatever is reported, in whatever order, the tables are followed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qarnot_mock.conformance.lifecycle_check import check_record, check_states
from qarnot_mock.sim.commands import Command, Refusal
from qarnot_mock.sim.effects import (
    Effect,
    ForgetInstance,
    InstanceKey,
    StartInstance,
    StopInstance,
    UploadFiles,
)
from qarnot_mock.sim.formats import SECOND
from qarnot_mock.sim.nodes import NodeKind
from qarnot_mock.sim.settings import WorldSettings
from qarnot_mock.sim.world import World

NODES = (NodeKind("8c-32g-amd-rz3700x", "AMD Ryzen 7 3700X 8-Core Processor", 8, 32_000, 3.6, count=2),)
BODY = {
    "name": "x",
    "profile": "docker-batch",
    "instanceCount": 3,
    "resultBucket": "out",
    "retrySettings": {"maxTotalRetries": 2},
    "uploadResultsOnCancellation": True,
    "shortname": "it",
}
moves = st.lists(
    st.tuples(
        st.sampled_from(["started", "exited", "failed", "uploaded", "upload_failed", "abort", "restart", "snapshot"]),
        st.integers(0, 5),
        st.integers(0, 8),
    ),
    max_size=40,
)


def report(name: str, key: InstanceKey, upload: str, number: int) -> Command:
    bodies: dict[str, tuple[str, Mapping[str, Any]]] = {
        "started": ("executor_started", {}),
        "exited": ("executor_exited", {"exitCode": number % 2, "error": None, "peakMemoryMB": 1}),
        "failed": ("executor_failed", {"code": "LOST", "message": "lost"}),
        "uploaded": ("executor_uploaded", {"upload": upload, "keys": ["k"], "sizeBytes": 1, "error": None}),
        "upload_failed": ("executor_uploaded", {"upload": upload, "keys": [], "sizeBytes": 0, "error": "no"}),
    }
    operation, body = bodies[name]
    return Command(operation, {"task": key.task, "instanceId": key.instance_id, "attempt": key.attempt}, body)


def attempt(world: World, command: Command) -> None:
    """Apply a command that may be refused because of the state, and for no other reason."""
    try:
        world.apply(command)
    except Refusal as refusal:
        if refusal.status != 403:
            raise


class Outside:
    """An executor that remembers what it was asked, and checks that it is asked sensible things."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.started: list[InstanceKey] = []
        self.forgotten: list[InstanceKey] = []
        self.uploads: list[tuple[InstanceKey, str]] = []

    def perform(self) -> None:
        for effect in self.world.take_effects():
            self._one(effect)

    def _one(self, effect: Effect) -> None:
        if isinstance(effect, StartInstance):
            assert effect.key not in self.started
            self.started.append(effect.key)
        elif isinstance(effect, StopInstance | ForgetInstance | UploadFiles):
            assert effect.key not in self.forgotten
            if isinstance(effect, ForgetInstance):
                self.forgotten.append(effect.key)
            if isinstance(effect, UploadFiles):
                assert effect.key in self.started
                self.uploads.append((effect.key, effect.upload))

    def command(self, name: str, number: int) -> Command | None:
        if name in ("abort", "restart"):
            return Command(f"task_{name}", {"task": "it"})
        if name == "snapshot":
            return Command("task_snapshot_create", {"task": "it"}, {})
        asked = self.uploads if name.startswith("upload") else [(key, "") for key in self.started]
        if not asked:
            return None
        key, upload = asked[number % len(asked)]
        return report(name, key, upload, number)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=moves)
def test_reports_in_any_order_follow_the_tables(lifecycles: Mapping[str, Any], script: Any) -> None:
    world = World(WorldSettings(executor="external", nodes=NODES), lifecycles, 0)
    world.apply(Command("tasks_create", {}, BODY))
    outside, table, seen = Outside(world), lifecycles["task"], ["Submitted"]

    def look() -> None:
        outside.perform()
        record: Any = world.apply(Command("task_get", {"task": "it"})).body
        assert check_record(table, record) == []
        seen.append(record["state"])

    for name, number, quarters in script:
        target = world.now + quarters * SECOND // 4
        while (due := world.next_due()) is not None and due <= target:
            world.advance_to(due)
            look()
        world.advance_to(target)
        command = outside.command(name, number)
        if command is not None:
            attempt(world, command)
        look()
    assert check_states(table, seen, complete=True, called=table["operations"]) == []


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=moves)
def test_a_cooperative_end_frees_everything(lifecycles: Mapping[str, Any], script: Any) -> None:
    """After any prefix, an executor that answers everything brings the task to an end and is asked to clean up."""
    world = World(WorldSettings(executor="external", nodes=NODES), lifecycles, 0)
    world.apply(Command("tasks_create", {}, BODY))
    outside = Outside(world)
    for name, number, quarters in script:
        world.advance_to(world.now + quarters * SECOND // 4)
        outside.perform()
        command = outside.command(name, number)
        if command is not None and name != "restart":
            attempt(world, command)
    for _ in range(30):
        world.advance_to(world.now + SECOND)
        outside.perform()
        for key in list(outside.started):
            for name in ("started", "exited"):
                world.apply(report(name, key, "", 0))
        outside.perform()
        for key, upload in list(outside.uploads):
            world.apply(report("uploaded", key, upload, 0))
    outside.perform()
    record: Any = world.apply(Command("task_get", {"task": "it"})).body
    assert record["state"] in table_terminal(lifecycles)
    assert world.dump()["free"] == [1, 1]  # type: ignore[index,call-overload]
    assert sorted(outside.forgotten, key=str) == sorted(outside.started, key=str)


def table_terminal(lifecycles: Mapping[str, Any]) -> list[str]:
    return list(lifecycles["task"]["groups"]["terminal"])
