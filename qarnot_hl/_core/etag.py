"""The ETag that an upload of ours gives to some bytes, and the ones that other tools may have given to the same bytes.

Pure and streaming: it hashes chunks that somebody else reads. ETags here carry no quotes.
Rule (reference section 6): below 8 MiB the md5 of the content; from 8 MiB on the md5 of the parts' md5 digests, a dash
and the number of parts, with parts of 8 MiB.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

MIB = 1024 * 1024
PART_SIZE = 8 * MIB  # also the size from which an upload is multipart
MAX_PARTS = 10_000  # S3's limit; beyond it the transfer engine doubles the part size
WHOLE = 0  # the layout of an object that was sent in one piece

# Part sizes of other tools, in MiB: tried on an object whose ETag tells its number of parts but not their size.
FOREIGN_PART_SIZES = tuple(
    size * MIB for size in (*range(5, 21), 24, 25, 32, 40, 48, 50, 64, 96, 100, 128, 200, 256, 512, 1024)
)

_MD5 = re.compile(r"[0-9a-f]{32}")
_ETAG = re.compile(r"[0-9a-f]{32}(?:-([1-9][0-9]{0,4}))?")


def unquoted(etag: str) -> str:
    """The ETag as this module writes it: without the quotes that HTTP and boto3 put around it."""
    return etag.strip('"')


def part_size_for(size: int) -> int:
    """The part size in bytes that our upload of ``size`` bytes uses."""
    part_size = PART_SIZE
    while _parts(size, part_size) > MAX_PARTS:
        part_size *= 2
    return part_size


def own_layout(size: int) -> int:
    """How our upload lays out ``size`` bytes: :data:`WHOLE`, or a part size."""
    return WHOLE if size < PART_SIZE else part_size_for(size)


def layouts_for(size: int, etag: str) -> tuple[int, ...]:
    """The layouts in which ``size`` bytes can have this ETag, ours first; none when it is no md5 at all."""
    match = _ETAG.fullmatch(etag)
    if match is None:
        return ()
    if match[1] is None:
        return (WHOLE,)
    parts = int(match[1])
    if parts == 1:
        return (max(size, 1),)
    sizes = dict.fromkeys((part_size_for(size), *FOREIGN_PART_SIZES))
    return tuple(part_size for part_size in sizes if _parts(size, part_size) == parts)


def etags_of(chunks: Iterable[bytes], layouts: Iterable[int]) -> frozenset[str]:
    """The ETags of the content in each of the layouts, in one pass over its chunks."""
    hashers = [EtagHasher(layout) for layout in layouts]
    for chunk in chunks:
        for hasher in hashers:
            hasher.update(chunk)
    return frozenset(hasher.etag() for hasher in hashers)


def etag_of(content: bytes, layout: int | None = None) -> str:
    """The ETag of ``content`` in a layout, by default in the one of our upload."""
    (etag,) = etags_of([content], [own_layout(len(content)) if layout is None else layout])
    return etag


def etag_of_parts(etags: Sequence[str]) -> str | None:
    """The ETag of the object that is made of parts with these ETags; None if they are no md5."""
    if not all(_MD5.fullmatch(etag) for etag in etags):
        return None
    return f"{_md5(b''.join(map(bytes.fromhex, etags))).hexdigest()}-{len(etags)}"


class EtagHasher:
    """Takes chunks of any size and gives the ETag of their concatenation in one layout."""

    def __init__(self, layout: int) -> None:
        self._layout = layout
        self._part = _md5()
        self._room = layout
        self._digests: list[bytes] = []

    def update(self, chunk: bytes | memoryview) -> None:
        """Add bytes at the end."""
        if self._layout == WHOLE:
            self._part.update(chunk)
            return
        view = memoryview(chunk)
        while view:
            taken = view[: self._room]
            self._part.update(taken)
            self._room -= len(taken)
            view = view[len(taken) :]
            if not self._room:
                self._close_part()

    def etag(self) -> str:
        """The ETag of what was added; to be asked once, at the end."""
        if self._layout == WHOLE:
            return self._part.hexdigest()
        if self._room < self._layout or not self._digests:
            self._close_part()
        return f"{_md5(b''.join(self._digests)).hexdigest()}-{len(self._digests)}"

    def _close_part(self) -> None:
        self._digests.append(self._part.digest())
        self._part = _md5()
        self._room = self._layout


def _parts(size: int, part_size: int) -> int:
    return max(1, -(-size // part_size))


def _md5(content: bytes = b"") -> hashlib._Hash:
    return hashlib.md5(content, usedforsecurity=False)
