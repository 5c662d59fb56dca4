"""When an object's snapshot of the server is too old to be shown. Pure: ages come in as arguments."""

from __future__ import annotations

UPDATE_CACHE_TIME = 5.0


def is_stale(
    fetched_at: float | None, now: float, *, auto_update: bool = True, cache_time: float = UPDATE_CACHE_TIME
) -> bool:
    """Whether a property read should fetch first. Times are seconds of one stopwatch.

    Never without ``auto_update``; always when nothing was fetched yet; else once ``cache_time`` seconds have
    passed (0: always).
    """
    if not auto_update:
        return False
    return fetched_at is None or now - fetched_at >= cache_time
