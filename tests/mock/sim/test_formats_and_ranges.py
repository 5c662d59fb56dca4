"""Wire formats: dates, timespans, ranges, identifiers."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.sim import ids, ranges
from qarnot_mock.sim.formats import SECOND, date_instant, date_text, timespan_duration, timespan_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "00:00:00"),
        (239, "00:03:59"),
        (98_210.5, "1.03:16:50.5000000"),
        (25.1, "00:00:25.1000000"),
        (12 * 86_400, "12.00:00:00"),
        (-61, "-00:01:01"),
    ],
)
def test_a_timespan_is_written_as_dotnet_does(seconds: float, text: str) -> None:
    assert timespan_text(round(seconds * SECOND)) == text


@pytest.mark.parametrize(
    "text", ["30:00:00", "00:60:00", "00:00:60", "1:2", "", "soon", "00:00:00x", "1.2.00:00:00", "00:00:00.12345678"]
)
def test_what_is_no_timespan_is_not_read_as_one(text: str) -> None:
    assert timespan_duration(text) is None


def test_the_seventh_digit_of_a_timespan_is_below_our_resolution() -> None:
    assert timespan_duration("00:00:25.1000003") == 25_100_000
    assert timespan_duration("0.00:00:01") == SECOND


@given(st.integers(-(10**15), 10**15))
def test_a_timespan_survives_a_round_trip(duration: int) -> None:
    assert timespan_duration(timespan_text(duration)) == duration


@given(st.integers(-62_135_596_800 * SECOND, 250_000_000_000 * SECOND))
def test_a_date_survives_a_round_trip(instant: int) -> None:
    assert date_instant(date_text(instant)) == instant


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_date_is_read_as_the_standard_library_reads_it(moment: datetime) -> None:
    instant = date_instant(moment.isoformat())
    assert instant is not None
    assert datetime.fromisoformat(date_text(instant)) == moment


def test_an_unset_date_is_the_minimum() -> None:
    assert date_text(None) == "0001-01-01T00:00:00Z"


@pytest.mark.parametrize("text", ["", "yesterday", "2023-13-01T00:00:00Z", "2023-01-01", "2023-01-01T00:00:00Zjunk"])
def test_what_is_no_date_is_not_read_as_one(text: str) -> None:
    assert date_instant(text) is None


def test_ranges_are_inclusive_and_tolerate_spaces() -> None:
    assert ranges.parse("0-2, 4-5,17") == (0, 1, 2, 4, 5, 17)


@pytest.mark.parametrize("text", ["", "a", "1-", "-1", "3-2", "1,,2", "1;2", "0-2,2", "1.5"])
def test_a_bad_range_is_refused(text: str) -> None:
    with pytest.raises(ranges.RangeError):
        ranges.parse(text)


def test_a_range_holds_at_most_2048_instances() -> None:
    assert len(ranges.parse("1-2048")) == 2048
    with pytest.raises(ranges.RangeLengthError):
        ranges.parse("0-2048")
    with pytest.raises(ranges.RangeLengthError):
        ranges.parse("0-999999999")


@given(st.sets(st.integers(0, 300), min_size=1))
def test_ranges_survive_a_round_trip(numbers: set[int]) -> None:
    assert set(ranges.parse(ranges.text(numbers))) == numbers


def test_no_instances_are_an_empty_range() -> None:
    assert ranges.text([]) == ""


@given(st.integers(), st.text(), st.integers(1, 10**6))
def test_identifiers_are_uuids_of_version_4(seed: int, tenant: str, counter: int) -> None:
    text = ids.uuid_text(seed, tenant, "task", counter)
    assert UUID(text).version == 4
    assert str(UUID(text)) == text


def test_identifiers_depend_on_every_argument() -> None:
    arguments = [
        (1, "a", "task", 1),
        (2, "a", "task", 1),
        (1, "b", "task", 1),
        (1, "a", "upload", 1),
        (1, "a", "task", 2),
    ]
    assert len({ids.uuid_text(*each) for each in arguments}) == len(arguments)
    assert ids.uuid_text(1, "a", "task", 1) == ids.uuid_text(1, "a", "task", 1)
    assert re.fullmatch("[a-z0-9]{4}", ids.short_text(1, "a", "snapshot", 1))
