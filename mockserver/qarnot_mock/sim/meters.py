"""Counting core time: a meter runs with some cores at once and can be read at any instant, exactly."""

from __future__ import annotations

import attrs

from qarnot_mock.sim.commands import Instant


@attrs.define
class Meter:
    """``used`` core-microseconds up to ``since``, and the ``cores`` that are in use from then on."""

    since: Instant
    used: int = 0
    cores: int = 0

    def turn(self, cores: int, now: Instant) -> None:
        """From now on so many cores more (or, below zero, fewer) are in use."""
        self.used, self.since = self.reading(now), now
        self.cores += cores

    def reading(self, now: Instant) -> int:
        """Core-microseconds up to now."""
        return self.used + self.cores * (now - self.since)
