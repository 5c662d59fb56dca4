"""Durations, moments and ranges: every text of the reference reads, nothing else does, and writing is the inverse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl._core.formats import (
    as_timespan,
    count_of,
    format_datetime,
    format_ranges,
    format_timespan,
    ids_of,
    parse_datetime,
    parse_ranges,
    parse_timespan,
)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("00:00:00", timedelta()),
        ("00:03:59", timedelta(minutes=3, seconds=59)),
        ("1.03:16:50.5000000", timedelta(days=1, hours=3, minutes=16, seconds=50, milliseconds=500)),
        ("00:00:25.1000003", timedelta(seconds=25, microseconds=100_000)),
        ("10.00:00:00", timedelta(days=10)),
        ("0.00:00:01", timedelta(seconds=1)),
        ("-00:00:01.5", timedelta(seconds=-1.5)),
        ("-3.00:00:01", -timedelta(days=3, seconds=1)),
        ("10675199.02:48:05.4775807", timedelta(days=10675199, hours=2, minutes=48, seconds=5, microseconds=477580)),
    ],
)
def test_a_timespan_reads_as_the_duration_it_writes(text: str, span: timedelta) -> None:
    assert parse_timespan(text) == span


@pytest.mark.parametrize(
    "text",
    ["", "1", "00:00", "30:00:00", "00:60:00", "00:00:60", "00:00:01junk", " 00:00:01", "00:00:01\n", "0:00:01",
     "00:00:01.12345678", "1d 00:00:00", "٠٠:٠٠:٠٠", "--00:00:01"],
)  # fmt: skip
def test_a_text_that_is_no_timespan_is_refused_and_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="duration") as refused:
        parse_timespan(text)
    assert repr(text) in str(refused.value)


@given(st.timedeltas())
def test_a_timespan_survives_writing_and_reading(span: timedelta) -> None:
    assert parse_timespan(format_timespan(span)) == span


def test_a_timespan_is_written_without_days_and_fraction_that_are_zero() -> None:
    assert format_timespan(timedelta(seconds=1)) == "00:00:01"
    assert format_timespan(timedelta(days=2, microseconds=1)) == "2.00:00:00.0000010"


def test_a_duration_may_be_given_as_timedelta_or_text() -> None:
    assert [as_timespan(v) for v in (timedelta(hours=1), "1.00:00:00")] == ["01:00:00", "1.00:00:00"]
    assert as_timespan(timedelta.max) == "999999999.23:59:59.9999990"


@pytest.mark.parametrize("text", ["an hour", "", "1", "1:00:00", "00:00:01 ", "00:00:01\n", "24:00:00", "1.02:03:04x"])
@pytest.mark.parametrize("kind", [TypeError, ValueError])
def test_a_bad_duration_is_the_documented_type_error_and_a_value_error(text: str, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="duration"):
        as_timespan(text)


@pytest.mark.parametrize("value", [timedelta(microseconds=-1), "-00:00:01", "-999999999.00:00:01"])
def test_a_duration_is_neither_less_than_nothing_nor_endless(value: Any) -> None:
    with pytest.raises(ValueError, match=r"less than nothing|longer time"):
        as_timespan(value)


@pytest.mark.parametrize("value", [None, True, [1], 90, 3.5, float("nan")])
def test_only_a_duration_is_taken_as_one(value: Any) -> None:
    with pytest.raises(TypeError, match="neither a timedelta nor a text"):
        as_timespan(value)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-05-06T07:08:09Z", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)),
        ("2024-05-06T07:08:09.123Z", datetime(2024, 5, 6, 7, 8, 9, 123_000, tzinfo=UTC)),
        ("2024-05-06T07:08:09.1234567Z", datetime(2024, 5, 6, 7, 8, 9, 123_456, tzinfo=UTC)),
        ("2024-05-06T07:08:09", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)),
        ("2024-05-06T07:08:09+02:00", datetime(2024, 5, 6, 5, 8, 9, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00", None),
        ("", None),
        (None, None),
    ],
)
def test_a_moment_reads_as_aware_utc_and_the_year_one_as_unset(text: str | None, moment: datetime | None) -> None:
    assert parse_datetime(text) == moment


@pytest.mark.parametrize("text", ["yesterday", "2024-05-06", "2024-13-06T07:08:09Z", "2024-05-06T07:08:09Zx"])
def test_a_text_that_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"2024|yesterday|month"):
        parse_datetime(text)


@given(st.datetimes(min_value=datetime(2, 1, 1), timezones=st.just(UTC)))
def test_a_moment_survives_writing_and_reading(moment: datetime) -> None:
    assert parse_datetime(format_datetime(moment)) == moment


def test_a_moment_of_another_zone_is_written_in_utc() -> None:
    assert format_datetime(datetime(2024, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))) == "2024-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("0", [0]),
        ("5-9", [5, 6, 7, 8, 9]),
        ("0-2,4-5,17", [0, 1, 2, 4, 5, 17]),
        ("1-6, 15, 20,25-30", [*range(1, 7), 15, 20, *range(25, 31)]),
        ("3,1-4", [1, 2, 3, 4]),
    ],
)
def test_ranges_name_ids_with_inclusive_bounds(text: str, ids: list[int]) -> None:
    assert list(ids_of(text)) == ids
    assert count_of(text) == len(ids)


@pytest.mark.parametrize("text", ["", "a", "3-1", "1-", "-1", "1,,2", "1-2-3", "1.5", "²"])
def test_a_text_that_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="range"):
        parse_ranges(text)


def test_counting_an_enormous_range_does_not_enumerate_it() -> None:
    assert count_of("0-999999999") == 1_000_000_000


@given(st.sets(st.integers(0, 3000), min_size=1))
def test_ids_survive_writing_and_reading(ids: set[int]) -> None:
    assert list(ids_of(format_ranges(ids))) == sorted(ids)


def test_no_ids_are_written_as_nothing() -> None:
    assert format_ranges([]) == ""
