"""Uploads in progress that survive the process, in the index and the contents of a :class:`DirectoryStore`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from qarnot_mock.sim.commands import Instant
from qarnot_mock.storage.directory import DirectoryStore
from qarnot_mock.storage.store import ObjectInfo
from qarnot_mock.storage.uploads import REMEMBERED, Part, Upload, combined_etag, no_such_upload, upload_id_of

_UPLOAD = "id, bucket, key, initiated, traits"
_PART = "number, etag, size, modified"
_NUMBER = "(SELECT number FROM s3_upload WHERE id = ?)"


class DirectoryUploads:
    """Implements :class:`~qarnot_mock.storage.uploads.Uploads`; like its store, it never commits."""

    def __init__(self, store: DirectoryStore, seed: str = "") -> None:
        self._store = store
        self._seed = seed
        self._connection = store.connection

    def begin(
        self,
        bucket: str,
        key: str,
        now: Instant,
        content_type: str,
        metadata: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> Upload:
        traits = json.dumps([content_type, dict(metadata), dict(headers)], ensure_ascii=False)
        with self._store.lock:
            added = self._connection.execute(
                "INSERT INTO s3_upload (bucket, key, initiated, traits) VALUES (?, ?, ?, ?)", (bucket, key, now, traits)
            )
            upload_id = upload_id_of(self._seed, added.lastrowid or 0, bucket, key)
            self._connection.execute("UPDATE s3_upload SET id = ? WHERE number = ?", (upload_id, added.lastrowid))
        return Upload(upload_id, bucket, key, now, content_type, dict(metadata), dict(headers))

    def get(self, bucket: str, key: str, upload_id: str) -> Upload:
        found = self._rows(f"SELECT {_UPLOAD} FROM s3_upload WHERE id = ?", upload_id)
        if not found or found[0][1:3] != (bucket, key):
            raise no_such_upload(key, upload_id)
        return _upload(found[0])

    def part(self, upload: Upload, number: int) -> Part | None:
        statement = f"SELECT {_PART} FROM s3_part WHERE upload = {_NUMBER} AND number = ?"
        found = self._rows(statement, upload.upload_id, number)
        return Part(*found[0]) if found else None

    def parts(self, upload: Upload) -> list[Part]:
        statement = f"SELECT {_PART} FROM s3_part WHERE upload = {_NUMBER} ORDER BY number"
        return [Part(*row) for row in self._rows(statement, upload.upload_id)]

    def add(self, upload: Upload, part: Part, content: bytes) -> None:
        with self._store.lock:
            found = self._rows("SELECT number FROM s3_upload WHERE id = ?", upload.upload_id)
            if not found:
                raise no_such_upload(upload.key, upload.upload_id)
            self._release("upload = ? AND number = ?", found[0][0], part.number)
            size, digest = self._store.keep(content)
            self._connection.execute(
                "INSERT OR REPLACE INTO s3_part VALUES (?, ?, ?, ?, ?, ?)",
                (found[0][0], part.number, part.etag, size, part.last_modified, digest),
            )

    def complete(self, upload: Upload, chosen: Sequence[Part], now: Instant) -> ObjectInfo:
        etag = combined_etag([part.etag for part in chosen])
        info = ObjectInfo(
            upload.key, sum(part.size for part in chosen), etag, now, upload.content_type, upload.metadata,
            upload.headers,
        )  # fmt: skip
        with self._store.lock:
            statement = f"SELECT number, size, digest FROM s3_part WHERE upload = {_NUMBER}"
            kept = {number: (size, digest) for number, size, digest in self._rows(statement, upload.upload_id)}
            self._store.put_kept(upload.bucket, info, [kept[part.number] for part in chosen])
            self.abort(upload)
            self._connection.execute(
                "INSERT INTO s3_completed (id, bucket, key, etag) VALUES (?, ?, ?, ?)",
                (upload.upload_id, upload.bucket, upload.key, etag),
            )
            self._connection.execute(
                "DELETE FROM s3_completed WHERE number <= "
                "(SELECT number FROM s3_completed ORDER BY number DESC LIMIT 1 OFFSET ?)",
                (REMEMBERED,),
            )
        return info

    def abort(self, upload: Upload) -> None:
        with self._store.lock:
            self._release(f"upload = {_NUMBER}", upload.upload_id)
            self._connection.execute(f"DELETE FROM s3_part WHERE upload = {_NUMBER}", (upload.upload_id,))
            self._connection.execute("DELETE FROM s3_upload WHERE id = ?", (upload.upload_id,))

    def completed_etag(self, bucket: str, key: str, upload_id: str) -> str | None:
        statement = "SELECT etag FROM s3_completed WHERE id = ? AND bucket = ? AND key = ?"
        found = self._rows(statement, upload_id, bucket, key)
        return found[0][0] if found else None

    def of_bucket(self, bucket: str) -> list[Upload]:
        statement = f"SELECT {_UPLOAD} FROM s3_upload WHERE bucket = ? ORDER BY key, initiated, id"
        return [_upload(row) for row in self._rows(statement, bucket)]

    def drop_bucket(self, bucket: str) -> None:
        for upload in self.of_bucket(bucket):
            self.abort(upload)

    def bytes_used(self) -> int:
        return int(self._rows("SELECT COALESCE(SUM(size), 0) FROM s3_part")[0][0])

    def _release(self, which: str, *values: object) -> None:
        self._store.release(digest for (digest,) in self._rows(f"SELECT digest FROM s3_part WHERE {which}", *values))

    def _rows(self, statement: str, *values: object) -> list[Any]:
        with self._store.lock:
            return self._connection.execute(statement, values).fetchall()


def _upload(row: tuple[str, str, str, Instant, str]) -> Upload:
    upload_id, bucket, key, initiated, traits = row
    return Upload(upload_id, bucket, key, initiated, *json.loads(traits))
