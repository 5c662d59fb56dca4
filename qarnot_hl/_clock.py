"""Where the SDK gets its time from. Everything that measures or waits asks a ``Clock``, so that a test, or a
simulated cloud, can put its own in place.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
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
    """The time of the machine, or of the clock that stands in for it. Looked up at each call, so that a hook on
    ``time`` is honoured, by connections that were made before it too.
    """

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() if _stand_in is None else _stand_in.now()

    def monotonic(self) -> float:
        """Seconds on a stopwatch that never goes back."""
        return time.monotonic() if _stand_in is None else _stand_in.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block for so long."""
        time.sleep(seconds) if _stand_in is None else _stand_in.sleep(seconds)


_stand_in: Clock | None = None


@contextlib.contextmanager
def standing_in(clock: Clock) -> Iterator[None]:
    """Let ``clock`` be the time of all connections that were given none, for the duration of a ``with`` block."""
    global _stand_in
    previous, _stand_in = _stand_in, clock
    try:
        yield
    finally:
        _stand_in = previous
