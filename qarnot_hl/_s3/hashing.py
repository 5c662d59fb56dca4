"""Reads local contents to tell their ETags: what the index remembers first, the rest on two threads.

A file that is written to while it is read has no ETag; it is left out, and so is one that cannot be read.
"""

from __future__ import annotations

import io
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import blake2b

from qarnot_hl._core.etag import MIB, EtagHasher
from qarnot_hl._core.file_identity import local_file_of, same_file
from qarnot_hl._core.sync_actions import LocalFile
from qarnot_hl._core.sync_plan import Layouts
from qarnot_hl._s3.index import SEEN, Index
from qarnot_hl._s3.parallel import Stop, run_all

THREADS = 2  # md5 leaves the interpreter lock alone; more of them fight for the disk
SAMPLE = 64 * 1024  # bytes that stand for a file when equal ones are looked for


class Hashes:
    """ETags of local files by path and layout, as far as somebody asked for them. ``verify``: believe no index."""

    def __init__(self, index: Index, stop: Stop, *, verify: bool = False) -> None:
        self._index, self._stop, self._verify = index, stop, verify
        self.etags: dict[str, dict[int, str]] = {}

    def add(self, path: str, etags: Mapping[int, str]) -> None:
        """Note what is known of a path without reading it."""
        self.etags.setdefault(path, {}).update(etags)

    def forget(self, paths: Iterable[str]) -> None:
        """Let go what is not needed any more."""
        for path in paths:
            self.etags.pop(path, None)

    def find(self, files: Iterable[LocalFile], wanted: Layouts) -> None:
        """Get to know the ETags of the files in the wanted layouts, by path."""
        asked = [file for file in files if file.path in wanted]
        if not self._verify:
            for path, layout, etag in self._index.known(asked):
                self.add(path, {layout: etag})
        missing = [(file, layouts) for file in asked if (layouts := self._lacking(file.path, wanted[file.path]))]
        for (file, _), found in run_all(lambda item: etags(*item, self._stop), missing, self._stop, THREADS).done:
            self.add(file.path, found)
            for layout, etag in found.items():
                self._index.remember(file, layout, etag)

    def _lacking(self, path: str, layouts: Collection[int]) -> list[int]:
        found = self.etags.get(path, {})
        return [layout for layout in layouts if layout not in found and layout != SEEN]


def etags(file: LocalFile, layouts: Collection[int], stop: Stop) -> dict[int, str]:
    """The ETags of a file's content by layout, in one pass; none if it is not that file any more. Raises OSError."""
    hashers = {layout: EtagHasher(layout) for layout in layouts}
    with open(file.path, "rb", buffering=0) as opened:
        for chunk in _chunks(opened):
            stop.check()
            for hasher in hashers.values():
                hasher.update(chunk)
        if not same_file(file, local_file_of(file.path, os.fstat(opened.fileno()))):
            return {}
    return {layout: hasher.etag() for layout, hasher in hashers.items()}


def samples(files: Iterable[LocalFile], stop: Stop) -> dict[str, bytes]:
    """Both ends of each file that is larger than two of them, by path: a cheap way to tell most files apart."""
    large = [file for file in files if file.size > 2 * SAMPLE]
    return {file.path: sample for file, sample in run_all(_sample, large, stop, THREADS).done}


def _sample(file: LocalFile) -> bytes:
    with open(file.path, "rb", buffering=0) as opened:
        first = opened.read(SAMPLE)
        opened.seek(-SAMPLE, os.SEEK_END)
        return blake2b(first + opened.read(SAMPLE), digest_size=16).digest()


def _chunks(opened: io.FileIO) -> Iterator[memoryview]:
    buffer = memoryview(bytearray(MIB))
    while count := opened.readinto(buffer):
        yield buffer[:count]
