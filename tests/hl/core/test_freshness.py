"""When a property read fetches first."""

from __future__ import annotations

import pytest

from qarnot_hl._core.freshness import is_stale


@pytest.mark.parametrize(
    ("fetched_at", "now", "auto_update", "cache_time", "stale"),
    [
        (None, 0.0, True, 5.0, True),
        (None, 0.0, False, 5.0, False),
        (10.0, 14.9, True, 5.0, False),
        (10.0, 15.0, True, 5.0, True),
        (10.0, 99.0, False, 5.0, False),
        (10.0, 10.0, True, 0.0, True),
        (10.0, 14.0, True, 2.0, True),
    ],
)
def test_a_snapshot_is_stale_after_its_cache_time(
    fetched_at: float | None, now: float, auto_update: bool, cache_time: float, stale: bool
) -> None:
    assert is_stale(fetched_at, now, auto_update=auto_update, cache_time=cache_time) is stale
