"""What the simulation knows of a pool: data, and questions about it. What moves pools is in ``pool_operations``."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import attrs

from qarnot_mock.sim.commands import Instant
from qarnot_mock.sim.workloads import Instance, Workload

Row = Mapping[str, Any]
_OPEN = frozenset({"waiting", "dispatch", "download", "environment", "execution"})


@attrs.define(kw_only=True)
class Pool(Workload):
    """One pool. ``tasks`` holds the uuids of its tasks that still exist; ``waiting`` are (task, instance) without slot.

    ``target`` is how many instances it wants, ``policy`` the scaling policy that said so; ``resized`` is when the
    number last changed, ``review_at`` when it will be looked at again (``review_version`` tells that event from older).
    """

    elastic: Row | None = None
    scaling: Row | None = None
    tasks: dict[str, None] = attrs.Factory(dict)
    waiting: OrderedDict[tuple[str, int], None] = attrs.Factory(OrderedDict)
    target: int = 0
    policy: str | None = None
    resized: Instant | None = None
    review_at: Instant | None = None
    review_version: int = 0
    close_requested: bool = False
    error: Row | None = None

    @property
    def slots_per_node(self) -> int:
        """How many task instances one of its instances runs at once."""
        settings = self.definition.get("multiSlotsSettings")
        return int(settings.get("slotsPerNode") or 1) if isinstance(settings, Mapping) else 1  # type: ignore[arg-type]

    @property
    def preparation(self) -> str:
        """The command that prepares each node; empty for none."""
        given = self.definition.get("preparationTask")
        return str(given.get("commandLine") or "") if isinstance(given, Mapping) else ""

    @property
    def accepts(self) -> bool:
        """Whether it is open: neither closed, nor about to be, nor failed."""
        return not (self.close_requested or self.delete_requested or self.error)

    @property
    def present(self) -> list[Instance]:
        """The instances that count towards its size: they run tasks, or will."""
        return [instance for instance in self.instances.values() if instance.state in _OPEN]
