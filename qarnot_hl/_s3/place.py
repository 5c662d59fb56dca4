"""Where a transfer works: one bucket, how to reach it, what to remember, whom to tell, how to stop it. Data only."""

from __future__ import annotations

import threading
from collections.abc import Callable

import attrs

from qarnot_hl._core.sync_events import Event
from qarnot_hl._s3.index import Index
from qarnot_hl._s3.parallel import WORKERS, Stop
from qarnot_hl._s3.plane import Plane


@attrs.frozen
class Place:
    """One bucket. ``stop`` calls work off; ``tell`` gets every event, from any thread; ``now`` counts seconds.

    ``threads``: transfers at a time, ``parts_at_once``: parts of each large one. ``verify``: read every local file,
    whatever the index remembers. ``counting`` guards small sums.
    """

    plane: Plane
    bucket: str
    index: Index
    stop: Stop
    tell: Callable[[Event], object]
    now: Callable[[], float]
    threads: int = WORKERS
    verify: bool = False
    parts_at_once: int = 4
    counting: threading.Lock = attrs.field(factory=threading.Lock)
