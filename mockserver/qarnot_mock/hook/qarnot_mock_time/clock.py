"""Where a process reads the run's time, in microseconds since 1970: a page of memory that the mock writes and every
process of the run maps, or a line through the wall's time.
"""

from __future__ import annotations

import mmap

from . import real

SECOND = 1_000_000
FOR_EVER = 366 * 86_400 * SECOND
"""A wait that is longer has no end: s3transfer waits for 68 years where it means for ever."""


class PageClock:
    """Virtual time: it moves when the mock writes the page, for all processes at once."""

    def __init__(self, path: str) -> None:
        with open(path, "rb") as file:
            page = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._cells = memoryview(page).cast("q")
        self.start = self._cells[1]

    def now(self) -> int:
        return self._cells[0]


class FlowingClock:
    """Scaled time: ``factor`` times as fast as the wall, which stood at ``wall`` when it stood at ``start``."""

    def __init__(self, factor: float, wall: int, start: int) -> None:
        self.factor = factor
        # A stopwatch, because the wall can be set; both ends of the line are read within a microsecond.
        self._began = real.stopwatch_ns() // 1000 - (real.wall_ns() // 1000 - wall)
        self.start = start

    def now(self) -> int:
        return self.start + int((real.stopwatch_ns() // 1000 - self._began) * self.factor)

    def wall_seconds(self, microseconds: int) -> float:
        """How long that lasts by the wall."""
        return microseconds / SECOND / self.factor


Clock = PageClock | FlowingClock


def deadline(now: int, seconds: float | None) -> int | None:
    """The instant at which a wait that begins now is over; None when it never is. A microsecond is never cut off."""
    if seconds is None:
        return None
    length = -int(-seconds * SECOND // 1)
    return None if length > FOR_EVER else now + length
