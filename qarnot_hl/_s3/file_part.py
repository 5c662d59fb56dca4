"""One part of an open local file as the body of a request, read as it is sent: its size costs no memory."""

from __future__ import annotations

import hashlib
import io
import os

from qarnot_hl._core.etag import MIB
from qarnot_hl._s3.parallel import Stop
from qarnot_hl._s3.plane import Body, FileChanged


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


class FilePart(io.RawIOBase):
    """The bytes ``[start, stop)``, wherever the file itself stands. Raises :class:`FileChanged`: they are missing."""

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
        wanted = min(len(view), max(0, self._size - self._position))
        piece = os.pread(self._descriptor, wanted, self._start + self._position)
        if wanted and not piece:
            raise FileChanged("the file became shorter while it was uploaded")
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)
