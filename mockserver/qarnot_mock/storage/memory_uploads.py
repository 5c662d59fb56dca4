"""Uploads in progress in memory, beside an object store. The parts of a completed one become its object uncopied."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

import attrs

from qarnot_mock.sim.commands import Instant
from qarnot_mock.storage.store import ObjectInfo, ObjectStore
from qarnot_mock.storage.uploads import REMEMBERED, Part, Upload, combined_etag, no_such_upload, upload_id_of


@attrs.frozen
class _InProgress:
    upload: Upload
    parts: dict[int, tuple[Part, bytes]] = attrs.field(factory=dict)


class MemoryUploads:
    """Implements :class:`~qarnot_mock.storage.uploads.Uploads`; everything is gone with the process."""

    def __init__(self, store: ObjectStore, seed: str = "") -> None:
        self._store = store
        self._seed = seed
        self._counter = 0
        self._uploads: dict[str, _InProgress] = {}
        self._completed: dict[str, tuple[str, str, str]] = {}
        self._bytes_used = 0
        self._lock = threading.RLock()

    def begin(
        self,
        bucket: str,
        key: str,
        now: Instant,
        content_type: str,
        metadata: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> Upload:
        with self._lock:
            self._counter += 1
            upload_id = upload_id_of(self._seed, self._counter, bucket, key)
            upload = Upload(upload_id, bucket, key, now, content_type, dict(metadata), dict(headers))
            self._uploads[upload_id] = _InProgress(upload)
            return upload

    def get(self, bucket: str, key: str, upload_id: str) -> Upload:
        found = self._uploads.get(upload_id)
        if found is None or (found.upload.bucket, found.upload.key) != (bucket, key):
            raise no_such_upload(key, upload_id)
        return found.upload

    def part(self, upload: Upload, number: int) -> Part | None:
        found = self._in_progress(upload).parts.get(number)
        return None if found is None else found[0]

    def parts(self, upload: Upload) -> list[Part]:
        with self._lock:
            return [part for _, (part, _) in sorted(self._in_progress(upload).parts.items())]

    def add(self, upload: Upload, part: Part, content: bytes) -> None:
        with self._lock:
            parts = self._in_progress(upload).parts
            before = parts.get(part.number)
            self._bytes_used += part.size - (before[0].size if before else 0)
            parts[part.number] = (part, content)

    def complete(self, upload: Upload, chosen: Sequence[Part], now: Instant) -> ObjectInfo:
        with self._lock:
            kept = self._in_progress(upload).parts
            etag = combined_etag([part.etag for part in chosen])
            info = self._store.put(
                upload.bucket,
                upload.key,
                [kept[part.number][1] for part in chosen],
                now,
                etag=etag,
                content_type=upload.content_type,
                metadata=upload.metadata,
                headers=upload.headers,
            )
            self.abort(upload)
            self._completed[upload.upload_id] = (upload.bucket, upload.key, etag)
            if len(self._completed) > REMEMBERED:
                del self._completed[next(iter(self._completed))]
            return info

    def abort(self, upload: Upload) -> None:
        with self._lock:
            gone = self._uploads.pop(upload.upload_id, None)
            if gone is not None:
                self._bytes_used -= sum(part.size for part, _ in gone.parts.values())

    def completed_etag(self, bucket: str, key: str, upload_id: str) -> str | None:
        done = self._completed.get(upload_id)
        return done[2] if done and done[:2] == (bucket, key) else None

    def of_bucket(self, bucket: str) -> list[Upload]:
        with self._lock:
            found = [each.upload for each in self._uploads.values() if each.upload.bucket == bucket]
        return sorted(found, key=lambda upload: (upload.key, upload.initiated, upload.upload_id))

    def drop_bucket(self, bucket: str) -> None:
        for upload in self.of_bucket(bucket):
            self.abort(upload)

    def bytes_used(self) -> int:
        return self._bytes_used

    def _in_progress(self, upload: Upload) -> _InProgress:
        found = self._uploads.get(upload.upload_id)
        if found is None:
            raise no_such_upload(upload.key, upload.upload_id)
        return found
