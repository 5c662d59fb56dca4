"""An object store that survives the process: an index in SQLite, large contents as files named by their digest.

Contents are written before the rows that name them, and removed after: :meth:`DirectoryStore.commit` makes both last,
and nothing else here commits. What a process that died has left over is removed when the store is opened.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import attrs

from qarnot_mock.sim.commands import Instant
from qarnot_mock.storage.blobs import Blobs
from qarnot_mock.storage.pieces import Content, md5_of, pieces_of, portions, spans
from qarnot_mock.storage.store import BucketInfo, ObjectInfo, StoreError, no_such_bucket, no_such_key

INLINE = 16 * 1024
"""Up to this size a content lies in the index itself: a row is cheaper to write than a file."""

_FIRST_BATCH, _LARGEST_BATCH = 16, 1024

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS s3_bucket (
        name TEXT PRIMARY KEY, created INTEGER NOT NULL, objects INTEGER NOT NULL DEFAULT 0,
        bytes INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS s3_object (
        id INTEGER PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
        modified INTEGER NOT NULL, traits TEXT NOT NULL, inline BLOB, UNIQUE (bucket, key))""",
    """CREATE TABLE IF NOT EXISTS s3_piece (
        object INTEGER NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL, digest TEXT NOT NULL,
        PRIMARY KEY (object, number)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS s3_piece_by_digest ON s3_piece (digest)",
    """CREATE TABLE IF NOT EXISTS s3_upload (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, bucket TEXT NOT NULL, key TEXT NOT NULL,
        initiated INTEGER NOT NULL, traits TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS s3_part (
        upload INTEGER NOT NULL, number INTEGER NOT NULL, etag TEXT NOT NULL, size INTEGER NOT NULL,
        modified INTEGER NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (upload, number)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS s3_part_by_digest ON s3_part (digest)",
    """CREATE TABLE IF NOT EXISTS s3_completed (
        number INTEGER PRIMARY KEY, id TEXT UNIQUE, bucket TEXT NOT NULL, key TEXT NOT NULL, etag TEXT NOT NULL)""",
)

_INFO = "key, size, etag, modified, traits"
_DIGESTS = "SELECT digest FROM s3_piece UNION SELECT digest FROM s3_part"
_IN_USE = "SELECT EXISTS (SELECT 1 FROM s3_piece WHERE digest = ?1) OR EXISTS (SELECT 1 FROM s3_part WHERE digest = ?1)"

Piece = tuple[int, str]
"""Size and digest."""


class DirectoryStore:
    """Implements :class:`~qarnot_mock.storage.store.ObjectStore` on a connection and in a folder of its own.

    The connection may serve other tables too and must allow use from several threads (``check_same_thread=False``).
    """

    def __init__(self, connection: sqlite3.Connection, objects: Path) -> None:
        self.connection = connection
        self.lock = threading.RLock()
        self._released: set[str] = set()
        self._pinned: Counter[str] = Counter()
        for statement in SCHEMA:
            connection.execute(statement)
        self._blobs = Blobs(objects)
        self._blobs.keep_only({digest for (digest,) in connection.execute(_DIGESTS)})

    def commit(self) -> None:
        """Make all that was done last, then remove the contents that nothing names any more."""
        if self.connection.in_transaction:
            with self.lock:
                self.connection.commit()
                self.sweep()

    def sweep(self) -> None:
        """For whoever commits the connection without :meth:`commit`: remove, after it, what nothing names any more."""
        with self.lock:
            pinned = {digest for digest in self._released if self._pinned[digest]}
            for digest in self._released - pinned:
                if not self.connection.execute(_IN_USE, (digest,)).fetchone()[0]:
                    self._blobs.remove(digest)
            self._released = pinned

    def bucket_names(self) -> list[str]:
        with self.lock:
            return [name for (name,) in self.connection.execute("SELECT name FROM s3_bucket ORDER BY name")]

    def buckets(self) -> list[BucketInfo]:
        with self.lock:
            rows = self.connection.execute("SELECT name, created, objects, bytes FROM s3_bucket ORDER BY name")
            return [BucketInfo(*row) for row in rows]

    def bytes_used(self) -> int:
        return int(self._one("SELECT COALESCE(SUM(bytes), 0) FROM s3_bucket")[0])

    def bucket(self, name: str) -> BucketInfo:
        row = self._one("SELECT name, created, objects, bytes FROM s3_bucket WHERE name = ?", name)
        if row is None:
            raise no_such_bucket(name)
        return BucketInfo(*row)

    def create_bucket(self, name: str, now: Instant) -> bool:
        with self.lock:
            added = self.connection.execute(
                "INSERT OR IGNORE INTO s3_bucket (name, created) VALUES (?, ?)", (name, now)
            )
            return added.rowcount > 0

    def delete_bucket(self, name: str) -> None:
        with self.lock:
            if self.bucket(name).object_count:
                raise StoreError("BucketNotEmpty", f"The bucket {name!r} is not empty: delete its objects first.")
            self.connection.execute("DELETE FROM s3_bucket WHERE name = ?", (name,))

    def put(
        self,
        bucket: str,
        key: str,
        content: Content,
        now: Instant,
        *,
        etag: str | None = None,
        content_type: str = "binary/octet-stream",
        metadata: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ObjectInfo:
        pieces = pieces_of(content)
        info = ObjectInfo(
            key, sum(map(len, pieces)), etag or md5_of(pieces), now, content_type, dict(metadata or {}),
            dict(headers or {}),
        )  # fmt: skip
        with self.lock:
            if info.size <= INLINE:
                self._write(bucket, info, b"".join(pieces))
            else:
                self.put_kept(bucket, info, [self.keep(piece) for piece in pieces])
        return info

    def put_kept(self, bucket: str, info: ObjectInfo, pieces: Iterable[Piece]) -> None:
        """Store an object whose pieces :meth:`keep` has kept. Raises ``NoSuchBucket``."""
        with self.lock:
            number = self._write(bucket, info, None)
            self.connection.executemany(
                "INSERT INTO s3_piece VALUES (?, ?, ?, ?)",
                [(number, position, *piece) for position, piece in enumerate(pieces)],
            )

    def copy(self, source: ObjectInfo, source_bucket: str, bucket: str, key: str, now: Instant) -> ObjectInfo:
        info = attrs.evolve(source, key=key, last_modified=now)
        with self.lock:
            number, inline = self._found(source_bucket, source.key)
            if inline is not None:
                self._write(bucket, info, inline)
            else:
                self.put_kept(bucket, info, self._pieces(number))
        return info

    def head(self, bucket: str, key: str) -> ObjectInfo:
        row = self._one(f"SELECT {_INFO} FROM s3_object WHERE bucket = ? AND key = ?", bucket, key)
        if row is None:
            self.bucket(bucket)
            raise no_such_key(bucket, key)
        return _info(row)

    def get(self, bucket: str, key: str, start: int = 0, stop: int | None = None) -> bytes:
        with self.lock:
            number, inline = self._found(bucket, key)
            if inline is not None:
                return inline[start:stop]
            pieces = self._pieces(number)
            sizes = [size for size, _ in pieces]
            wanted = spans(sizes, start, sum(sizes) if stop is None else stop)
            read = [self._blobs.read(pieces[place][1], first, last) for place, first, last in wanted]
        return read[0] if len(read) == 1 else b"".join(read)

    def read(self, bucket: str, key: str, start: int, stop: int) -> Iterator[bytes]:
        with self.lock:
            number, inline = self._found(bucket, key)
            if inline is not None:
                return iter([inline[start:stop]])
            return self._reading(self._pieces(number), start, stop)

    def _reading(self, pieces: Sequence[Piece], start: int, stop: int) -> Iterator[bytes]:
        """What is being read stays until the last of its readers is gone, whatever becomes of its object."""
        digests = [digest for _, digest in pieces]
        wanted = portions([size for size, _ in pieces], start, stop)
        reading = (self._blobs.read(digests[place], first, last) for place, first, last in wanted)
        self._pinned.update(digests)
        weakref.finalize(reading, self._unpin, digests).atexit = False
        return reading

    def _unpin(self, digests: Sequence[str]) -> None:
        with self.lock:
            self._pinned.subtract(digests)

    def delete(self, bucket: str, key: str) -> bool:
        with self.lock:
            row = self._one("SELECT id, size FROM s3_object WHERE bucket = ? AND key = ?", bucket, key)
            if row is None:
                self.bucket(bucket)
                return False
            self._drop_pieces(row[0])
            self.connection.execute("DELETE FROM s3_object WHERE id = ?", (row[0],))
            self._count(bucket, -1, -row[1])
            return True

    def list(self, bucket: str, prefix: str = "", after: str = "") -> Iterator[ObjectInfo]:
        self.bucket(bucket)
        return self._listing(bucket, prefix, after)

    def keep(self, content: bytes) -> Piece:
        """Write a content that a row is to name."""
        return len(content), self._blobs.keep(content)

    def release(self, digests: Iterable[str]) -> None:
        """Let contents go, once that is committed and unless something else still names them."""
        self._released.update(digests)

    def _listing(self, bucket: str, prefix: str, after: str) -> Iterator[ObjectInfo]:
        """Reads in growing batches, so a short page of a large bucket is cheap and changes in between are harmless."""
        size = _FIRST_BATCH
        while batch := self._batch(bucket, prefix, after, size):
            yield from batch
            after = batch[-1].key
            size = min(2 * size, _LARGEST_BATCH)

    def _batch(self, bucket: str, prefix: str, after: str, size: int) -> Sequence[ObjectInfo]:
        first, comparison = (after, ">") if after >= prefix else (prefix, ">=")
        with self.lock:
            rows = self.connection.execute(
                f"SELECT {_INFO} FROM s3_object WHERE bucket = ? AND key {comparison} ? ORDER BY key LIMIT ?",
                (bucket, first, size),
            ).fetchall()
        return [_info(row) for row in rows if row[0].startswith(prefix)]

    def _write(self, bucket: str, info: ObjectInfo, inline: bytes | None) -> int:
        """Insert or replace the row of an object and keep the books; returns the row's number.

        Raises ``NoSuchBucket``, and nothing has changed then.
        """
        before = self._one("SELECT id, size FROM s3_object WHERE bucket = ? AND key = ?", bucket, info.key)
        values = (info.size, info.etag, info.last_modified, traits_text(info), inline)
        if before is None:
            self._count(bucket, 1, info.size)
            statement = (
                "INSERT INTO s3_object (size, etag, modified, traits, inline, bucket, key) VALUES (?, ?, ?, ?, ?, ?, ?)"
            )
            return int(self.connection.execute(statement, (*values, bucket, info.key)).lastrowid or 0)
        number = int(before[0])
        self._drop_pieces(number)
        self._count(bucket, 0, info.size - before[1])
        statement = "UPDATE s3_object SET size = ?, etag = ?, modified = ?, traits = ?, inline = ? WHERE id = ?"
        self.connection.execute(statement, (*values, number))
        return number

    def _count(self, bucket: str, objects: int, size: int) -> None:
        statement = "UPDATE s3_bucket SET objects = objects + ?, bytes = bytes + ? WHERE name = ?"
        if not self.connection.execute(statement, (objects, size, bucket)).rowcount:
            raise no_such_bucket(bucket)

    def _found(self, bucket: str, key: str) -> tuple[int, bytes | None]:
        row = self._one("SELECT id, inline FROM s3_object WHERE bucket = ? AND key = ?", bucket, key)
        if row is None:
            self.bucket(bucket)
            raise no_such_key(bucket, key)
        return row[0], row[1]

    def _pieces(self, number: int) -> Sequence[Piece]:
        statement = "SELECT size, digest FROM s3_piece WHERE object = ? ORDER BY number"
        return self.connection.execute(statement, (number,)).fetchall()

    def _drop_pieces(self, number: int) -> None:
        gone = self.connection.execute("DELETE FROM s3_piece WHERE object = ? RETURNING digest", (number,)).fetchall()
        self.release(digest for (digest,) in gone)

    def _one(self, statement: str, *values: object) -> Any:
        """The first row, or None."""
        with self.lock:
            return self.connection.execute(statement, values).fetchone()


def traits_text(info: ObjectInfo) -> str:
    """What lies beside the bytes of an object, as the index keeps it."""
    return json.dumps([info.content_type, dict(info.metadata), dict(info.headers)], ensure_ascii=False)


def _info(row: tuple[str, int, str, int, str]) -> ObjectInfo:
    key, size, etag, modified, traits = row
    return ObjectInfo(key, size, etag, modified, *_traits(traits))


@lru_cache(maxsize=1024)
def _traits(text: str) -> tuple[str, Mapping[str, str], Mapping[str, str]]:
    """Undoes :func:`traits_text`; most objects of a bucket have the same."""
    content_type, metadata, headers = json.loads(text)
    return content_type, metadata, headers
