"""Circular buffers, fresh reads, prefixes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.sim.output import Ring, TaskOutput

TEXT = st.lists(st.text(alphabet="ab\n", max_size=12), max_size=20)


def test_a_fresh_read_consumes_and_a_full_read_does_not() -> None:
    ring = Ring(100)
    ring.append("one\n")
    assert (ring.text(), ring.fresh(), ring.fresh()) == ("one\n", "one\n", "")
    ring.append("two\n")
    assert (ring.fresh(), ring.text()) == ("two\n", "one\ntwo\n")


def test_the_oldest_lines_are_dropped_at_the_cap() -> None:
    ring = Ring(8)
    for line in ("aaa\n", "bbb\n", "ccc\n"):
        ring.append(line)
    assert ring.text() == "bbb\nccc\n"
    assert ring.fresh() == "bbb\nccc\n"


def test_a_reader_that_fell_behind_gets_what_is_left() -> None:
    ring = Ring(8)
    ring.append("aaa\n")
    assert ring.fresh() == "aaa\n"
    for line in ("bbb\n", "ccc\n", "ddd\n"):
        ring.append(line)
    assert ring.fresh() == "ccc\nddd\n"


def test_a_line_longer_than_the_cap_keeps_its_end() -> None:
    ring = Ring(4)
    ring.append("0123456789")
    assert ring.text() == "6789"


@given(TEXT)
def test_fresh_reads_add_up_to_what_was_written(pieces: list[str]) -> None:
    ring, read = Ring(10_000), ""
    for piece in pieces:
        ring.append(piece)
        read += ring.fresh()
    assert read == ring.text() == "".join(pieces)


@given(TEXT, st.integers(1, 30))
def test_what_is_kept_is_always_an_end_of_what_was_written(pieces: list[str], cap: int) -> None:
    ring = Ring(cap)
    for piece in pieces:
        ring.append(piece)
    assert len(ring.text()) <= cap
    assert "".join(pieces).endswith(ring.text())


def test_lines_of_different_instances_never_mix() -> None:
    output = TaskOutput([0, 1], 1000)
    output.write(0, "hel")
    output.write(1, "other\n")
    output.write(0, "lo\nrest")
    assert output.whole().text() == "1> other\n0> hello\n"
    assert output.instance(0).text() == "hello\nrest"
    output.finish(0)
    output.finish(0)
    assert output.whole().text() == "1> other\n0> hello\n0> rest\n"


def test_ids_are_padded_to_one_width() -> None:
    output = TaskOutput(range(11), 1000)
    output.write(3, "x\n")
    output.write(10, "\n")
    assert output.whole().text() == " 3> x\n10> \n"


def test_whole_and_instance_have_positions_of_their_own() -> None:
    output = TaskOutput([0], 1000)
    output.write(0, "x\n")
    assert output.whole().fresh() == "0> x\n"
    assert output.instance(0).fresh() == "x\n"
    assert output.instance(0).fresh() == ""
