"""How far a task is, in a few words: its state, and how many of its instances are where. Pure."""

from __future__ import annotations

from qarnot_hl._core.formats import parse_ranges
from qarnot_hl.status import Status


def instances_by_state(state: str, status: Status | None, running: int, count: int) -> str:
    """Like ``FullyExecuting: 3 running, 5 succeeded, 1 failed of 9``; the state alone where nothing more is told."""
    parts = {
        "running": running,
        "succeeded": _size(status.succeeded_range) if status else 0,
        "failed": _size(status.failed_only_range or status.failed_range) if status else 0,
        "cancelled": _size(status.cancelled_range) if status else 0,
    }
    told = ", ".join(f"{number} {name}" for name, number in parts.items() if number)
    return f"{state}: {told} of {count}" if told else state


def _size(ranges: str | None) -> int:
    """How many instances ranges like ``0-2,5`` name; 0 for what is no range."""
    try:
        return sum(map(len, parse_ranges(ranges or "")))
    except ValueError:
        return 0
