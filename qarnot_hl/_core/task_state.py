"""The states of a task (reference 4.1) and what they mean to somebody who waits. Pure.

A state that this version does not know is not final: waiting goes on.
"""

from __future__ import annotations

UNSUBMITTED = "UnSubmitted"
DELETED = "Deleted"
SUCCESS = "Success"
FAILURE = "Failure"
CANCELLED = "Cancelled"
ENDS = (SUCCESS, FAILURE, CANCELLED)
FINAL = frozenset(state.lower() for state in ENDS)


def is_final(state: str | None) -> bool:
    """Whether nothing more will happen. ``PendingCancel`` and ``PendingDelete`` still change."""
    return (state or "").lower() in FINAL
