"""The working directory of one instance: safe writing, scanning and reading below one root.

The process inside may create symbolic links at any time, so every path is walked from the root with ``O_NOFOLLOW`` and
nothing outside the root is ever read or written. Decides nothing: which files matter is not known here.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path, PurePosixPath

import attrs

from qarnot_mock.executors.local.changes import FileMark, FileStat

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # non-blocking: a fifo must not hang us
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_TEMPORARY = ".qarnot-mock.part"  # one writer per tree, so one name is enough
_READ_ATTEMPTS = 3


class FileChanged(Exception):
    """A file was written to while it was read, every time it was tried."""


@attrs.frozen
class Scan:
    """Regular files below the root, and what else a result could have been: symbolic links and undecodable names."""

    files: dict[str, FileStat]
    skipped: dict[str, str]


def digest_of(content: bytes) -> bytes:
    """What :class:`~qarnot_mock.executors.local.changes.FileMark` compares."""
    return sha256(content).digest()


class WorkTree:
    """Files below ``root``, which must exist. Paths are relative, POSIX, already free of ``..``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def make_directory(self, path: str) -> None:
        """Create a directory and those above it. Raises OSError where a file or a link is in the way."""
        with self._directory(path, create=True):
            pass

    def write(self, path: str, content: bytes, mtime_ns: int) -> FileMark:
        """Write or replace a file at once; a reader sees the old or the new one. Raises OSError.

        Everything laid out is executable, because object stores keep no permissions (inferred).
        """
        parent, name = _split(path)
        with self._directory(parent, create=True) as directory:
            with suppress(FileNotFoundError):
                os.unlink(_TEMPORARY, dir_fd=directory)
            with os.fdopen(os.open(_TEMPORARY, _CREATE, 0o755, dir_fd=directory), "wb") as file:
                file.write(content)
                file.flush()
                os.utime(file.fileno(), ns=(mtime_ns, mtime_ns))
                found = os.fstat(file.fileno())
            try:
                os.replace(_TEMPORARY, name, src_dir_fd=directory, dst_dir_fd=directory)
            except OSError:
                os.unlink(_TEMPORARY, dir_fd=directory)
                raise
        return FileMark(FileStat(found.st_size, found.st_mtime_ns), digest_of(content))

    def read(self, path: str) -> bytes:
        """The content of a regular file as it was at one moment.

        Raises OSError when it is gone or no regular file, :class:`FileChanged` when a writer never leaves it alone.
        """
        parent, name = _split(path)
        with self._directory(parent) as directory:
            for _ in range(_READ_ATTEMPTS):
                with os.fdopen(os.open(name, _READ, dir_fd=directory), "rb") as file:
                    before = os.fstat(file.fileno())
                    if not stat.S_ISREG(before.st_mode):
                        raise OSError("it is no regular file any more")
                    content = file.read()
                    if _same(before, os.fstat(file.fileno())) and len(content) == before.st_size:
                        return content
        raise FileChanged("it was being written")

    def scan(self) -> Scan:
        """Everything below the root, without following a link; what vanishes meanwhile is left out."""
        result = Scan({}, {})
        for where, directories, names, directory in os.fwalk(self.root):
            base = PurePosixPath(where).relative_to(self.root.as_posix())
            for name in (*names, *directories):
                with suppress(FileNotFoundError):
                    found = os.stat(name, dir_fd=directory, follow_symlinks=False)
                    _note((base / name).as_posix(), found, result)
        return result

    def remove(self) -> None:
        """Delete the whole tree, also what the process has made unreadable. Idempotent."""
        for where, _, _ in os.walk(self.root):  # top down: each directory is opened up before it is listed
            for entry in _subdirectories(where):
                with suppress(OSError):
                    os.chmod(entry, 0o700)
        shutil.rmtree(self.root, ignore_errors=True)

    @contextmanager
    def _directory(self, path: str, *, create: bool = False) -> Iterator[int]:
        current = os.open(self.root, _DIRECTORY)
        try:
            for part in PurePosixPath(path).parts:
                if create:
                    with suppress(FileExistsError):
                        os.mkdir(part, dir_fd=current)
                inner = os.open(part, _DIRECTORY, dir_fd=current)
                os.close(current)
                current = inner
            yield current
        finally:
            os.close(current)


def _split(path: str) -> tuple[str, str]:
    pure = PurePosixPath(path)
    return pure.parent.as_posix(), pure.name


def _same(before: os.stat_result, after: os.stat_result) -> bool:
    return (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)


def _note(path: str, found: os.stat_result, result: Scan) -> None:
    if stat.S_ISLNK(found.st_mode):
        result.skipped[path] = "it is a symbolic link"
    elif stat.S_ISREG(found.st_mode):
        try:
            path.encode("utf-8")
        except UnicodeEncodeError:
            result.skipped[path] = "its name is not UTF-8"
        else:
            result.files[path] = FileStat(found.st_size, found.st_mtime_ns)


def _subdirectories(where: str) -> list[str]:
    with suppress(OSError), os.scandir(where) as entries:
        return [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    return []
