"""Sends one thing to a bucket, checked: what the storage keeps is what was read, and what was read was one state of it.

Large files go in parts, several at a time; an upload that a crash interrupted goes on where it stopped.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from typing import IO, cast

import attrs

from qarnot_hl._core.etag import PART_SIZE, WHOLE, etag_of, etag_of_parts, layouts_for, part_size_for
from qarnot_hl._core.file_identity import local_file_of, same_file
from qarnot_hl._core.part_plan import Range, ranges, stream_part_size
from qarnot_hl._core.sync_actions import LocalFile
from qarnot_hl._core.sync_events import Moved
from qarnot_hl._s3 import open_uploads
from qarnot_hl._s3.file_part import FilePart, md5_of
from qarnot_hl._s3.index import SEEN
from qarnot_hl._s3.parallel import run_all
from qarnot_hl._s3.place import Place
from qarnot_hl._s3.plane import Body, FileChanged, Stored, UploadGone
from qarnot_hl.exceptions import QarnotGenericException

ATTEMPTS = 3  # at a file that changes while it is read


def put_file(where: Place, key: str, local: LocalFile) -> str:
    """Store a local file; gives its ETag. One that changes meanwhile is sent again, as it is then.

    Raises OSError, or :class:`FileChanged` when it never stays the same.
    """
    for _ in range(ATTEMPTS - 1):
        with contextlib.suppress(FileChanged):
            return _put_file_once(where, key, local)
    return _put_file_once(where, key, local)


def is_still(local: LocalFile) -> bool:
    """Whether a file is what it was when it was looked at."""
    try:
        return same_file(local, local_file_of(local.path, os.stat(local.path)))
    except OSError:
        return False


def _put_file_once(where: Place, key: str, local: LocalFile) -> str:
    with open(local.path, "rb", buffering=0) as file:
        before = local_file_of(local.path, os.fstat(file.fileno()))
        if before.size < PART_SIZE:
            layout, stored = WHOLE, put_bytes(where, key, _all_of(file, before))
        else:
            layout, stored = part_size_for(before.size), _put_parts(where, key, before, file)
        _check_unchanged(before, file, key)
    where.index.remember(before, SEEN if stored.opaque else layout, stored.etag)
    return stored.etag


def put_bytes(where: Place, key: str, content: bytes) -> Stored:
    """Store bytes in one piece. The server's ETag must be theirs, unless it encrypts."""
    where.tell(Moved(key, 0, len(content), 0))
    stored, expected = where.plane.put(where.bucket, key, content), etag_of(content, WHOLE)
    _check(where, key, stored, expected, len(content))
    where.tell(Moved(key, len(content), len(content), len(content)))
    return stored


def put_stream(where: Place, key: str, stream: IO[bytes]) -> None:
    """Store what a binary file object still holds, of whatever length."""
    first = _read_fully(stream, PART_SIZE)
    if len(first) < PART_SIZE:
        put_bytes(where, key, first)
        return
    upload = where.plane.create_upload(where.bucket, key)
    sending = _Sending(where, key, upload, 0)
    try:
        outcomes = run_all(sending.send_piece, _parts_of(stream, first), where.stop, where.parts_at_once)
        for _, error in outcomes.failed:
            raise error
        _complete(where, key, upload, sending)
    except BaseException:
        where.plane.abort_upload(where.bucket, key, upload)
        raise


def _put_parts(where: Place, key: str, local: LocalFile, file: io.FileIO) -> Stored:
    """One more attempt when somebody else completed or dropped the upload that was to be resumed."""
    try:
        return _put_parts_once(where, key, local, file)
    except UploadGone:
        return _put_parts_once(where, key, local, file)


