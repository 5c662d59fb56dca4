"""What the simulation knows of a task, its instances, their runs and its snapshots: data, and questions about it.

Nothing here moves anything; states change in ``instances``, ``snapshots`` and ``world``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import attrs

from qarnot_mock.sim.commands import Instant, Json
from qarnot_mock.sim.output import TaskOutput
from qarnot_mock.sim.records import Record

STREAMS = ("stdout", "stderr")
WAITING, FULFILLED, NOT_FULFILLED = (
    "waiting", "dependencyConditionsFulfilled", "dependencyConditionsNotFulfilled",
)  # fmt: skip


@attrs.define
class Run:
    """One attempt of an instance on one node. ``spent`` holds the microseconds of each phase it has left."""

    node: int
    began: Instant
    spent: dict[str, int] = attrs.Factory(dict)


@attrs.define
class Instance:
    """One instance. ``version`` counts its state changes; ``outcome`` is decided when its execution ends."""

    id: int
    state: str
    entered: Instant
    version: int = 0
    runs: list[Run] = attrs.Factory(list)
    outcome: str = ""
    error: Mapping[str, Json] | None = None
    peak_memory_mb: int = 0
    results: list[str] = attrs.Factory(list)
    upload: str = ""
    ended: Instant | None = None
    first_run: int = 0

    @property
    def attempt(self) -> int:
        """The number of the current or last run, from 1; 0 before the first."""
        return len(self.runs)

    @property
    def executed(self) -> bool:
        """Whether a run (since the last restart) has reached and left its execution."""
        return any("execution" in run.spent for run in self.runs[self.first_run :])

    @property
    def begun(self) -> bool:
        """Whether it has had a node (since the last restart)."""
        return len(self.runs) > self.first_run

    def spent(self, phase: str, now: Instant, *, last_only: bool = False) -> int:
        """Microseconds in a phase, cumulated over its runs, the one under way included."""
        past = sum(run.spent.get(phase, 0) for run in self.runs[-1 if last_only else 0 :])
        return past + (now - self.entered if self.state == phase else 0)


@attrs.define
class Snapshot:
    """One snapshot of ``instances``. ``pending`` are the uploads an external executor has yet to report."""

    id: str
    triggered: Instant
    config: Mapping[str, Json]
    state: str
    instances: tuple[int, ...]
    updated: Instant | None = None
    size: int | None = None
    transferred: int | None = None
    pending: list[str] = attrs.Factory(list)


@attrs.define
class Parent:
    """A task that another waits for. ``ends`` are those it wants, in lower case, or none for any; ``final`` its end."""

    uuid: str
    ends: tuple[str, ...]
    state: str
    final: str | None = None


def _outputs() -> dict[str, TaskOutput]:
    return {}


@attrs.define(kw_only=True)
class Task(Record):
    """One task. ``parents`` are the tasks that it waits for, by uuid."""

    constants: dict[str, str]
    instances: dict[int, Instance]
    parents: dict[str, Parent] = attrs.Factory(dict)
    ended: Instant | None = None
    cancel_requested: bool = False
    retries_used: int = 0
    restarts: int = 0
    results_count: int = 0
    snapshot_interval: int = 0
    snapshot_version: int = 0
    snapshot_config: Mapping[str, Json] = attrs.Factory(dict)
    snapshots: dict[str, Snapshot] = attrs.Factory(dict)
    outputs: dict[str, TaskOutput] = attrs.field(factory=_outputs)

    @property
    def standing(self) -> str:
        """The state of its dependencies as a whole: one that is not fulfilled decides, then one that waits."""
        states = {parent.state for parent in self.parents.values()}
        return next((state for state in (NOT_FULFILLED, WAITING) if state in states), FULFILLED)

    @property
    def result_bucket(self) -> str:
        """Where results go (``resultBucket``, else its alternative ``resultsBucket``); empty for nowhere."""
        return self.text("resultBucket") or self.text("resultsBucket")

    def in_states(self, *states: str) -> list[Instance]:
        """The instances that are in one of some states, by id."""
        return [instance for instance in self.instances.values() if instance.state in states]


def retry_limits(definition: Mapping[str, Json]) -> tuple[int, int]:
    """(retries of one instance, retries of all together) that a task allows; 0 and 0 for none.

    Reference 3.11: neither given, or zero, means no retry; of both the stricter applies.
    """
    settings = cast(Mapping[str, Any], definition.get("retrySettings") or {})
    single = int(settings.get("maxPerInstanceRetries") or cast(int, definition.get("maxRetriesPerInstance")) or 0)
    total = int(settings.get("maxTotalRetries") or 0)
    return (single or total, total or single * 10**6)


def may_retry(task: Task, instance: Instance) -> bool:
    """Whether a failed run of an instance is followed by another."""
    single, total = retry_limits(task.definition)
    return not task.cancel_requested and instance.attempt - instance.first_run <= single and task.retries_used < total


def mappings(value: Json) -> list[Mapping[str, Json]]:
    """The objects of a JSON list that may be absent."""
    return [row for row in cast(Sequence[Json], value or ()) if isinstance(row, Mapping)]
