"""The object store behind one tenant's S3: what the protocol shell and the executors need, and no more.

An implementation keeps bytes and says what it keeps; it knows nothing of HTTP, XML, signatures or quotas. Keys are
any string that S3 allows and are never used as a path. Listings are in byte order of the UTF-8 key.
All methods are safe to call from several threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import attrs

from qarnot_mock.sim.commands import Instant
from qarnot_mock.storage.pieces import Content


class StoreError(Exception):
    """A refusal by the store. ``code`` is S3's own error code, for example ``NoSuchBucket``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@attrs.frozen
class ObjectInfo:
    """What a HEAD tells about an object. ``etag`` has no quotes: md5 in hex, or ``<md5>-<parts>`` for multipart."""

    key: str
    size: int
    etag: str
    last_modified: Instant
    content_type: str = "binary/octet-stream"
    metadata: Mapping[str, str] = attrs.field(factory=dict)
    headers: Mapping[str, str] = attrs.field(factory=dict)  # cache-control, content-encoding, content-disposition...


@attrs.frozen
class BucketInfo:
    name: str
    created: Instant
    object_count: int
    bytes_used: int


def no_such_bucket(name: str) -> StoreError:
    return StoreError("NoSuchBucket", f"The bucket {name!r} does not exist.")


def no_such_key(bucket: str, key: str) -> StoreError:
    return StoreError("NoSuchKey", f"The bucket {bucket!r} has no object {key!r}.")


class ObjectStore(Protocol):
    """Buckets and objects of one tenant."""

    def bucket_names(self) -> list[str]: ...

    def buckets(self) -> list[BucketInfo]: ...

    def bytes_used(self) -> int:
        """The sizes of all objects together."""
        ...

    def bucket(self, name: str) -> BucketInfo:
        """Raises :class:`StoreError` ``NoSuchBucket``."""
        ...

    def create_bucket(self, name: str, now: Instant) -> bool:
        """True when it is new. The owner's existing bucket is left as it is (False), as Qarnot's gateway does."""
        ...

    def delete_bucket(self, name: str) -> None:
        """Raises ``NoSuchBucket`` or ``BucketNotEmpty``."""
        ...

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
        """Store or replace an object; ``etag`` overrides the md5 (multipart). Raises ``NoSuchBucket``."""
        ...

    def head(self, bucket: str, key: str) -> ObjectInfo:
        """Raises ``NoSuchBucket`` or ``NoSuchKey``."""
        ...

    def get(self, bucket: str, key: str, start: int = 0, stop: int | None = None) -> bytes:
        """The bytes ``[start, stop)`` of an object. Raises as :meth:`head`."""
        ...

    def read(self, bucket: str, key: str, start: int, stop: int) -> Iterator[bytes]:
        """The same bytes as :meth:`get`, a megabyte at a time, whatever becomes of the object meanwhile."""
        ...

    def copy(self, source: ObjectInfo, source_bucket: str, bucket: str, key: str, now: Instant) -> ObjectInfo:
        """Store the bytes of an object under another key too, with the ETag, type, metadata and headers of ``source``.

        Raises ``NoSuchBucket`` or ``NoSuchKey``.
        """
        ...

    def delete(self, bucket: str, key: str) -> bool:
        """True when there was one. Raises ``NoSuchBucket``."""
        ...

    def list(self, bucket: str, prefix: str = "", after: str = "") -> Iterator[ObjectInfo]:
        """Objects whose key has ``prefix`` and sorts after ``after``, in byte order. Raises ``NoSuchBucket``."""
        ...
