"""Where the SDK gets its time from. Everything that measures or waits asks a ``Clock``, so that a test, or a
simulated cloud, can put its own in place.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """The wall, a stopwatch and a pause."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Seconds on a stopwatch that never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Block, or move simulated time, for so long."""
        ...


class WallClock:
    """The time of the machine. Looked up at each call, so that a hook on ``time`` is honoured."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds on a stopwatch that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block for so long."""
        time.sleep(seconds)
