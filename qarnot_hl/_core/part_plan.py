"""How large things are cut for a transfer: ranges of a file, parts of a stream. Pure arithmetic.

Parts of a file are those of ``etag``: of one size, which makes the ETags that the comparison expects.
"""

from __future__ import annotations

from collections.abc import Iterator

from qarnot_hl._core.etag import MAX_PARTS, MIB, PART_SIZE, layouts_for, own_layout

PARALLEL_FROM = 32 * MIB  # bytes from which one object is fetched in several ranges
RANGE = 32 * MIB
EVEN_PARTS = 8_000  # of a stream: so many of the usual size, which last for 62 GiB
LARGE_PART = 128 * MIB  # of a stream, after that, up to 312 GiB

Range = tuple[int, int]  # from the first byte to before the last


def ranges(size: int, step: int) -> Iterator[Range]:
    """Cut ``size`` bytes into pieces of ``step``, the last one shorter."""
    return ((start, min(start + step, size)) for start in range(0, size, step))


def stream_part_size(number: int) -> int:
    """The size of a stream's part, numbered from 1; 0 beyond the last part that an object can have.

    The length of a stream is not known, so that its parts cannot be chosen for it.
    """
    if number > MAX_PARTS:
        return 0
    return PART_SIZE if number <= EVEN_PARTS else LARGE_PART


def parallel_layout(size: int, etag: str) -> int | None:
    """The part size by which ranges of an object can be verified, if it is large enough and was uploaded as ours."""
    layout = own_layout(size)
    return layout if size >= PARALLEL_FROM and layout and layout in layouts_for(size, etag) else None


def range_step(layout: int) -> int:
    """The size of the ranges to fetch: whole parts, some 32 MiB."""
    return layout * max(1, RANGE // layout)


def threads_per_file(threads: int, files: int) -> int:
    """How many parts of one file are to move at a time, so that a few large files use all threads."""
    return max(1, threads // max(1, files))
