"""Instance ranges such as ``0-2,4-5,17``: inclusive bounds, spaces tolerated (reference, section 5)."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PART = re.compile(r"\s*([0-9]{1,9})(?:\s*-\s*([0-9]{1,9}))?\s*")
MAXIMUM_INSTANCES = 2048


class RangeError(ValueError):
    """The text is no list of ranges, or it names an instance twice."""


class RangeLengthError(RangeError):
    """The ranges hold more than 2048 instances."""


def parse(text: str) -> tuple[int, ...]:
    """The instance ids of a range text, ascending. Raises :class:`RangeError`, :class:`RangeLengthError`."""
    spans = [_span(part) for part in text.split(",")]
    if sum(last - first + 1 for first, last in spans) > MAXIMUM_INSTANCES:
        raise RangeLengthError(f"more than {MAXIMUM_INSTANCES} instances in {text!r}")
    ids = [number for first, last in spans for number in range(first, last + 1)]
    if len(set(ids)) != len(ids):
        raise RangeError(f"an instance occurs twice in {text!r}")
    return tuple(sorted(ids))


def _span(part: str) -> tuple[int, int]:
    match = _PART.fullmatch(part)
    if match is None:
        raise RangeError(f"{part!r} is neither a number nor a range")
    first = int(match[1])
    last = int(match[2]) if match[2] else first
    if last < first:
        raise RangeError(f"the range {part!r} ends before it begins")
    return first, last


def text(ids: Iterable[int]) -> str:
    """The shortest range text of some ids; empty for none."""
    spans: list[list[int]] = []
    for number in sorted(ids):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)
