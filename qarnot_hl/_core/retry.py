"""Whether a request is sent again, and after how long. Pure: elapsed time and chance are arguments.

What is safe to repeat is the table's to say (``retry_table``). A 429 or a 503 counts as "the server did not act"
(inferred: both are answered before the work is taken up).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from math import inf

from attrs import frozen

from qarnot_hl._core.exchange import ApiResponse, Breakdown, NoAnswer, Outcome
from qarnot_hl._core.retry_table import REPEATED, Failure, Repeatable

REFUSED_BEFORE_ACTING = frozenset({429, 503})
LONGEST_PAUSE = 30.0
DEADLINE = 300.0
BUDGET = 60

BY_STATUS: Mapping[int, Failure] = {
    **dict.fromkeys(REFUSED_BEFORE_ACTING, Failure.BUSY),
    **dict.fromkeys((500, 502, 504), Failure.UNKNOWN),
}
BY_BREAKDOWN: Mapping[Breakdown, Failure] = {
    Breakdown.NOT_SENT: Failure.UNREACHED,
    Breakdown.CONNECT_TIMEOUT: Failure.UNREACHED,
    Breakdown.NO_TIME: Failure.FINAL,
    Breakdown.UNTRUSTED: Failure.FINAL,
    Breakdown.LOST: Failure.UNKNOWN,
    Breakdown.READ_TIMEOUT: Failure.UNKNOWN,
    Breakdown.UNUSABLE: Failure.GARBLED,
}


@frozen
class RetryPolicy:
    """``count`` repeats at most, the first after up to ``wait`` seconds, doubling; nothing starts after
    ``deadline`` seconds, 0 meaning no limit.
    """

    count: int = 5
    wait: float = 1.0
    deadline: float = DEADLINE


def decide(
    policy: RetryPolicy,
    kind: Repeatable,
    outcome: Outcome,
    *,
    repeats: int,
    elapsed: float,
    now: float,
    draw: float,
    left: float = inf,
) -> float | None:
    """Seconds to pause before sending again, or None to stop.

    ``repeats``: how many were sent already; ``elapsed``: seconds since the first sending; ``now``: epoch
    seconds, for dates in ``Retry-After``; ``draw``: chance in [0, 1). A ``Retry-After`` is never undercut: if
    it leads past the deadline, stop. ``left``: seconds that are left of a deadline from outside.
    """
    if repeats >= policy.count or not may_repeat(kind, outcome):
        return None
    pause = draw * min(LONGEST_PAUSE, policy.wait * 2**repeats)
    if isinstance(outcome, ApiResponse):
        pause = max(pause, retry_after(outcome.headers, now))
    return pause if elapsed + pause < time_limit(policy) and pause < left else None


def time_limit(policy: RetryPolicy) -> float:
    """The seconds within which a repeat must start and end."""
    return policy.deadline or inf


def failure_of(outcome: Outcome) -> Failure:
    """The table's word for an outcome; FINAL also for an answer that is no failure at all."""
    if isinstance(outcome, NoAnswer):
        return BY_BREAKDOWN[outcome.breakdown]
    return BY_STATUS.get(outcome.status, Failure.FINAL)


def may_repeat(kind: Repeatable, outcome: Outcome) -> bool:
    """Whether sending again is safe and may help."""
    return failure_of(outcome) in REPEATED[kind]


def is_ambiguous(outcome: Outcome) -> bool:
    """Whether the server may have acted although the request counts as failed."""
    if isinstance(outcome, NoAnswer):
        return not outcome.breakdown.never_acted
    return outcome.status >= 500 and outcome.status not in REFUSED_BEFORE_ACTING


def retry_after(headers: Mapping[str, str], now: float) -> float:
    """Seconds that the server asks to wait, from either form of the header; 0 without one, or with one that
    makes no sense.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - now)
