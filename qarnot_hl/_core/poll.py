"""When to look again at something that takes its time, and when to give up. Pure: time comes in as an argument."""

from __future__ import annotations

from math import inf

from qarnot_hl._core.retry import RetryPolicy
from qarnot_hl.exceptions import QarnotException, TransportException, UnexpectedAnswerException

SOONEST = 0.2
LATEST = 10.0
SHARE = 0.1
SHORTEST_LOOK = 5.0
FEWEST_BETWEEN_SWEEPS = 10.0
SWEEP_SHARE = 0.25


def next_pause(elapsed: float, timeout: float | None = None, requests: int = 1) -> float:
    """Seconds until the next look: a tenth of the time waited so far, at least 0.2 and at most 10 s.

    ``requests``: how many a look takes; both bounds grow with it, so that a second never sees more of them. Never
    longer than what is left of ``timeout``; 0 when nothing is left.
    """
    pause = min(LATEST * requests, max(SOONEST * requests, elapsed * SHARE))
    return pause if timeout is None else max(0.0, min(pause, timeout - elapsed))


def log_pause(quiet: float) -> float:
    """Seconds until output is looked at again that has been quiet for so long: from 1 up to 10 s."""
    return max(1.0, next_pause(quiet))


def is_over(elapsed: float, timeout: float | None) -> bool:
    """Whether the time allowed has passed."""
    return timeout is not None and elapsed >= timeout


def sweep_due(elapsed: float, last: float) -> bool:
    """Whether all of many objects are looked at, and not only those that have ended: after 10 seconds, then each time
    a quarter of the time waited has passed. ``last``: when it was done last, 0 at first.
    """
    return elapsed - last >= max(FEWEST_BETWEEN_SWEEPS, elapsed * SWEEP_SHARE)


def look_limit(elapsed: float, timeout: float | None) -> float | None:
    """Seconds that one look may take: what is left of ``timeout``, but time enough for an answer; None: no limit."""
    return None if timeout is None else max(SHORTEST_LOOK, timeout - elapsed)


def outlives(error: QarnotException, unheard: float, policy: RetryPolicy, left: float = inf) -> bool:
    """Whether a wait goes on after a look that failed, its repeats included; ``unheard``: seconds since one succeeded,
    ``left``: seconds until a deadline from outside.

    It outlives what passes by itself, as long as one call may spend on repeats. With a ``retry_count`` of 0 it does
    not: who wants no repeats wants to know.
    """
    return left > 0 and is_passing(error) and policy.count > 0 and (policy.deadline == 0 or unheard < policy.deadline)


def is_passing(error: QarnotException) -> bool:
    """Whether the same request may well succeed a little later."""
    if isinstance(error, TransportException):
        return error.may_pass
    if isinstance(error, UnexpectedAnswerException):
        return True
    return error.status is not None and (error.status == 429 or error.status >= 500)
