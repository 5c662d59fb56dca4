"""Which ended objects disappear by themselves: after a time to live, or to make room when a quota is full.

Pure decisions, the same for every kind of object; who forgets an object is the business of its own module.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from qarnot_mock.sim.formats import timespan_duration
from qarnot_mock.sim.lifecycle import Lifecycle
from qarnot_mock.sim.records import Record

T = TypeVar("T", bound=Record)


def time_to_live(record: Record) -> int:
    """``completionTimeToLive`` in microseconds; 0 means for ever (reference 3.3)."""
    return timespan_duration(record.text("completionTimeToLive") or "00:00:00") or 0


def victim(records: Mapping[str, T], life: Lifecycle) -> T | None:
    """The oldest ended object that asked to be deleted when the quota is full (reference 3.3, 7.5)."""
    ended = (record for record in records.values() if life.among(record.state, "terminal"))
    return next((record for record in ended if record.definition.get("autoDeleteOnCompletion")), None)


def overflows(records: Mapping[str, T], life: Lifecycle, maximum: int) -> bool:
    """Whether one object more is too many, even after a victim has made room."""
    return len(records) >= maximum and victim(records, life) is None


def to_make_room(records: Mapping[str, T], life: Lifecycle, maximum: int) -> T | None:
    """The object that must go before another is created; None when there is room."""
    return victim(records, life) if len(records) >= maximum else None
