"""The page of memory that shows the time of a run to its processes: two signed 64-bit integers, now and the start."""

from __future__ import annotations

import mmap
from pathlib import Path

from qarnot_mock.sim.commands import Instant


class Page:
    """The writing side. A write is one machine word, so nobody reads half of one."""

    def __init__(self, path: Path, start: Instant) -> None:
        path.write_bytes(bytes(mmap.PAGESIZE))
        with path.open("r+b") as file:
            self._cells = memoryview(mmap.mmap(file.fileno(), 0)).cast("q")
        self._cells[1] = start
        self.show(start)

    def show(self, now: Instant) -> None:
        """Let it be ``now`` for everybody."""
        self._cells[0] = now
