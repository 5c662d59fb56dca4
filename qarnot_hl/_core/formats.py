"""The texts by which the API writes durations, moments and ranges (reference 5), and their values. Pure and
strict: a text that is not of its format raises ValueError that quotes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

TIMESPAN = re.compile(r"(-)?(?:(\d{1,9})\.)?(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,7}))?", re.ASCII)
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?", re.ASCII)
RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?", re.ASCII)


def parse_timespan(text: str) -> timedelta:
    """A duration from ``[-][d.]hh:mm:ss[.fffffff]``. Ticks of 100 ns are cut to microseconds."""
    match = TIMESPAN.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a duration like 1.02:03:04.5")
    sign, days, hours, minutes, seconds, fraction = match.groups()
    if int(hours) > 23 or int(minutes) > 59 or int(seconds) > 59:
        raise ValueError(f"{text!r} is not a duration: at most 23 hours, 59 minutes, 59 seconds, and days in front")
    span = timedelta(
        days=int(days or 0),
        hours=int(hours),
        minutes=int(minutes),
        seconds=int(seconds),
        microseconds=int((fraction or "").ljust(6, "0")[:6]),
    )
    if sign and span > -timedelta.min:
        raise ValueError(f"{text!r} is a longer time than can be held")
    return -span if sign else span


def format_timespan(span: timedelta) -> str:
    """The shortest text of a duration: days and fraction only when there are any."""
    sign, size = ("-", -span) if span < timedelta() else ("", span)
    minutes, seconds = divmod(size.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{size.days}." if size.days else ""
    fraction = f".{size.microseconds:06d}0" if size.microseconds else ""
    return f"{sign}{days}{hours:02d}:{minutes:02d}:{seconds:02d}{fraction}"


class BadTimespan(ValueError, TypeError):
    """A text that is no duration, or less than nothing. Documented as a TypeError, and by its nature a ValueError."""


def as_timespan(value: timedelta | str) -> str:
    """The text of how long something lasts: a timedelta, or such a text, which stays as it is.

    Raises :class:`BadTimespan` for a text that is none and for less than nothing, TypeError for another kind of value.
    """
    if not isinstance(value, timedelta | str):
        raise TypeError(f"{value!r} is neither a timedelta nor a text like 1.02:03:04.5")
    try:
        span = value if isinstance(value, timedelta) else parse_timespan(value)
    except OverflowError:
        raise BadTimespan(f"{value!r} is a longer time than can be held") from None
    except ValueError as error:
        raise BadTimespan(str(error)) from None
    if span < timedelta():
        raise BadTimespan(f"{value!r} is less than nothing")
    return value if isinstance(value, str) else format_timespan(span)


def parse_datetime(text: str | None) -> datetime | None:
    """A moment in UTC; None for None, for an empty text, and for the year 1, by which the API writes "unset".

    A text without a zone is UTC. Digits beyond microseconds are cut.
    """
    if not text:
        return None
    match = MOMENT.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a moment like 2024-05-06T07:08:09Z")
    date, time, fraction, zone = match.groups()
    if date.startswith("0001-"):
        return None
    micros = (fraction or "").ljust(6, "0")[:6]
    offset = "+00:00" if zone in (None, "Z") else zone
    return datetime.fromisoformat(f"{date}T{time}.{micros}{offset}").astimezone(UTC)


def format_datetime(moment: datetime) -> str:
    """A moment in UTC with ``Z``; a naive one counts as UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    text = aware.replace(tzinfo=None).isoformat(timespec="microseconds" if aware.microsecond else "seconds")
    return f"{text}Z"


def parse_ranges(text: str) -> tuple[range, ...]:
    """Ranges of instance ids from ``0-2,5``: bounds inclusive, in the given order, blanks around commas
    tolerated.
    """
    return tuple(_range(part.strip(), text) for part in text.split(","))


def _range(part: str, text: str) -> range:
    match = RANGE.fullmatch(part)
    if not match:
        raise ValueError(f"{text!r} is not a list of ranges like 0-2,5: {part!r} is neither a number nor a-b")
    first = int(match[1])
    last = int(match[2]) if match[2] is not None else first
    if last < first:
        raise ValueError(f"{text!r} is not a list of ranges: {part!r} ends before it begins")
    return range(first, last + 1)


def ids_of(text: str) -> Iterator[int]:
    """The instance ids that ranges name, each once, ascending."""
    return iter(sorted({number for part in parse_ranges(text) for number in part}))


def count_of(text: str) -> int:
    """How many instances the ranges name; one that is named twice counts once."""
    return sum(len(part) for part in merged(parse_ranges(text)))


def merged(ranges: Iterable[range]) -> tuple[range, ...]:
    """The same ids as the fewest ranges, ascending."""
    result: list[range] = []
    for part in sorted(ranges, key=lambda r: (r.start, r.stop)):
        if not part:
            continue
        if result and part.start <= result[-1].stop:
            result[-1] = range(result[-1].start, max(result[-1].stop, part.stop))
        else:
            result.append(part)
    return tuple(result)


def format_ranges(ids: Iterable[int]) -> str:
    """The text of ids: ascending, neighbours joined. The empty text for none."""
    parts = merged(range(number, number + 1) for number in ids)
    return ",".join(str(p.start) if len(p) == 1 else f"{p.start}-{p.stop - 1}" for p in parts)
