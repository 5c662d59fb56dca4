"""The states of a pool (reference 4.2) and what they mean to somebody who waits. Pure.

A state that this version does not know is neither ready nor over: waiting goes on.
"""

from __future__ import annotations

READY = frozenset({"fullyexecuting"})
CLOSED = "Closed"
OVER = frozenset({"closed", "failure"})
ENDING = OVER | {"closing", "pendingdelete"}


def is_in(state: str | None, states: frozenset[str]) -> bool:
    """Whether a state, in any letter case, is one of these."""
    return (state or "").lower() in states
