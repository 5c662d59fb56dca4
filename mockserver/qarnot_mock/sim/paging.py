"""Pages of a collection with opaque tokens that stay valid while objects come and go.

A token names the last object of the page before (24 hexadecimal digits, the form seen on the wire), so a page goes on
behind that object wherever it stands now; what is inserted meanwhile neither repeats nor hides others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

import attrs

from qarnot_mock.sim.commands import Json
from qarnot_mock.sim.filters import problem

DEFAULT_PAGE_SIZE = 10
"""Unknown for the real server; the official Python package documents 10."""

Item = TypeVar("Item")


@attrs.frozen
class Mark:
    """Whose tokens they are: those of one kind of object in one world are no tokens elsewhere."""

    seed: int
    kind: str


SortKey = tuple[str | int, int]
"""(value that is ordered by, creation number): the number settles ties and never changes."""


@attrs.frozen
class Page(Generic[Item]):
    """One page, its continuation (None on the last), and how many objects there are in all."""

    items: list[Item]
    next_token: str | None
    total: int


def token(mark: Mark, number: int) -> str:
    """The token of the object with this creation number."""
    return f"{number:08x}{_proof(mark, number)}"


def token_number(mark: Mark, text: str) -> int:
    """The creation number behind a token. Raises a 400 problem for a text that is no token of ours."""
    try:
        number = int(text[:8], 16)
    except ValueError:
        number = -1
    if number < 0 or text != token(mark, number):
        raise problem("token", "The token is not one that this server gave.")
    return number


def _proof(mark: Mark, number: int) -> str:
    return hashlib.sha256(f"{mark.seed}\0page\0{mark.kind}\0{number}".encode()).hexdigest()[:16]


def page(
    items: Sequence[Item],
    sort_key: Callable[[Item], SortKey],
    after: SortKey | None,
    *,
    descending: bool,
    size: int,
    mark: Mark,
) -> Page[Item]:
    """The page behind the position ``after``."""
    ordered = sorted(items, key=sort_key, reverse=descending)
    if after is not None:
        ordered = [item for item in ordered if _behind(sort_key(item), after, descending=descending)]
    chosen = ordered[:size]
    more = len(ordered) > size
    return Page(chosen, token(mark, sort_key(chosen[-1])[1]) if more else None, len(items))


def _behind(key: SortKey, after: SortKey, *, descending: bool) -> bool:
    return key < after if descending else key > after


def size_of(body: Mapping[str, Json], default: int | None = DEFAULT_PAGE_SIZE) -> int | None:
    """``maximumResults`` of a request. Raises a 400 problem when it is not above 0."""
    given = body.get("maximumResults")
    if given is None:
        return default
    if not isinstance(given, int) or given < 1:
        raise problem("maximumResults", "maximumResults must be at least 1.")
    return given
