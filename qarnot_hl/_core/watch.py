"""Watching many tasks, pools and jobs at once: in which pages to ask, for what, and what an answer means. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from qarnot_hl._core.filters import ApiFilter, Filters
from qarnot_hl._core.job_fields import COMPLETED
from qarnot_hl._core.pool_state import CLOSED
from qarnot_hl._core.task_state import DELETED, ENDS, FAILURE

PAGE = 500
DOUBTS_AT_ONCE = 20
"""Objects that a round asks for one by one, because a page did not tell what became of them."""

FINAL_STATES: Mapping[str, Sequence[str]] = {"task": ENDS, "pool": (CLOSED, FAILURE), "job": (COMPLETED,)}
"""The states, as the wire spells them, in which nothing more happens to each kind of object (reference 4)."""


def has_ended(noun: str, state: str | None) -> bool:
    """Whether nothing more will happen; a state that this version does not know never says so."""
    known = {*FINAL_STATES[noun], DELETED}
    return (state or "").lower() in {name.lower() for name in known}


def ended_among(noun: str, uuids: Sequence[str]) -> ApiFilter:
    """Those of the objects that have ended: their page is short while they run."""
    return Filters.node_and([Filters.inside("State", FINAL_STATES[noun]), Filters.inside("Uuid", uuids)])


def pages(uuids: Iterable[str], size: int = PAGE) -> Iterator[list[str]]:
    """The uuids in pages."""
    remaining = iter(uuids)
    while page := list(islice(remaining, size)):
        yield page


def doubtful(noun: str, asked: Sequence[str], states: Mapping[str, str | None]) -> list[str]:
    """Those to be looked at one by one after all were asked for their state: the ones that are not there, and may be
    gone, and the ones that have ended, unless a page of ended ones brings them.
    """
    return [uuid for uuid in asked if uuid not in states or has_ended(noun, states[uuid])]
