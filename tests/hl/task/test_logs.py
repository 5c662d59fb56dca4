"""Lines of output: however it is cut, lost or dropped, each line is told once."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl._core.logs import (
    GAP,
    REMEMBERED,
    Line,
    LineMerger,
    by_instance,
    last_lines,
    split_line,
    unseen_part,
    whole_lines,
)

TEXT = st.text(alphabet="ab\n>0 \r", max_size=40)


def cut(text: str, places: list[int]) -> list[str]:
    bounds = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[a:b] for a, b in pairwise(bounds)]


@given(TEXT, st.lists(st.integers(0, 1000), max_size=5))
def test_chunks_make_the_same_lines_as_the_whole(text: str, places: list[int]) -> None:
    merger = LineMerger()
    lines = [line for chunk in cut(text, places) for line in merger.feed(chunk)]
    assert lines + merger.rest() == whole_lines(text)
    assert merger.rest() == []


@given(TEXT, st.integers(0, 1000), st.integers(0, 1000))
def test_after_a_lost_answer_the_whole_buffer_completes_the_lines(text: str, a: int, b: int) -> None:
    seen, lost, _ = cut(text, [a, b])
    merger = LineMerger()
    lines = merger.feed(seen) + merger.catch_up(seen + lost) + merger.catch_up(text)
    assert lines + merger.rest() == whole_lines(text)


def test_repeated_lines_are_counted_not_compared() -> None:
    merger = LineMerger()
    assert merger.feed("0> tick\n") == ["0> tick"]
    assert merger.catch_up("0> tick\n" * 3) == ["0> tick"] * 2


def test_they_are_counted_also_when_there_are_more_than_can_be_remembered() -> None:
    tick, merger = "0> tick\n", LineMerger()
    many = 2 * REMEMBERED // len(tick)
    merger.feed(tick * many)
    assert merger.catch_up(tick * (many + 2)) == ["0> tick"] * 2


@given(st.integers(0, 30), st.integers(1, 30))
def test_a_buffer_that_dropped_only_what_was_seen_leaves_no_gap(dropped: int, more: int) -> None:
    lines = [f"0> line {number}" for number in range(31 + more)]
    merger = LineMerger()
    merger.feed("".join(f"{line}\n" for line in lines[:31]))
    assert merger.catch_up("".join(f"{line}\n" for line in lines[dropped:])) == lines[31:]


def test_a_buffer_cut_inside_a_line_still_touches_what_was_seen() -> None:
    stream = "".join(f"0> a line with some length to it, number {number}\n" for number in range(20))
    assert unseen_part(stream[:600], stream[105:], 600) == stream[600:]


def test_a_buffer_that_overran_is_marked() -> None:
    merger = LineMerger()
    merger.feed("0> old\n0> par")
    assert merger.catch_up("0> much later\n") == ["0> par", GAP, "0> much later"]


def test_an_empty_buffer_tells_nothing() -> None:
    merger = LineMerger()
    merger.feed("0> old\n")
    assert merger.catch_up("") == []


def test_following_that_began_late_goes_on_behind_what_it_saw() -> None:
    merger = LineMerger()
    merger.feed("0> second\n")
    assert merger.catch_up("0> first\n0> second\n0> third\n") == ["0> third"]


def test_long_output_is_not_kept() -> None:
    merger = LineMerger()
    for _ in range(3):
        merger.feed("x" * REMEMBERED + "\n")
    assert len(merger._seen) == REMEMBERED


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("3> hello", Line(3, "hello")),
        (" 0> padded", Line(0, "padded")),
        ("12>", Line(12, "")),
        ("1> 2> nested", Line(1, "2> nested")),
        ("no prefix", Line(None, "no prefix")),
        ("", Line(None, "")),
    ],
)
def test_the_instance_is_told_by_the_prefix(line: str, expected: Line) -> None:
    assert split_line(line) == expected


def test_interleaved_lines_are_sorted_by_instance() -> None:
    assert by_instance("0> a\n1> b\n0> c\nloose") == {0: ["a", "c"], 1: ["b"], None: ["loose"]}


def test_the_last_lines() -> None:
    assert last_lines("a\nb\nc\n", 2) == "b\nc"
    assert last_lines("", 2) == ""
