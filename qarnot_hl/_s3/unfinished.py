"""Files that are being written: under a name of their own until they are complete, then in the place of the old ones.

A process that dies leaves its unfinished file behind, no longer locked; the next download of the same file takes it
over, and a synchronisation removes all of them from the directories it writes to.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from typing import BinaryIO

START, END = ".qarnot-", ".part"


@contextlib.contextmanager
def replacing(path: str) -> Iterator[BinaryIO]:
    """An empty file that becomes ``path``, whose directory exists, when the block ends well, and vanishes otherwise."""
    file = _claimed(path)
    try:
        with file:
            yield file
            file.flush()
            os.replace(file.name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(file.name)
        raise


def is_unfinished(name: str) -> bool:
    """Whether a file name is one of an unfinished file."""
    return name.startswith(START) and name.endswith(END)


def remove_abandoned(path: str) -> None:
    """Delete an unfinished file, unless somebody still writes it."""
    with contextlib.suppress(OSError), open(path, "r+b") as file:
        if _locked(file):
            os.unlink(path)


def _claimed(path: str) -> BinaryIO:
    """The unfinished file of this path; with a name that nobody else has, when somebody else writes that one."""
    directory, name = os.path.split(path)
    token = hashlib.blake2b(os.fsencode(name), digest_size=8).hexdigest()
    with contextlib.suppress(OSError):
        file: BinaryIO = open(os.path.join(directory, f"{START}{token}{END}"), "r+b", opener=_creating)  # noqa: SIM115
        if _locked(file):
            file.truncate(0)
            return file
        file.close()
    file = open(os.path.join(directory, f"{START}{token}-{secrets.token_hex(4)}{END}"), "xb")  # noqa: SIM115
    _locked(file)
    return file


def _creating(path: str, _flags: int) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0), 0o666)


def _locked(file: BinaryIO) -> bool:
    """Whether this process now holds the file, and its name still leads to it."""
    try:
        import fcntl
    except ImportError:  # Windows does not delete open files, which protects them as well
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(file.fileno()), os.stat(file.name))
    except OSError:
        return False
