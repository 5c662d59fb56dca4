"""What time it is in the cloud: real, scaled or virtual. One clock serves all tenants of a server.

Pure apart from the injected source of wall time: no clock sleeps or starts a timer, it only says how long a shell
would have to wait.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from qarnot_mock.sim.commands import Instant

SECOND: Instant = 1_000_000
"""One second, in the unit of :data:`~qarnot_mock.sim.commands.Instant`."""

FIXED_EPOCH: Instant = 1_767_225_600 * SECOND
"""2026-01-01T00:00:00Z: where virtual time starts when runs must repeat."""

_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)

Wall = Callable[[], Instant]
"""A source of wall time."""


def wall_clock() -> Instant:
    """The time of this machine."""
    return time.time_ns() // 1000


def to_iso(instant: Instant) -> str:
    """``2026-01-01T00:00:00.000000Z``: always six fraction digits, so that texts sort as times do."""
    moment = _ORIGIN + timedelta(microseconds=instant)
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def from_iso(text: str) -> Instant:
    """The instant of an ISO 8601 date or date-time; without an offset it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - _ORIGIN) // timedelta(microseconds=1)


class Clock(Protocol):
    """Time as the tenants see it; it never runs backwards."""

    @property
    def mode(self) -> str:
        """``real``, ``x<factor>`` or ``virtual``, as the command line spells it."""
        ...

    def now(self) -> Instant: ...

    def seconds_until(self, instant: Instant) -> float | None:
        """Wall seconds until ``instant`` comes by itself (0 when it is past), or None when it never does."""


class ScaledClock:
    """Runs ``factor`` times as fast as the wall, from ``start`` (default: the wall time at creation)."""

    def __init__(self, factor: float, wall: Wall = wall_clock, start: Instant | None = None) -> None:
        """Raises ValueError unless ``factor`` is a finite number above zero."""
        if not (math.isfinite(factor) and factor > 0):
            raise ValueError(f"a time factor is a number above zero, not {factor}")
        self.factor = factor
        self._wall = wall
        self._began = wall()
        self._start = self._began if start is None else start
        self._latest = self._start

    @property
    def mode(self) -> str:
        return f"x{self.factor:g}"

    def now(self) -> Instant:
        # The wall may be set back (NTP); the simulation cannot follow.
        elapsed = self._wall() - self._began
        self._latest = max(self._latest, self._start + int(elapsed * self.factor))
        return self._latest

    def seconds_until(self, instant: Instant) -> float | None:
        return max(0, instant - self.now()) / SECOND / self.factor

    def line(self) -> tuple[float, Instant, Instant]:
        """The factor, a time of the wall, and what the clock showed then: enough to read it elsewhere."""
        return self.factor, self._began, self._start


class RealClock(ScaledClock):
    """The wall time itself, or as fast as it from ``start``."""

    def __init__(self, wall: Wall = wall_clock, start: Instant | None = None) -> None:
        super().__init__(1, wall, start)

    @property
    def mode(self) -> str:
        return "real"


class VirtualClock:
    """Stands still until it is told to move. ``on_move``, when set, is told the new time, on the mover's thread."""

    mode = "virtual"

    def __init__(self, start: Instant = FIXED_EPOCH) -> None:
        self._now = start
        self.on_move: Callable[[Instant], None] | None = None

    def now(self) -> Instant:
        return self._now

    def seconds_until(self, instant: Instant) -> float | None:
        return 0 if instant <= self._now else None

    def advance(self, microseconds: int) -> Instant:
        """Move on by a duration; returns the new time. Raises ValueError when it is negative."""
        if microseconds < 0:
            raise ValueError("time does not run backwards")
        return self.jump_to(self._now + microseconds)

    def jump_to(self, instant: Instant) -> Instant:
        """Move on to an instant; one that is past changes nothing. Returns the new time."""
        if instant > self._now:
            self._now = instant
            if self.on_move is not None:
                self.on_move(instant)
        return self._now
