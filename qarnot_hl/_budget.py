"""Holds a connection's retry budget for all its threads. Decides nothing: ``_core.retry_budget`` does."""

from __future__ import annotations

import os
from threading import Lock

from qarnot_hl._clock import Clock
from qarnot_hl._core.exchange import NoAnswer, Outcome
from qarnot_hl._core.retry_budget import RetryBudget


class BudgetKeeper:
    """A budget that threads share. A forked child has a lock of its own, since its parent's may be held for ever."""

    def __init__(self, size: int, clock: Clock) -> None:
        self._clock = clock
        self._budget = RetryBudget.full(size, clock.monotonic())
        self._locks: dict[int, Lock] = {}

    def take(self) -> bool:
        """Whether one more repeat may be sent; it then counts as sent."""
        with self._lock:
            rest = self._budget.after_repeat(self._clock.monotonic())
            self._budget = rest or self._budget
        return rest is not None

    def note(self, outcome: Outcome) -> None:
        """Learn how a call ended: an answer that shows a healthy server gives something back."""
        if isinstance(outcome, NoAnswer) or outcome.status == 429 or outcome.status >= 500:
            return
        with self._lock:
            self._budget = self._budget.after_success()

    @property
    def _lock(self) -> Lock:
        return self._locks.setdefault(os.getpid(), Lock())
