"""Multipart uploads in progress: what has been begun, which parts arrived, and joining them. No HTTP, no XML.

Upload ids are a hash of a seed and a counter, so the same requests give the same ids.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from itertools import pairwise

import attrs

from qarnot_mock.sim.commands import Instant
from qarnot_mock.storage.errors import S3Error

SMALLEST_PART = 5 * 1024**2
MOST_PARTS = 10_000
_REMEMBERED = 1000


@attrs.frozen
class Part:
    number: int
    etag: str
    content: bytes = attrs.field(repr=False)
    last_modified: Instant

    @property
    def size(self) -> int:
        return len(self.content)


@attrs.frozen
class Upload:
    """One upload; ``parts`` maps number to part and grows while the upload lasts."""

    upload_id: str
    bucket: str
    key: str
    initiated: Instant
    content_type: str
    metadata: Mapping[str, str]
    headers: Mapping[str, str]
    parts: dict[int, Part] = attrs.field(factory=dict)


def combined_etag(etags: Sequence[str]) -> str:
    """S3's ETag of a multipart object: the md5 of the parts' md5 digests, a dash, and their number."""
    digests = b"".join(bytes.fromhex(etag) for etag in etags)
    return f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(etags)}"


def join_parts(upload: Upload, wanted: Sequence[tuple[int, str]]) -> list[Part]:
    """The parts a completion names as (number, etag), in order.

    Raises ``InvalidPartOrder``, ``InvalidPart`` or ``EntityTooSmall``.
    """
    numbers = [number for number, _ in wanted]
    if any(after <= before for before, after in pairwise(numbers)):
        raise S3Error("InvalidPartOrder", "The parts of a completion must be listed by ascending number.")
    chosen = []
    for number, etag in wanted:
        part = upload.parts.get(number)
        if part is None or part.etag != etag.strip('"'):
            raise S3Error(
                "InvalidPart",
                f"Part {number} was not uploaded, or its ETag is not {etag}. Send the ETag that UploadPart answered.",
                UploadId=upload.upload_id, PartNumber=str(number), ETag=etag,
            )  # fmt: skip
        chosen.append(part)
    small = next((part for part in chosen[:-1] if part.size < SMALLEST_PART), None)
    if small is not None:
        raise S3Error(
            "EntityTooSmall",
            f"Part {small.number} has {small.size} bytes; every part but the last needs at least {SMALLEST_PART}.",
            ProposedSize=str(small.size), MinSizeAllowed=str(SMALLEST_PART), PartNumber=str(small.number),
            ETag=small.etag,
        )  # fmt: skip
    return chosen


class Uploads:
    """The uploads of one account. Safe to call from several threads."""

    def __init__(self, seed: str = "") -> None:
        self._seed = seed
        self._counter = 0
        self._uploads: dict[str, Upload] = {}
        self._completed: dict[str, tuple[str, str, str]] = {}
        self._lock = threading.Lock()

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
            name = f"{self._seed}\0{self._counter}\0{bucket}\0{key}"
            upload_id = "2~" + hashlib.sha256(name.encode()).hexdigest()[:32]
            upload = Upload(upload_id, bucket, key, now, content_type, dict(metadata), dict(headers))
            self._uploads[upload_id] = upload
            return upload

    def get(self, bucket: str, key: str, upload_id: str) -> Upload:
        """Raises ``NoSuchUpload``, also when the id belongs to another key."""
        upload = self._uploads.get(upload_id)
        if upload is None or (upload.bucket, upload.key) != (bucket, key):
            raise S3Error(
                "NoSuchUpload",
                f"No upload {upload_id!r} to {key!r} is in progress: it was completed, aborted or never begun.",
                UploadId=upload_id,
            )
        return upload

    def add(self, upload: Upload, part: Part) -> None:
        """Keep a part; one with the same number is replaced."""
        with self._lock:
            upload.parts[part.number] = part

    def finish(self, upload: Upload, etag: str | None = None) -> None:
        """Forget an upload. The ``etag`` of a completed one is remembered for a while, for a repeated completion."""
        with self._lock:
            self._uploads.pop(upload.upload_id, None)
            if etag is not None:
                self._completed[upload.upload_id] = (upload.bucket, upload.key, etag)
                if len(self._completed) > _REMEMBERED:
                    del self._completed[next(iter(self._completed))]

    def completed_etag(self, bucket: str, key: str, upload_id: str) -> str | None:
        """The ETag that a recent completion of this upload gave, or None."""
        done = self._completed.get(upload_id)
        return done[2] if done and done[:2] == (bucket, key) else None

    def of_bucket(self, bucket: str) -> list[Upload]:
        """Uploads in progress, by key and then by age."""
        with self._lock:
            found = [upload for upload in self._uploads.values() if upload.bucket == bucket]
        return sorted(found, key=lambda upload: (upload.key, upload.initiated, upload.upload_id))

    def drop_bucket(self, bucket: str) -> None:
        for upload in self.of_bucket(bucket):
            self.finish(upload)

    def bytes_used(self) -> int:
        if not self._uploads:
            return 0
        with self._lock:
            return sum(part.size for upload in self._uploads.values() for part in upload.parts.values())
