"""An object's bytes as a row of pieces, so that joining the parts of an upload copies nothing. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

Content = bytes | Sequence[bytes]
"""Bytes, or several that follow each other."""

PORTION = 1024**2

Span = tuple[int, int, int]
"""Which piece, and ``[start, stop)`` within it."""


def pieces_of(content: Content) -> tuple[bytes, ...]:
    """The content as pieces, none of them copied."""
    return (content,) if isinstance(content, bytes) else tuple(content)


def spans(sizes: Iterable[int], start: int, stop: int) -> Iterator[Span]:
    """What the bytes ``[start, stop)`` of the whole take from each piece."""
    position = 0
    for number, size in enumerate(sizes):
        first, last = max(start - position, 0), min(stop - position, size)
        if first < last:
            yield number, first, last
        position += size


def portions(sizes: Iterable[int], start: int, stop: int) -> Iterator[Span]:
    """:func:`spans`, none larger than a megabyte."""
    for number, first, last in spans(sizes, start, stop):
        for begin in range(first, last, PORTION):
            yield number, begin, min(begin + PORTION, last)


def cut(pieces: Sequence[bytes], start: int, stop: int | None) -> bytes:
    """The bytes ``[start, stop)`` of the whole; a single whole piece is not copied."""
    if len(pieces) == 1:
        return pieces[0] if start == 0 and stop is None else pieces[0][start:stop]
    end = sum(map(len, pieces)) if stop is None else stop
    return b"".join([pieces[number][first:last] for number, first, last in spans(map(len, pieces), start, end)])


def md5_of(pieces: Iterable[bytes]) -> str:
    """The md5 of the whole in hex: the ETag of an object that was put at once."""
    digest = hashlib.md5(usedforsecurity=False)
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
