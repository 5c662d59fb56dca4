"""The ETag rule, against hashlib, the transfer engine's own part sizes, and any way of cutting the content up."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from s3transfer.utils import ChunksizeAdjuster

from qarnot_hl._core.etag import (
    MIB,
    PART_SIZE,
    WHOLE,
    EtagHasher,
    etag_of,
    etags_of,
    layouts_for,
    own_layout,
    part_size_for,
    unquoted,
)


def test_below_8_mib_it_is_the_md5() -> None:
    assert etag_of(b"hello") == hashlib.md5(b"hello").hexdigest()
    assert etag_of(b"") == "d41d8cd98f00b204e9800998ecf8427e"


def test_exactly_8_mib_is_one_part() -> None:
    content = bytes(PART_SIZE)
    assert etag_of(content) == hashlib.md5(hashlib.md5(content).digest()).hexdigest() + "-1"


def test_from_8_mib_on_it_is_the_md5_of_the_parts() -> None:
    content = bytes(PART_SIZE) + b"rest"
    digests = hashlib.md5(content[:PART_SIZE]).digest() + hashlib.md5(b"rest").digest()
    assert etag_of(content) == hashlib.md5(digests).hexdigest() + "-2"


@given(st.binary(max_size=200), st.integers(1, 50), st.lists(st.integers(1, 60), max_size=20))
def test_chunks_do_not_matter(content: bytes, part_size: int, cuts: list[int]) -> None:
    hasher = EtagHasher(part_size)
    rest = content
    for cut in cuts:
        hasher.update(rest[:cut])
        rest = rest[cut:]
    hasher.update(rest)
    parts = [content[start : start + part_size] for start in range(0, len(content), part_size)] or [b""]
    digests = b"".join(hashlib.md5(part).digest() for part in parts)
    assert hasher.etag() == f"{hashlib.md5(digests).hexdigest()}-{len(parts)}"


@given(st.integers(0, 5 * 1024**4))
def test_part_sizes_are_those_of_the_transfer_engine(size: int) -> None:
    assert part_size_for(size) == ChunksizeAdjuster().adjust_chunksize(PART_SIZE, size)


@pytest.mark.parametrize(
    ("size", "etag", "layouts"),
    [
        (10, "0" * 32, (WHOLE,)),
        (10, "0" * 32 + "-1", (10,)),
        (0, "0" * 32 + "-1", (1,)),
        (20 * MIB, "0" * 32 + "-3", (8 * MIB, 7 * MIB, 9 * MIB)),
        (20 * MIB, "0" * 32 + "-4", (5 * MIB, 6 * MIB)),
        (20 * MIB, "0" * 32 + "-20", ()),
        (10, "not-a-digest", ()),
        (10, "", ()),
    ],
)
def test_an_etag_tells_in_which_layouts_to_hash(size: int, etag: str, layouts: tuple[int, ...]) -> None:
    assert layouts_for(size, etag) == layouts


@given(st.integers(0, 100 * MIB))
def test_our_own_layout_is_always_the_first_to_try(size: int) -> None:
    layout = own_layout(size)
    parts = "" if layout == WHOLE else f"-{max(1, -(-size // layout))}"
    first = layouts_for(size, "a" * 32 + parts)[0]
    assert first == layout or parts == "-1"


def test_one_pass_gives_the_etags_of_several_layouts() -> None:
    both = etags_of([b"ab", b"c"], [WHOLE, 2])
    assert both == etags_of([b"abc"], [WHOLE]) | etags_of([b"abc"], [2])


def test_quotes_are_not_part_of_it() -> None:
    assert unquoted('"abc"') == "abc"
