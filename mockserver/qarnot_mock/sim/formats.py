"""Instants and durations as the wire writes them, and back (reference, section 5). No clock is read here."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from qarnot_mock.sim.commands import Instant

SECOND = 1_000_000
"""Microseconds in a second: instants and durations are integers of microseconds everywhere in the simulation."""

UNSET_DATE = "0001-01-01T00:00:00Z"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIMESPAN = re.compile(r"(-)?(?:(\d+)\.)?(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,7}))?")
_DATETIME = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?(Z|[+-]\d\d:\d\d)?")


def microseconds(seconds: float) -> int:
    """A duration given in seconds, as the simulation keeps it."""
    return round(seconds * SECOND)


def date_text(instant: Instant | None) -> str:
    """``2026-01-31T12:00:00Z``, with six digits of fraction when there is one; None is the unset date."""
    if instant is None:
        return UNSET_DATE
    moment = _EPOCH + timedelta(microseconds=instant)
    return moment.replace(tzinfo=None).isoformat() + "Z"


def date_instant(text: str) -> Instant | None:
    """The instant of an ISO 8601 text (no zone means UTC); None when it is no date."""
    match = _DATETIME.fullmatch(text.strip())
    if match is None:
        return None
    stem, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(stem + (zone or "Z").replace("Z", "+00:00"))
    except ValueError:
        return None
    return (moment - _EPOCH) // timedelta(microseconds=1) + int((fraction or "").ljust(6, "0")[:6])


def timespan_text(duration: int) -> str:
    """``[d.]hh:mm:ss[.fffffff]`` of a number of microseconds, as .NET writes it."""
    sign = "-" if duration < 0 else ""
    seconds, fraction = divmod(abs(duration), SECOND)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    text = f"{sign}{f'{days}.' if days else ''}{hour:02}:{minute:02}:{second:02}"
    return f"{text}.{fraction:06}0" if fraction else text


def timespan_duration(text: str) -> int | None:
    """The microseconds of a .NET timespan; None when it is none (hours to 23, minutes and seconds to 59)."""
    match = _TIMESPAN.fullmatch(text.strip())
    if match is None:
        return None
    sign, days, hours, minutes, seconds, fraction = match.groups()
    if int(hours) > 23 or int(minutes) > 59 or int(seconds) > 59:
        return None
    whole = ((int(days or 0) * 24 + int(hours)) * 60 + int(minutes)) * 60 + int(seconds)
    duration = whole * SECOND + int((fraction or "").ljust(6, "0")[:6])
    return -duration if sign else duration
