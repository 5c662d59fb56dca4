"""Where a transfer works: one bucket, how to reach it, how to call the work off. Data only."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from qarnot_hl._s3.parallel import Stop
from qarnot_hl._s3.protocols import S3Client


@attrs.frozen
class Place:
    """One bucket. ``stop`` calls work off; ``say`` gets a line per action."""

    client: S3Client
    bucket: str
    stop: Stop
    say: Callable[[str], object]
