"""Fetches one object, checked: it appears under its final name only when it is complete and has its ETag.

Where the connection breaks, the rest is asked for, of the same version only. Large objects come in several ranges at a
time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

import attrs

from qarnot_hl._core.etag import EtagHasher, etag_of_parts, layouts_for
from qarnot_hl._core.file_identity import local_file_of
from qarnot_hl._core.part_plan import Range, parallel_layout, range_step, ranges
from qarnot_hl._core.sync_actions import RemoteFile
from qarnot_hl._core.sync_events import Moved
from qarnot_hl._s3.index import SEEN
from qarnot_hl._s3.parallel import run_all
from qarnot_hl._s3.place import Place
from qarnot_hl._s3.plane import BodyBroken
from qarnot_hl._s3.unfinished import replacing
from qarnot_hl.exceptions import ConnectionFailed, QarnotGenericException

READ_ATTEMPTS = 10  # of one download that makes progress in between


def fetch_file(where: Place, key: str, path: str, listed: RemoteFile | None = None) -> int:
    """Fetch an object to ``path``, whose directory exists; gives its size in bytes.

    The file is replaced at once, when all is there and right. ``listed``: the object as a listing showed it, which
    gives the file its time. Raises :class:`MissingFileException`, or OSError.
    """
    with replacing(path) as file:
        layout = parallel_layout(listed.size, listed.etag) if listed and where.parts_at_once > 1 else None
        got = _fetched_in_ranges(where, listed, layout, file) if listed and layout else None
        got = got or _fetched(where, key, file)
        file.flush()
        if listed and listed.last_modified:
            _set_time(file, listed.last_modified)
    found = local_file_of(path, os.lstat(path))
    for known, etag in got.etags.items():
        where.index.remember(found, known, etag)
    return found.size


@attrs.frozen
class _Reading:
    """What came: the object's ETag, and those that its bytes have, by layout."""

    etag: str
    computed: dict[int, str]

    @property
    def sound(self) -> bool:
        return not self.computed or self.etag in self.computed.values()

    @property
    def etags(self) -> dict[int, str]:
        """What may be remembered of the content: its own ETags, or the one that the server gave it by another rule."""
        right = {layout: etag for layout, etag in self.computed.items() if etag == self.etag}
        return right or {SEEN: self.etag}


def _fetched(where: Place, key: str, file: BinaryIO) -> _Reading:
    """Read an object into a file and check it against its ETag.

    Only a multipart ETag can disagree with a sound file, when its parts had an unusual size: then the object is read
    again, and two equal readings are believed.
    """
    found = _read_object(where, key, file)
    if found.sound:
        return found
    again = _read_object(where, key, file)
    if again.sound or ("-" in again.etag and again == found):
        return again
    raise QarnotGenericException(
        f"{key!r} was damaged on the way from bucket {where.bucket!r}: "
        f"the bytes that came do not have the ETag {again.etag}",
        object_id=where.bucket,
        next_step="Try again; the local file was left as it was.",
    )


def _read_object(where: Place, key: str, file: BinaryIO) -> _Reading:
    file.seek(0)
    file.truncate()
    reading = _Resumed(where, key)
    hashers: dict[int, EtagHasher] = {}
    done = 0
    for chunk in reading.chunks():
        if not done:
            hashers = {layout: EtagHasher(layout) for layout in reading.layouts()}
        file.write(chunk)
        for hasher in hashers.values():
            hasher.update(chunk)
        done += len(chunk)
        where.tell(Moved(key, done, reading.size, len(chunk)))
    if not done:
        hashers = {layout: EtagHasher(layout) for layout in reading.layouts()}
    return _Reading(reading.etag, {layout: hasher.etag() for layout, hasher in hashers.items()})


def _fetched_in_ranges(where: Place, listed: RemoteFile, layout: int, file: BinaryIO) -> _Reading | None:
    """Several ranges at a time; None if the whole does not have the expected ETag."""
    digests: dict[int, str] = {}
    os.truncate(file.fileno(), listed.size)
    where.tell(Moved(listed.key, 0, listed.size, 0))
    counter = _Counter(where, listed)

    def fetch(piece: Range) -> None:
        digest, left, number, position = _md5(), layout, piece[0] // layout, piece[0]
        for chunk in _Resumed(where, listed.key, piece, listed.etag).chunks():
            _write_at(file.fileno(), chunk, position)
            position += len(chunk)
            view = memoryview(chunk)
            while view:
                digest.update(view[:left])
                left, view = left - len(view[:left]), view[left:]
                if not left:
                    digests[number] = digest.hexdigest()
                    digest, left, number = _md5(), layout, number + 1
            counter.add(len(chunk))
        if left < layout:
            digests[number] = digest.hexdigest()

    pieces = list(ranges(listed.size, range_step(layout)))
    for _, error in run_all(fetch, pieces, where.stop, where.parts_at_once).failed:
        raise error
    etag = etag_of_parts([digests[number] for number in sorted(digests)])
    return _Reading(listed.etag, {layout: etag}) if etag and etag == listed.etag else None


class _Counter:
    """Adds up what the ranges of one object bring."""

    def __init__(self, where: Place, listed: RemoteFile) -> None:
        self._where, self._listed, self._done = where, listed, 0

    def add(self, size: int) -> None:
        with self._where.counting:
            self._done += size
            done = self._done
        self._where.tell(Moved(self._listed.key, done, self._listed.size, size))


class _Resumed:
    """The bytes of an object, or of a range of it. ``size`` and ``etag`` are the object's, once the answer is there."""

    def __init__(self, where: Place, key: str, piece: Range | None = None, etag: str | None = None) -> None:
        self._where, self._key, self._piece = where, key, piece
        self.size, self.etag, self._opaque = 0, etag or "", False
        self._condition = etag

    def layouts(self) -> tuple[int, ...]:
        """The layouts to verify it in."""
        return () if self._opaque else layouts_for(self.size, self.etag)

    def chunks(self) -> Iterator[bytes]:
        """Where the connection breaks, the rest is asked for, of the same version only."""
        where, (start, stop) = self._where, self._piece or (0, None)
        position = start
        for _ in range(READ_ATTEMPTS):
            with (
                contextlib.suppress(BodyBroken),
                where.plane.get(where.bucket, self._key, position, stop, self._condition) as answer,
            ):
                self.size, self.etag, self._opaque = answer.size, answer.etag, answer.opaque
                self._condition = answer.etag
                if position == 0 and self._piece is None:
                    where.tell(Moved(self._key, 0, answer.size, 0))
                for chunk in answer.chunks():
                    where.stop.check()
                    position += len(chunk)
                    yield chunk
                return
        raise ConnectionFailed(
            f"the connection broke {READ_ATTEMPTS} times: {position - start} of {(stop or self.size) - start} bytes of "
            f"{self._key!r} came from bucket {where.bucket!r}",
            object_id=where.bucket,
            next_step="Try again; the local file was left as it was.",
        )


def _set_time(file: BinaryIO, last_modified: datetime) -> None:
    """Give the file the object's time; none that lies ahead of the local file system's, which it has now."""
    moment = int(last_modified.timestamp() * 1000) * 1_000_000
    if 0 < moment <= os.fstat(file.fileno()).st_mtime_ns:
        with contextlib.suppress(OSError):
            os.utime(file.fileno(), ns=(moment, moment))


def _write_at(descriptor: int, chunk: bytes, position: int) -> None:
    view = memoryview(chunk)
    while view:
        count = os.pwrite(descriptor, view, position)
        position, view = position + count, view[count:]


def _md5() -> hashlib._Hash:
    return hashlib.md5(usedforsecurity=False)
