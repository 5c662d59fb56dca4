"""How large things are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl._core.etag import MAX_PARTS, MIB, PART_SIZE, WHOLE, etag_of, etag_of_parts, part_size_for
from qarnot_hl._core.part_plan import parallel_layout, range_step, ranges, stream_part_size, threads_per_file

GIB = 1024 * MIB


@given(st.integers(0, 10**6), st.integers(1, 10**5))
def test_ranges_cover_everything_once(size: int, step: int) -> None:
    cut = list(ranges(size, step))
    assert [start for start, _ in cut] == list(range(0, size, step))
    assert all(stop == following for (_, stop), (following, _) in pairwise(cut))
    assert (cut[-1][1] if cut else 0) == size


@pytest.mark.parametrize("size", [PART_SIZE, 80 * GIB, 5 * 1024 * GIB])
def test_a_file_of_any_size_has_parts_enough(size: int) -> None:
    assert -(-size // part_size_for(size)) <= MAX_PARTS


def test_a_stream_may_be_long() -> None:
    sizes = [stream_part_size(number) for number in range(1, MAX_PARTS + 1)]
    assert sum(sizes) > 300 * GIB
    assert sizes[0] == PART_SIZE
    assert stream_part_size(MAX_PARTS + 1) == 0


@pytest.mark.parametrize(
    ("size", "etag", "layout"),
    [
        (40 * MIB, f"{'0' * 32}-5", PART_SIZE),
        (40 * MIB, f"{'0' * 32}-4", None),  # parts of another size
        (40 * MIB, "0" * 32, None),  # one md5 of the whole
        (9 * MIB, f"{'0' * 32}-2", None),  # too small to be worth it
        (40 * MIB, "opaque", None),
    ],
)
def test_ranges_are_fetched_where_they_can_be_verified(size: int, etag: str, layout: int | None) -> None:
    assert parallel_layout(size, etag) == layout


def test_a_range_is_made_of_whole_parts() -> None:
    assert range_step(PART_SIZE) == 4 * PART_SIZE
    assert range_step(512 * MIB) == 512 * MIB


@pytest.mark.parametrize(("threads", "files", "each"), [(8, 1, 8), (8, 4, 2), (8, 5000, 1), (8, 0, 8), (1, 3, 1)])
def test_few_files_share_all_threads(threads: int, files: int, each: int) -> None:
    assert threads_per_file(threads, files) == each


def test_the_etag_of_parts_is_that_of_the_whole_and_needs_their_md5s() -> None:
    parts = [b"1" * 100, b"2" * 100, b"3"]
    etags = [etag_of(part, WHOLE) for part in parts]
    assert etag_of_parts(etags) == etag_of(b"".join(parts), 100)
    assert etag_of_parts([*etags, "encrypted"]) is None
