"""The event queue: data ordered by (time, priority, insertion number), so ties are settled and runs repeat."""

from __future__ import annotations

import heapq
from typing import NamedTuple

from qarnot_mock.sim.commands import Instant, Json

COMPLETION, ROUTINE, REMOVAL = 0, 1, 2
"""Priorities: what ends comes first, so that it frees its node for what begins at the same instant."""


class Event(NamedTuple):
    """Something that is due for ``subject``, a uuid. ``version`` lets the handler drop it when that has moved on.

    A tuple, because the heap compares events more than anything else does; ``number`` is unique, so what follows it
    never decides.
    """

    time: Instant
    priority: int
    number: int
    kind: str
    subject: str
    item: str = ""
    version: int = 0


class EventQueue:
    """A heap of events; two events at the same instant and priority come in the order in which they were put."""

    def __init__(self) -> None:
        self._heap: list[Event] = []
        self._inserted = 0

    def put(
        self, time: Instant, kind: str, subject: str, item: str = "", version: int = 0, priority: int = ROUTINE
    ) -> None:
        """Schedule an event."""
        self._inserted += 1
        heapq.heappush(self._heap, Event(time, priority, self._inserted, kind, subject, item, version))

    def next_due(self) -> Instant | None:
        """When the earliest event is due; None when there is none."""
        return self._heap[0].time if self._heap else None

    def pop_due(self, now: Instant) -> Event | None:
        """The first event that is due at ``now``, removed; None when there is none."""
        return heapq.heappop(self._heap) if self._heap and self._heap[0].time <= now else None

    def dump(self) -> Json:
        """Everything that is pending, in order."""
        rows: list[Json] = [list(event) for event in sorted(self._heap)]
        return {"inserted": self._inserted, "pending": rows}
