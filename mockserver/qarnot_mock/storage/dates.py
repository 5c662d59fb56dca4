"""Instants as S3 writes them: ISO with milliseconds in XML, RFC 1123 in headers. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

from qarnot_mock.sim.commands import Instant

_SECOND = 1_000_000


def iso(instant: Instant) -> str:
    """For example ``2026-01-31T23:59:59.123Z``."""
    second, fraction = divmod(instant, _SECOND)
    return f"{_iso_second(second)}.{fraction // 1000:03d}Z"


@lru_cache(maxsize=4096)
def _iso_second(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"


def http_date(instant: Instant) -> str:
    """For example ``Sat, 31 Jan 2026 23:59:59 GMT``."""
    return _http_second(instant // _SECOND)


@lru_cache(maxsize=4096)
def _http_second(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True)


def parse_http_date(text: str) -> int | None:
    """Epoch seconds, or None for what is not a date: conditions on such a date are ignored, as HTTP says."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def seconds(instant: Instant) -> int:
    return instant // _SECOND
