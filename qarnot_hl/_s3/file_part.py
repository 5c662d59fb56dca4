"""One part of an open local file as the body of a request: in memory while it is small, else read as it is sent."""

from __future__ import annotations

import hashlib
import io
import os
from typing import IO, cast

from qarnot_hl._core.etag import MIB, PART_SIZE
from qarnot_hl._s3.parallel import Stop
from qarnot_hl._s3.plane import Body, FileChanged


def file_part(descriptor: int, start: int, stop: int) -> Body:
    """The bytes ``[start, stop)``, wherever the file stands. Raises :class:`FileChanged` when it is too short."""
    if stop - start > PART_SIZE:
        return cast(IO[bytes], _Window(descriptor, start, stop))
    pieces: list[bytes] = []
    while start < stop:
        piece = os.pread(descriptor, stop - start, start)
        if not piece:
            raise FileChanged("the file became shorter while it was uploaded")
        pieces.append(piece)
        start += len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def md5_of(body: Body, stop: Stop) -> str:
    """The md5 of a body in hex; a file is put back to its beginning."""
    digest = hashlib.md5(usedforsecurity=False)
    if isinstance(body, bytes):
        digest.update(body)
        return digest.hexdigest()
    while chunk := body.read(MIB):
        stop.check()
        digest.update(chunk)
    body.seek(0)
    return digest.hexdigest()


class _Window(io.RawIOBase):
    def __init__(self, descriptor: int, start: int, stop: int) -> None:
        self._descriptor, self._start, self._size = descriptor, start, stop - start
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, origin + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def __len__(self) -> int:
        return self._size

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        piece = os.pread(
            self._descriptor, min(len(view), max(0, self._size - self._position)), self._start + self._position
        )
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)
