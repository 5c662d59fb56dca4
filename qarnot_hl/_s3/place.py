"""Where a transfer works: one bucket, how to reach it, what to remember, whom to tell, how to stop it. Data only."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from qarnot_hl._core.sync_events import Event
from qarnot_hl._s3.index import Index
from qarnot_hl._s3.parallel import Stop
from qarnot_hl._s3.protocols import S3Client


@attrs.frozen
class Place:
    """One bucket. ``stop`` calls work off; ``tell`` gets every event, from any thread; ``now`` counts seconds.

    ``threads``: transfers at a time. ``verify``: read every local file, whatever the index remembers.
    """

    client: S3Client
    bucket: str
    index: Index
    stop: Stop
    tell: Callable[[Event], object]
    now: Callable[[], float]
    threads: int
    verify: bool = False
