"""What a block of code allows the calls inside it: a deadline for all of them together, and other retry settings.

Kept for each thread and each asynchronous task by itself. Whoever sends, repeats or pauses asks ``current()``; REST
calls, polls and transfers read the same one. No I/O; the stopwatch is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf

from attrs import evolve, frozen

from qarnot_hl._core.retry import RetryPolicy
from qarnot_hl._core.settings import Settings


@frozen
class Limits:
    """``until``: the instant on ``stopwatch`` at which the time is over. What is None is left as the connection has it.

    ``outer``: the limits of the block around; the nearer deadline counts, and for the rest the inner block.
    """

    until: float = inf
    stopwatch: Callable[[], float] = float
    retry_count: int | None = None
    retry_wait: float | None = None
    timeout: float | None = None
    outer: Limits | None = None

    def left(self) -> float:
        """Seconds until the nearest deadline; at most 0 when it has passed, infinite without one."""
        own = self.until - self.stopwatch() if self.until < inf else inf
        return own if self.outer is None else min(own, self.outer.left())

    def pause(self, seconds: float) -> float:
        """A pause as long as is allowed."""
        return max(0.0, min(seconds, self.left()))

    def policy(self, usual: RetryPolicy) -> RetryPolicy:
        """How to repeat here, apart from the deadline."""
        around = usual if self.outer is None else self.outer.policy(usual)
        count = around.count if self.retry_count is None else self.retry_count
        return evolve(around, count=count, wait=around.wait if self.retry_wait is None else self.retry_wait)

    def settings(self, usual: Settings) -> Settings:
        """The settings of requests here."""
        around = usual if self.outer is None else self.outer.settings(usual)
        return around if self.timeout is None else evolve(around, cluster_timeout=self.timeout)


NO_LIMITS = Limits()
_current: ContextVar[Limits] = ContextVar("qarnot_hl_limits", default=NO_LIMITS)


def current() -> Limits:
    """What is allowed here."""
    return _current.get()


@contextmanager
def limited(
    stopwatch: Callable[[], float],
    deadline: float | None = None,
    retry_count: int | None = None,
    retry_wait: float | None = None,
    timeout: float | None = None,
) -> Iterator[None]:
    """Allow the block no more. ``deadline``: seconds from now. Raises ValueError for a number below 0."""
    given = {"deadline": deadline, "retry_count": retry_count, "retry_wait": retry_wait, "timeout": timeout}
    for name, value in given.items():
        if value is not None and not 0 <= value < inf:
            raise ValueError(f"{name} {value!r} is not a number of at least 0")
    until = inf if deadline is None else stopwatch() + deadline
    token = _current.set(Limits(until, stopwatch, retry_count, retry_wait, timeout, current()))
    try:
        yield
    finally:
        _current.reset(token)
