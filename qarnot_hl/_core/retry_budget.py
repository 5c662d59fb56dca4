"""How many repeats a connection may still send, so that many callers together cannot amplify an outage. Pure.

A repeat takes one. A success gives back a tenth, and time one a second, up to the size. So over any time t with s
successes at most ``size + t + s / 10`` repeats are sent, however many calls fail.
"""

from __future__ import annotations

from attrs import evolve, frozen

PER_SUCCESS = 0.1
PER_SECOND = 1.0


@frozen
class RetryBudget:
    """``size``: the most it can hold; 0 means no limit. ``at``: seconds of the stopwatch when ``left`` was true."""

    size: float
    left: float
    at: float

    @classmethod
    def full(cls, size: float, now: float) -> RetryBudget:
        """One that nothing was taken from."""
        return cls(size, size, now)

    def after_repeat(self, now: float) -> RetryBudget | None:
        """What is left when one repeat is sent now; None when none may be."""
        if self.size == 0:
            return self
        left = self.at_time(now).left - 1
        return RetryBudget(self.size, left, max(now, self.at)) if left >= 0 else None

    def after_success(self) -> RetryBudget:
        """What is left after a request that got an answer."""
        return evolve(self, left=min(self.size, self.left + PER_SUCCESS))

    def at_time(self, now: float) -> RetryBudget:
        """The same, later; a stopwatch never runs backwards, and if it does nothing is given."""
        given = max(0.0, now - self.at) * PER_SECOND
        return RetryBudget(self.size, min(self.size, self.left + given), max(now, self.at))
