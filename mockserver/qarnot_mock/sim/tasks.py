"""What the simulation knows of a task and its snapshots: data, and questions about it.

Nothing here moves anything; states change in ``instances``, ``snapshots`` and ``world``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import attrs

from qarnot_mock.sim.commands import Instant, Json
from qarnot_mock.sim.workloads import Instance, Workload

WAITING, FULFILLED, NOT_FULFILLED = (
    "waiting", "dependencyConditionsFulfilled", "dependencyConditionsNotFulfilled",
)  # fmt: skip


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


@attrs.define(kw_only=True)
class Task(Workload):
    """One task. ``parents`` are the tasks that it waits for, by uuid."""

    parents: dict[str, Parent] = attrs.Factory(dict)
    cancel_requested: bool = False
    retries_used: int = 0
    restarts: int = 0
    results_count: int = 0
    snapshot_interval: int = 0
    snapshot_version: int = 0
    snapshot_config: Mapping[str, Json] = attrs.Factory(dict)
    snapshots: dict[str, Snapshot] = attrs.Factory(dict)

    @property
    def standing(self) -> str:
        """The state of its dependencies as a whole: one that is not fulfilled decides, then one that waits."""
        states = {parent.state for parent in self.parents.values()}
        return next((state for state in (NOT_FULFILLED, WAITING) if state in states), FULFILLED)

    @property
    def result_bucket(self) -> str:
        """Where results go (``resultBucket``, else its alternative ``resultsBucket``); empty for nowhere."""
        return self.text("resultBucket") or self.text("resultsBucket")


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
    return not task.cancel_requested and instance.tries <= single and task.retries_used < total


def mappings(value: Json) -> list[Mapping[str, Json]]:
    """The objects of a JSON list that may be absent."""
    return [row for row in cast(Sequence[Json], value or ()) if isinstance(row, Mapping)]
