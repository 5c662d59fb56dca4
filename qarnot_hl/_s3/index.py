"""The local index: which ETags the content of a file has, so that an unchanged file need not be read again.

One SQLite file in the user's cache directory, shared by all processes. It is only ever a cache: what it cannot tell is
computed, one that cannot be read is made anew, and no failure of it fails a transfer. Which entries may be trusted is
``_core.file_identity``'s decision.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from qarnot_hl._core.file_identity import cache_directory, identity, is_settled
from qarnot_hl._core.sync_actions import LocalFile

Entry: TypeAlias = tuple[LocalFile, int, str]  # a file, a layout, the ETag of its content in that layout

SEEN = -1  # the "layout" of an ETag that the server gave to this content by a rule of its own
VERSION = 1
PATIENCE = 5.0  # seconds to wait for another process that writes
ASKED_AT_ONCE = 500
WRITTEN_AT_ONCE = 10_000
LARGEST = 512 * 1024 * 1024  # bytes of the index file, beyond which it begins anew
SCHEMA = """
CREATE TABLE IF NOT EXISTS etags (
    path BLOB, layout INTEGER, size INTEGER, mtime INTEGER, ctime INTEGER, inode INTEGER, etag TEXT,
    PRIMARY KEY (path, layout)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uploads (
    storage TEXT, bucket TEXT, key TEXT, upload TEXT, owner TEXT,
    path BLOB, size INTEGER, mtime INTEGER, ctime INTEGER, inode INTEGER, part INTEGER,
    PRIMARY KEY (storage, bucket, key, upload)
) WITHOUT ROWID;
"""


def default_path() -> str:
    """The index file of this user and version of its format."""
    directory = cache_directory(os.environ, sys.platform, os.path.expanduser("~"))
    return os.path.join(directory, f"etags-{VERSION}.sqlite")


class Index:
    """An open index. Safe to use from several threads; a stamp is taken when it is opened.

    Only what was settled by then is remembered: see ``_core.file_identity``.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._pending: list[Entry] = []
        self._database = _opened(path)
        self._stamp = _stamp(path) if self._database else 0

    @property
    def usable(self) -> bool:
        """Whether anything is kept."""
        return self._database is not None

    def known(self, files: Iterable[LocalFile]) -> Iterator[tuple[str, int, str]]:
        """Path, layout and ETag of what is remembered of these files and still true of them."""
        batch: dict[bytes, LocalFile] = {}
        for file in files:
            batch[os.fsencode(file.path)] = file
            if len(batch) == ASKED_AT_ONCE:
                yield from self._look_up(batch)
                batch = {}
        yield from self._look_up(batch)

    def remember(self, file: LocalFile, layout: int, etag: str) -> None:
        """Note an ETag of a content that was read since this index was opened, while the file was as given."""
        if self._database is None or not is_settled(file.mtime_ns, self._stamp):
            return
        with self._lock:
            self._pending.append((file, layout, etag))
            if len(self._pending) >= WRITTEN_AT_ONCE:
                self._write()

    def execute(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Run one statement of another table's owner; nothing comes of it when the index is of no use."""
        if self._database is None:
            return []
        with self._lock, self._forgiving(), self._database:
            return self._database.execute(statement, values).fetchall()

    def close(self) -> None:
        """Write what was remembered."""
        with self._lock:
            self._write()
            if self._database is not None:
                self._database.close()
            self._database = None

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _look_up(self, batch: Mapping[bytes, LocalFile]) -> list[tuple[str, int, str]]:
        if self._database is None or not batch:
            return []
        marks = ",".join("?" * len(batch))
        query = f"SELECT path, layout, etag, size, mtime, ctime, inode FROM etags WHERE path IN ({marks})"
        rows: list[tuple[bytes, int, str, int, int, int, int]] = []
        with self._lock, self._forgiving():
            rows = self._database.execute(query, list(batch)).fetchall()
        return [
            (batch[path].path, layout, etag)
            for path, layout, etag, *found in rows
            if tuple(found) == identity(batch[path])
        ]

    def _write(self) -> None:
        entries, self._pending = self._pending, []
        if self._database is None or not entries:
            return
        rows = sorted((os.fsencode(file.path), layout, *identity(file), etag) for file, layout, etag in entries)
        with self._forgiving(), self._database:
            self._database.executemany("INSERT OR REPLACE INTO etags VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    @contextlib.contextmanager
    def _forgiving(self) -> Iterator[None]:
        """A busy or full index loses what was to be noted; a damaged one is given up, to be made anew by the next."""
        try:
            yield
        except sqlite3.OperationalError:
            pass
        except sqlite3.DatabaseError:
            if self._database is not None:
                self._database.close()
            self._database = None
            _discard(self._path)


def _opened(path: str) -> sqlite3.Connection | None:
    """The database, made if need be; None where none can be kept."""
    with contextlib.suppress(OSError, sqlite3.Error):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        try:
            return _connected(path)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            _discard(path)
            return _connected(path)
    return None


def _connected(path: str) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=PATIENCE, check_same_thread=False)
    try:
        database.execute("PRAGMA synchronous = NORMAL")
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'uploads'").fetchone():
            database.executescript(SCHEMA)
        if os.path.getsize(path) > LARGEST:
            database.executescript("DELETE FROM etags; VACUUM")
    except BaseException:
        database.close()
        raise
    return database


def _discard(path: str) -> None:
    for name in (path, f"{path}-journal"):
        with contextlib.suppress(OSError):
            os.unlink(name)


def _stamp(path: str) -> int:
    """The present moment as the file system tells it; 0, which trusts nothing, where it does not."""
    try:
        os.utime(path)
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
