"""Pages of a listing: prefix, delimiter and markers applied to a store's sorted keys. Pure, given a way to scan.

A group of keys that share a common prefix is skipped in one step, so a page costs its entries, not the keys below them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Generic, Protocol, TypeVar

import attrs


class Keyed(Protocol):
    @property
    def key(self) -> str: ...


Entry = TypeVar("Entry", bound=Keyed)

Scan = Callable[[str], Iterator[Entry]]
"""From a key, the entries that sort after it and have the page's prefix, in byte order."""

_LAST = "\U0010ffff"


@attrs.frozen
class Page(Generic[Entry]):
    """``last`` is the last key or common prefix shown: the next page begins after it."""

    entries: list[Entry]
    common_prefixes: list[str]
    truncated: bool
    last: str


def page(scan: Scan[Entry], prefix: str, delimiter: str, after: str, limit: int) -> Page[Entry]:
    """At most ``limit`` keys and common prefixes that sort after ``after``; 0 gives an empty, complete page."""
    entries: list[Entry] = []
    groups: list[str] = []
    last = after
    if limit == 0:
        return Page(entries, groups, False, last)
    if not delimiter:
        entries = list(islice(scan(after), limit + 1))
        truncated = len(entries) > limit
        del entries[limit:]
        return Page(entries, groups, truncated, entries[-1].key if entries else after)
    for shown in _rolled_up(scan, prefix, delimiter, after):
        if len(entries) + len(groups) == limit:
            return Page(entries, groups, True, last)
        if isinstance(shown, str):
            groups.append(shown)
            last = shown
        else:
            entries.append(shown)
            last = shown.key
    return Page(entries, groups, False, last)


def common_prefix(key: str, prefix: str, delimiter: str) -> str | None:
    """The key up to the first delimiter after the prefix, or None when it has none there."""
    end = key.find(delimiter, len(prefix))
    return None if end < 0 else key[: end + len(delimiter)]


def _rolled_up(scan: Scan[Entry], prefix: str, delimiter: str, after: str) -> Iterator[Entry | str]:
    """Entries, and once per group its common prefix; a group that ``after`` lies in is over."""
    group = common_prefix(after, prefix, delimiter) if after.startswith(prefix) else None
    position = after if group is None else group + _LAST
    while True:
        for entry in scan(position):
            found = common_prefix(entry.key, prefix, delimiter)
            if found is None:
                yield entry
            elif found != group:
                yield found
                group, position = found, found + _LAST
                break
        else:
            return
