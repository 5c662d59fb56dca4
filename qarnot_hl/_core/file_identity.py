"""Whether a local file is still the one whose content was read: the rule of the local index, without I/O or clock.

A file is the same while its size, times and inode are. That cannot be told of a file that was written in the very tick
of its file system in which it was read, so, as in git, such a file is not remembered: its mtime is compared with
the index file's own, which was renewed before the reading began.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import PurePath

from qarnot_hl._core.sync_actions import LocalFile

SECOND = 1_000_000_000
TICK = 20_000_000  # ns; no common system advances the times of files more rarely than every 16 ms
COARSE = 2 * SECOND  # some file systems (FAT) store even seconds only
APPLICATION = "qarnot-hl"


def is_settled(mtime_ns: int, stamp_ns: int) -> bool:
    """Whether any write after the moment ``stamp_ns`` must change an mtime that was ``mtime_ns`` then."""
    granularity = COARSE if mtime_ns % SECOND == 0 else TICK
    return mtime_ns + granularity <= stamp_ns


def identity(file: LocalFile) -> tuple[int, int, int, int]:
    """What changes when the content may have: size, mtime, ctime, inode.

    The ctime tells a replaced content whose mtime was set back (``cp -p``, ``tar x``).
    """
    return file.size, file.mtime_ns, file.ctime_ns, _signed(file.inode)


def same_file(one: LocalFile, other: LocalFile) -> bool:
    """Whether nothing was written between two looks at a file."""
    return identity(one) == identity(other)


def local_file_of(path: str, found: os.stat_result) -> LocalFile:
    """A file as ``stat`` shows it."""
    return LocalFile(path, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def cache_directory(environment: Mapping[str, str], platform: str, home: str) -> PurePath:
    """Where a user's caches are kept by this platform's rule (``sys.platform``), for this application."""
    path = type(PurePath(home))
    if platform == "win32":
        return path(environment.get("LOCALAPPDATA") or path(home, "AppData", "Local"), APPLICATION, "Cache")
    if platform == "darwin":
        return path(home, "Library", "Caches", APPLICATION)
    told = environment.get("XDG_CACHE_HOME", "")
    return path(told if path(told).is_absolute() else path(home, ".cache"), APPLICATION)


def _signed(number: int) -> int:
    """SQLite's integers have 64 bits and a sign; inodes may use all 64."""
    return number - (1 << 64) if number >= 1 << 63 else number
