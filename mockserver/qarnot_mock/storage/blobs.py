"""Bytes in files named by their own SHA-256: written whole or not at all, never changed, removed when asked.

A file is complete once it has its name, so the death of the process leaves no half of one; what a power cut leaves is
out of scope, so nothing is synced. Names come from digests alone: no key of a user ever reaches a path.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Container, Iterator
from pathlib import Path

_UNFINISHED = "unfinished-"


class Blobs:
    """The files below ``root``, in 256 folders. Safe to call from several threads of the one process that owns it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._counter = itertools.count(1)
        root.mkdir(parents=True, exist_ok=True)

    def keep(self, content: bytes) -> str:
        """Write the content unless it is there already; returns its digest."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        if not path.exists():
            unfinished = self._root / f"{_UNFINISHED}{next(self._counter)}"
            unfinished.write_bytes(content)
            path.parent.mkdir(exist_ok=True)
            unfinished.replace(path)
        return digest

    def read(self, digest: str, start: int, stop: int) -> bytes:
        """The bytes ``[start, stop)`` of a kept content."""
        with self._path(digest).open("rb", buffering=0) as file:
            return _read_exactly(file.fileno(), start, stop - start)

    def remove(self, digest: str) -> None:
        """Forget a content; one that is not there is no error."""
        self._path(digest).unlink(missing_ok=True)

    def keep_only(self, wanted: Container[str]) -> None:
        """Remove what is not wanted, and what a process that died has left unfinished."""
        for path in self._root.glob(f"{_UNFINISHED}*"):
            path.unlink()
        for digest in self._digests():
            if digest not in wanted:
                self.remove(digest)

    def _digests(self) -> Iterator[str]:
        return (folder.name + path.name for folder in self._root.iterdir() for path in folder.iterdir())

    def _path(self, digest: str) -> Path:
        return self._root / digest[:2] / digest[2:]


def _read_exactly(descriptor: int, start: int, size: int) -> bytes:
    """Linux reads at most 2 GiB at once."""
    content = os.pread(descriptor, size, start)
    if len(content) == size:
        return content
    pieces = [content]
    while content and (missing := size - sum(map(len, pieces))):
        content = os.pread(descriptor, missing, start + size - missing)
        pieces.append(content)
    return b"".join(pieces)
