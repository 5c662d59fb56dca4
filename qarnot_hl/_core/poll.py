"""When to look again at something that takes its time. Pure: time comes in as an argument."""

from __future__ import annotations

SOONEST = 0.2
LATEST = 10.0
SHARE = 0.1


def next_pause(elapsed: float, timeout: float | None = None) -> float:
    """Seconds until the next look: a tenth of the time waited so far, at least 0.2 and at most 10 s.

    Never longer than what is left of ``timeout``; 0 when nothing is left.
    """
    pause = min(LATEST, max(SOONEST, elapsed * SHARE))
    return pause if timeout is None else max(0.0, min(pause, timeout - elapsed))


def is_over(elapsed: float, timeout: float | None) -> bool:
    """Whether the time allowed has passed."""
    return timeout is not None and elapsed >= timeout
