"""A small driver around a world: time in seconds, commands by name, tasks with defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest
import yaml

from qarnot_mock.sim.commands import Answer, Command, Refusal
from qarnot_mock.sim.effects import Effect
from qarnot_mock.sim.formats import SECOND
from qarnot_mock.sim.nodes import NodeKind
from qarnot_mock.sim.settings import WorldSettings
from qarnot_mock.sim.world import World

SPEC = Path(__file__).parents[3] / "spec" / "lifecycles.yaml"
PLAIN_NODE = NodeKind("8c-32g-amd-rz3700x", "AMD Ryzen 7 3700X 8-Core Processor", 8, 32_000, 3.6)


@attrs.define
class Driver:
    """Drives one world; ``START`` is an arbitrary whole second, so that dates are easy to read."""

    world: World
    start: int = 1_700_000_000 * SECOND

    def at(self, seconds: float) -> Driver:
        """Advance to this many seconds after the start."""
        self.world.advance_to(self.start + round(seconds * SECOND))
        return self

    def call(
        self, operation: str, task: str | None = None, body: Any = None, buckets: Any = None, **arguments: Any
    ) -> Answer:
        if task is not None:
            arguments["task"] = task
        facts = {} if buckets is None else {"buckets": buckets}
        return self.world.apply(Command(operation, arguments, body, facts))

    def refused(self, operation: str, task: str | None = None, body: Any = None, **rest: Any) -> Refusal:
        """The refusal of a call, after checking that it changed nothing."""
        before = self.world.dump()
        with pytest.raises(Refusal) as caught:
            self.call(operation, task, body, **rest)
        assert self.world.dump() == before
        return caught.value

    def submit(self, constants: Mapping[str, str] | None = None, /, buckets: Any = None, **fields: Any) -> str:
        """Create a task with sensible defaults; returns its uuid."""
        body = self.definition(constants, **fields)
        return str(self.call("tasks_create", body=body, buckets=buckets).body["uuid"])  # type: ignore[index,call-overload]

    def open_job(self, **fields: Any) -> str:
        """Create a job; returns its uuid."""
        return str(self.call("jobs_create", body={"name": "a job", **fields}).body["uuid"])  # type: ignore[index,call-overload]

    def job(self, uuid: str) -> dict[str, Any]:
        return dict(self.call("job_get", job=uuid).body)  # type: ignore[arg-type]

    def open_pool(self, constants: Mapping[str, str] | None = None, /, **fields: Any) -> str:
        """Create a pool, fixed with one instance by default; returns its uuid."""
        rows = [{"key": key, "value": value} for key, value in (constants or {}).items()]
        body = {"name": "a pool", "profile": "docker-batch", "instanceCount": 1, "constants": rows, **fields}
        return str(self.call("pools_create", body=body).body["uuid"])  # type: ignore[index,call-overload]

    def in_pool(self, pool: str, constants: Mapping[str, str] | None = None, /, **fields: Any) -> str:
        """Create a task in a pool; returns its uuid."""
        return self.submit(constants, poolUuid=pool, profile=None, **fields)

    def pool(self, uuid: str) -> dict[str, Any]:
        return dict(self.call("pool_get", pool=uuid).body)  # type: ignore[arg-type]

    @staticmethod
    def definition(constants: Mapping[str, str] | None = None, /, **fields: Any) -> dict[str, Any]:
        rows = [{"key": key, "value": value} for key, value in (constants or {}).items()]
        body = {"name": "a task", "profile": "docker-batch", "instanceCount": 1, "constants": rows}
        merged = body | fields
        if fields.get("advancedRanges") and "instanceCount" not in fields:
            del merged["instanceCount"]
        return merged

    def task(self, uuid: str) -> dict[str, Any]:
        return dict(self.call("task_get", uuid).body)  # type: ignore[arg-type]

    def state(self, uuid: str) -> str:
        return str(self.task(uuid)["state"])

    def stdout(self, uuid: str) -> str:
        return str(self.call("task_stdout_get", uuid).body)

    def effects(self) -> Sequence[Effect]:
        return self.world.take_effects()

    def events(self, limit: float) -> Iterator[float]:
        """The instants at which something happens up to ``limit`` seconds, having advanced to each."""
        while (due := self.world.next_due()) is not None and due <= self.start + limit * SECOND:
            self.world.advance_to(due)
            yield (due - self.start) / SECOND


@pytest.fixture(scope="session")
def lifecycles() -> Mapping[str, Any]:
    return dict(yaml.safe_load(SPEC.read_text(encoding="utf-8")))


@pytest.fixture
def make_driver(lifecycles: Mapping[str, Any]) -> Callable[..., Driver]:
    """Builds a driver; keyword arguments are those of WorldSettings, and ``slots`` the number of nodes."""

    def make(slots: int = 4, **settings: Any) -> Driver:
        settings.setdefault("nodes", (attrs.evolve(PLAIN_NODE, count=slots),))
        start = 1_700_000_000 * SECOND
        return Driver(World(WorldSettings(**settings), lifecycles, start), start)

    return make


@pytest.fixture
def driver(make_driver: Callable[..., Driver]) -> Driver:
    """A world of four nodes with the simulated executor."""
    return make_driver()


@pytest.fixture
def external(make_driver: Callable[..., Driver]) -> Driver:
    """A world of four nodes whose instances are run outside."""
    return make_driver(executor="external")
