"""Finding one's place in what a circular buffer keeps: lines once and in order, a gap where some were dropped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl._core.log_cursor import OutputLine, OutputReader, Position
from qarnot_mock.sim.output import Ring

CHUNKS = st.lists(st.tuples(st.text("ab\né", max_size=12), st.booleans()), max_size=30)


def numbered(texts: list[str]) -> list[str]:
    """The same pieces of text, with every line made unique, as those of a real program mostly are."""
    count, pieces = 0, []
    for text in texts:
        parts = text.split("\n")
        for index in range(1, len(parts)):
            count += 1
            parts[index] = f"{count}|{parts[index]}"
        pieces.append("\n".join(parts))
    return pieces


def told(lines: list[OutputLine]) -> list[str]:
    return [line.raw for line in lines if not line.is_gap]


@given(CHUNKS, st.booleans())
def test_lines_come_once_and_in_order_through_any_number_of_readers(
    chunks: list[tuple[str, bool]], restarted: bool
) -> None:
    ring, reader = Ring(10_000), OutputReader(Position())
    found: list[OutputLine] = []
    for text, (_, looked) in zip(numbered([text for text, _ in chunks]), chunks, strict=True):
        ring.append(text)
        if looked:
            found += reader.take(ring.text())
        if restarted and found:
            reader = OutputReader(Position.read(found[-1].cursor))
    found += reader.take(ring.text(), is_all=True)
    assert [line.is_gap for line in found] == [False] * len(found)
    assert "\n".join(told(found)) == ring.text().removesuffix("\n")


@given(CHUNKS, st.integers(8, 60))
def test_where_the_buffer_overran_there_is_a_gap_and_nothing_comes_twice(
    chunks: list[tuple[str, bool]], cap: int
) -> None:
    ring, reader = Ring(cap), OutputReader(Position())
    found: list[OutputLine] = []
    pieces = numbered([text for text, _ in chunks])
    for text, (_, looked) in zip(pieces, chunks, strict=True):
        ring.append(text)
        if looked:
            found += reader.take(ring.text())
    found += reader.take(ring.text(), is_all=True)
    written = "".join(pieces).split("\n")
    whole = [line for line in told(found) if "|" in line and line in written]
    later = written[written.index(whole[0]) :] if whole else []
    assert set(later) - {""} <= set(whole) or any(line.is_gap for line in found)
    assert whole == sorted(whole, key=written.index)
    assert len(whole) == len(set(whole))


def test_a_gap_stands_where_lines_are_missing() -> None:
    reader = OutputReader(Position())
    assert told(reader.take("1\n2\n")) == ["1", "2"]
    lines = reader.take("7\n8\n")
    assert [line.is_gap for line in lines] == [True, False, False]
    assert "lost" in lines[0].text
    assert told(reader.take("8\n9\n")) == ["9"]


def test_lines_tell_their_instance_where_they_have_a_prefix() -> None:
    (line,) = OutputReader(Position()).take(" 3> hello\n")
    assert (line.instance_id, line.text, str(line)) == (3, "hello", " 3> hello")
    (line,) = OutputReader(Position(), 7).take(" 3> hello\n")
    assert (line.instance_id, line.text) == (7, " 3> hello")


def test_a_line_waits_for_its_end() -> None:
    reader = OutputReader(Position())
    assert reader.take("hal") == []
    assert told(reader.take("half\nnext")) == ["half"]
    assert told(reader.take("half\nnext", is_all=True)) == ["next"]


def test_a_character_cut_by_the_buffer_is_no_gap() -> None:
    reader = OutputReader(Position())
    reader.take("é1\nb2\n")
    assert [line.is_gap for line in reader.take("\ufffd1\nb2\nc3\n")] == [False]


@pytest.mark.parametrize("text", ["", "x", "Zm9v", "é", "WzIsIDAsICIiXQ=="])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no cursor"):
        Position.read(text)