def _put_parts_once(where: Place, key: str, local: LocalFile, file: io.FileIO) -> Stored:
    part_size = part_size_for(local.size)
    with open_uploads.resumed_or_begun(where, key, local, part_size) as (upload, there):
        sending = _Sending(where, key, upload, local.size, there)
        where.tell(Moved(key, 0, local.size, 0))

        def send(item: tuple[int, Range]) -> None:
            number, (start, stop) = item
            part = FilePart(file.fileno(), start, stop)
            sending.send(number, cast(IO[bytes], part), stop - start)

        numbered = list(enumerate(ranges(local.size, part_size), 1))
        outcomes = run_all(send, numbered, where.stop, where.parts_at_once)
        _check_unchanged(local, file, key)
        for _, error in outcomes.failed:
            raise error
        return _complete(where, key, upload, sending)


@attrs.define
class _Piece:
    """A part of a stream; the content is let go when it was sent."""

    number: int
    content: bytes


class _Sending:
    """The parts of one upload on their way; ``there``: the ETags of those that had arrived before, by number."""

    def __init__(self, where: Place, key: str, upload: str, total: int, there: dict[int, str] | None = None) -> None:
        self._where, self._key, self._upload, self._total = where, key, upload, total
        self._there = there or {}
        self._sent = 0
        self.etags: dict[int, str] = {}

    def send(self, number: int, body: Body, size: int) -> None:
        """Send a part, unless it is there."""
        digest = md5_of(body, self._where.stop)
        if self._there.get(number) != digest:
            stored = self._where.plane.put_part(self._where.bucket, self._key, self._upload, number, body)
            _check(self._where, self._key, stored, digest, size)
            self.etags[number] = stored.etag
        self._arrived(number, digest, size)

    def send_piece(self, piece: _Piece) -> None:
        """Send a part of a stream."""
        self.send(piece.number, piece.content, len(piece.content))
        piece.content = b""

    def _arrived(self, number: int, digest: str, size: int) -> None:
        self.etags.setdefault(number, digest)
        with self._where.counting:
            self._sent += size
            sent = self._sent
        self._where.tell(Moved(self._key, sent, max(self._total, sent), size))


def _complete(where: Place, key: str, upload: str, sending: _Sending) -> Stored:
    where.stop.check()
    etags = [sending.etags[number] for number in sorted(sending.etags)]
    stored, expected = where.plane.complete_upload(where.bucket, key, upload, etags), etag_of_parts(etags)
    if expected and stored.etag != expected and not stored.opaque and layouts_for(1, stored.etag):
        raise _damaged(where, key)
    return stored


def _check(where: Place, key: str, stored: Stored, expected: str, size: int) -> None:
    """An ETag that is an md5 must be the content's."""
    if stored.etag != expected and not stored.opaque and layouts_for(size, stored.etag):
        raise _damaged(where, key)


def _damaged(where: Place, key: str) -> QarnotGenericException:
    return QarnotGenericException(f"{key!r} was damaged on the way to bucket {where.bucket!r}: upload it again")


def _check_unchanged(before: LocalFile, file: io.FileIO, key: str) -> None:
    if not same_file(before, local_file_of(before.path, os.fstat(file.fileno()))):
        raise FileChanged(
            f"{before.path} changed while it was uploaded as {key!r}", next_step="Upload it again when it is complete."
        )


def _all_of(file: io.FileIO, local: LocalFile) -> bytes:
    content = file.read(local.size + 1) or b""
    while len(content) <= local.size and (more := file.read(PART_SIZE)):
        content += more
    return content


def _parts_of(stream: IO[bytes], first: bytes) -> Iterator[_Piece]:
    number, content = 1, first
    while content:
        yield _Piece(number, content)
        number, size = number + 1, stream_part_size(number + 1)
        content = _read_fully(stream, size or 1)
        if content and not size:
            raise QarnotGenericException(
                "the stream is longer than an upload of unknown length can be", next_step="Write it to a file first."
            )


def _read_fully(stream: IO[bytes], size: int) -> bytes:
    """So many bytes, or what is left: one reading may give less than it was asked for."""
    pieces: list[bytes] = []
    while size > 0 and (piece := stream.read(size)):
        if not isinstance(piece, bytes | bytearray | memoryview):
            raise TypeError("the file object gives text: open it in binary mode ('rb')")
        pieces.append(bytes(piece))
        size -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
