"""Whether a request is sent again, and after how long. Pure: elapsed time and chance are arguments.

======== ================================================ =========== ============== ==================
class    operations                                       never sent  429, 503       anything transient
======== ================================================ =========== ============== ==================
READ     every GET; the listings that are POST            again       again          again
REPEAT   PUT, PATCH, DELETE, the periodic snapshot        again       again          again
ONCE     every other POST: creations, abort, fresh output again       again          stop
======== ================================================ =========== ============== ==================

"Anything transient" is a broken connection, a read timeout, 500, 502 and 504: the server may have acted. A
429 or a 503 says that it did not (inferred: both are answered before the work is taken up). REPEAT operations
set a state or remove a thing, so a second time changes nothing. Reading fresh output consumes it: a repeat
would hide the loss.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum

from attrs import frozen

from qarnot_hl._core.exchange import ApiResponse, Breakdown, NoAnswer, Outcome

REFUSED_BEFORE_ACTING = frozenset({429, 503})
TRANSIENT = REFUSED_BEFORE_ACTING | {500, 502, 504}
LONGEST_PAUSE = 30.0
DEADLINE = 300.0


class Repeatable(Enum):
    """What a second sending of the same request could do."""

    READ = "nothing"
    REPEAT = "the same once more, without further effect"
    ONCE = "act twice"


LISTINGS_BY_POST = frozenset({"search", "paginate"})
BY_METHOD = {
    "GET": Repeatable.READ,
    "HEAD": Repeatable.READ,
    "PUT": Repeatable.REPEAT,
    "PATCH": Repeatable.REPEAT,
    "DELETE": Repeatable.REPEAT,
    "POST": Repeatable.ONCE,
}


def repeatable(method: str, operation: str) -> Repeatable:
    """The class of an operation, by its method and operationId."""
    if operation.rsplit("_", 1)[-1] in LISTINGS_BY_POST:
        return Repeatable.READ
    if operation == "task_snapshot_periodic":
        return Repeatable.REPEAT
    return BY_METHOD.get(method.upper(), Repeatable.ONCE)


@frozen
class RetryPolicy:
    """``count`` repeats at most, the first after up to ``wait`` seconds, doubling; nothing starts after
    ``deadline`` seconds.
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
) -> float | None:
    """Seconds to pause before sending again, or None to stop.

    ``repeats``: how many were sent already; ``elapsed``: seconds since the first sending; ``now``: epoch
    seconds, for dates in ``Retry-After``; ``draw``: chance in [0, 1). A ``Retry-After`` is never undercut: if
    it leads past the deadline, stop.
    """
    if repeats >= policy.count or not may_repeat(kind, outcome):
        return None
    pause = draw * min(LONGEST_PAUSE, policy.wait * 2**repeats)
    if isinstance(outcome, ApiResponse):
        pause = max(pause, retry_after(outcome.headers, now))
    return pause if elapsed + pause <= policy.deadline else None


def may_repeat(kind: Repeatable, outcome: Outcome) -> bool:
    """Whether sending again is safe and may help."""
    if isinstance(outcome, NoAnswer):
        if outcome.breakdown is Breakdown.UNTRUSTED:
            return False
        if outcome.breakdown is Breakdown.UNUSABLE:
            return kind is Repeatable.READ
        return outcome.breakdown.never_acted or kind is not Repeatable.ONCE
    return outcome.status in (REFUSED_BEFORE_ACTING if kind is Repeatable.ONCE else TRANSIENT)


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
