"""Documented module ``scaling``: how many slots a pool has, and when (reference 3.9).

The first policy with a period that contains now is the active one. Policies and periods of a kind that this version
does not know are kept as the server wrote them. Values only: nothing is sent until one is assigned to a pool.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import time
from enum import Enum
from typing import ClassVar

from attrs import define, field

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.wire_values import integer, items, lookup, number, objects, text
from qarnot_hl._core.wired import MutableWired, keyed

__all__ = [
    "DayOfWeek",
    "FixedScalingPolicy",
    "ManagedTasksQueueScalingPolicy",
    "Scaling",
    "ScalingPolicy",
    "TimePeriodAlways",
    "TimePeriodSpecification",
    "TimePeriodWeeklyRecurring",
]

# As the API writes it (reference 3.9); datetime has no seventh digit.
END_OF_DAY = "23:59:59.9999999"
TYPE = "type"
ACTIVE = "activePolicyName"


class DayOfWeek(str, Enum):  # noqa: UP042  (the documented bases: str() of a member differs for StrEnum)
    """A day, equal to its name."""

    SUNDAY = "sunday"
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"


DAYS: Mapping[str, DayOfWeek] = {day.value: day for day in DayOfWeek}


def as_day(day: str) -> str:
    """The day of that name in any letter case; another text stays as it is."""
    return DAYS.get(day.lower(), day)


def read_days(value: Json) -> list[str]:
    """The days of a list."""
    return [as_day(day) for day in items(value) if isinstance(day, str)]


def write_days(days: list[str]) -> Json:
    """The names of days."""
    return [day.value if isinstance(day, DayOfWeek) else as_day(day) for day in days]


def read_time(value: Json) -> time | str:
    """A time of day in UTC; a text that a ``time`` cannot hold exactly stays, the end of the day is ``time.max``."""
    written = text(value) or ""
    if written == END_OF_DAY:
        return time.max
    whole, _, fraction = written.partition(".")
    if len(fraction.rstrip("0")) > 6:
        return written
    try:
        found = time.fromisoformat(whole + ("." + fraction[:6].ljust(6, "0") if fraction else ""))
    except ValueError:
        return written
    return found if found.tzinfo is None else written


def write_time(value: time | str) -> Json:
    """A time of day as the API writes it. Raises ValueError for one with another zone than UTC."""
    if isinstance(value, str):
        return value
    if value.utcoffset():
        raise ValueError(f"{value!r} is not in UTC: periods are")
    naive = value.replace(tzinfo=None)
    return END_OF_DAY if naive == time.max else naive.isoformat()


@define
class TimePeriodSpecification(MutableWired):
    """One of the subclasses, or a kind that this version does not know."""

    _type: ClassVar[str | None] = None

    @property
    def type(self) -> str | None:
        """The name of the kind in the API."""
        return self._type or text(lookup(self.more, TYPE))

    @classmethod
    def from_json(cls, json: JsonObject) -> TimePeriodSpecification:
        """Reads the wire form."""
        kind = PERIODS.get((text(lookup(json, TYPE)) or "").lower(), TimePeriodSpecification)
        return kind._read(json, *([TYPE] if kind is not TimePeriodSpecification else []))

    def to_json(self) -> dict[str, Json]:
        """The wire form."""
        return ({TYPE: self._type} if self._type else {}) | self._write()


@define
class TimePeriodAlways(TimePeriodSpecification):
    """All the time."""

    _type = "Always"
    name: str | None = field(default=None, metadata=keyed("name", read=text, optional=True))


@define
class TimePeriodWeeklyRecurring(TimePeriodSpecification):
    """On these days, names or DayOfWeek, from one time to the other, in UTC.

    A period does not cross midnight: a night takes two, the first until ``time.max`` (reference 3.9).
    """

    _type = "Weekly"
    days: list[str] = field(metadata=keyed("days", read=read_days, write=write_days))
    start_time_utc: time | str = field(metadata=keyed("startTimeUtc", read=read_time, write=write_time))
    end_time_utc: time | str = field(metadata=keyed("endTimeUtc", read=read_time, write=write_time))
    name: str | None = field(default=None, metadata=keyed("name", read=text, optional=True))


PERIODS: Mapping[str, type[TimePeriodSpecification]] = {
    str(kind._type).lower(): kind for kind in (TimePeriodAlways, TimePeriodWeeklyRecurring)
}


def read_periods(value: Json) -> list[TimePeriodSpecification] | None:
    """The periods of a list; None when there is no list."""
    return None if value is None else [TimePeriodSpecification.from_json(entry) for entry in objects(value)]


def write_periods(periods: list[TimePeriodSpecification] | None) -> Json:
    """A list of periods."""
    return None if periods is None else [period.to_json() for period in periods]


NAME = keyed("name", read=text, optional=True)
ENABLED = keyed("enabledPeriods", read=read_periods, write=write_periods, optional=True)


@define
class ScalingPolicy(MutableWired):
    """One of the subclasses, or a kind that this version does not know. Names are unique in a pool."""

    _type: ClassVar[str | None] = None

    @property
    def type(self) -> str | None:
        """The name of the kind in the API."""
        return self._type or text(lookup(self.more, TYPE))

    @classmethod
    def from_json(cls, json: JsonObject) -> ScalingPolicy:
        """Reads the wire form."""
        kind = POLICIES.get((text(lookup(json, TYPE)) or "").lower(), ScalingPolicy)
        return kind._read(json, *([TYPE] if kind is not ScalingPolicy else []))

    def to_json(self) -> dict[str, Json]:
        """The wire form."""
        return ({TYPE: self._type} if self._type else {}) | self._write()


@define
class FixedScalingPolicy(ScalingPolicy):
    """So many slots."""

    _type = "Fixed"
    slots_count: int = field(metadata=keyed("slotsCount", read=integer))
    name: str | None = field(default=None, metadata=NAME)
    enabled_periods: list[TimePeriodSpecification] | None = field(default=None, metadata=ENABLED)


@define
class ManagedTasksQueueScalingPolicy(ScalingPolicy):
    """As many slots as the queued and running tasks need, within bounds.

    ``min_idle_slots`` are kept ready; others close after ``min_idle_time_seconds`` (server's default 90) without work.
    ``scaling_factor``: the part of ``max_total_slots`` that is opened at once (server's default 0.2).
    """

    _type = "ManagedTasksQueue"
    min_total_slots: int | None = field(default=None, metadata=keyed("minTotalSlots", read=integer, optional=True))
    max_total_slots: int | None = field(default=None, metadata=keyed("maxTotalSlots", read=integer, optional=True))
    min_idle_slots: int | None = field(default=None, metadata=keyed("minIdleSlots", read=integer, optional=True))
    min_idle_time_seconds: int | None = field(
        default=None, metadata=keyed("minIdleTimeSeconds", read=integer, optional=True)
    )
    scaling_factor: float | None = field(default=None, metadata=keyed("scalingFactor", read=number, optional=True))
    name: str | None = field(default=None, metadata=NAME)
    enabled_periods: list[TimePeriodSpecification] | None = field(default=None, metadata=ENABLED)


POLICIES: Mapping[str, type[ScalingPolicy]] = {
    str(kind._type).lower(): kind for kind in (FixedScalingPolicy, ManagedTasksQueueScalingPolicy)
}


def read_policies(value: Json) -> list[ScalingPolicy]:
    """The policies of a list."""
    return [ScalingPolicy.from_json(entry) for entry in objects(value)]


def write_policies(policies: list[ScalingPolicy]) -> Json:
    """A list of policies."""
    return [policy.to_json() for policy in policies]


def as_list(policies: Iterable[ScalingPolicy] | None) -> list[ScalingPolicy]:
    """A list of its own; None is the empty one."""
    return list(policies or ())


@define
class Scaling(MutableWired):
    """Policies in the order in which they are tried; the last is usually enabled always.

    ``active_policy_name``: what the server last said, which may be tens of seconds old; never sent.
    """

    policies: list[ScalingPolicy] = field(
        default=None,
        converter=as_list,
        metadata=keyed("policies", read=read_policies, write=write_policies),
    )
    active_policy_name: str | None = field(default=None, kw_only=True)

    @classmethod
    def from_json(cls, json: JsonObject) -> Scaling:
        """Reads the wire form."""
        found = cls._read(json, ACTIVE)
        found.active_policy_name = text(lookup(json, ACTIVE))
        return found

    def to_json(self) -> dict[str, Json]:
        """The wire form, as it is sent."""
        return self._write()
