"""An object store in memory: a dict for lookups and a sorted list of keys per bucket for listings.

Lookups are O(1). A new key costs a bisect (O(log n)) and a memmove of the key list, a few tens of microseconds at
100,000 keys; appending in order, as a sync does, costs nothing extra. Python orders strings by code point, which is
the byte order of their UTF-8, so no key is ever encoded to compare it.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence

import attrs

from qarnot_mock.sim.commands import Instant
from qarnot_mock.storage.pieces import Content, cut, md5_of, pieces_of, portions
from qarnot_mock.storage.store import BucketInfo, ObjectInfo, StoreError, no_such_bucket, no_such_key

_FIRST_BATCH, _LARGEST_BATCH = 16, 1024


_Kept = tuple[ObjectInfo, tuple[bytes, ...]]


@attrs.define
class _Bucket:
    created: Instant
    objects: dict[str, _Kept] = attrs.field(factory=dict)
    keys: list[str] = attrs.field(factory=list)
    bytes_used: int = 0


class MemoryStore:
    """Implements :class:`~qarnot_mock.storage.store.ObjectStore`; everything is gone with the process."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.RLock()

    def bucket_names(self) -> list[str]:
        with self._lock:
            return sorted(self._buckets)

    def buckets(self) -> list[BucketInfo]:
        with self._lock:
            return [self.bucket(name) for name in sorted(self._buckets)]

    def bytes_used(self) -> int:
        with self._lock:
            return sum(bucket.bytes_used for bucket in self._buckets.values())

    def bucket(self, name: str) -> BucketInfo:
        with self._lock:
            bucket = self._bucket(name)
            return BucketInfo(name, bucket.created, len(bucket.objects), bucket.bytes_used)

    def create_bucket(self, name: str, now: Instant) -> bool:
        with self._lock:
            if name in self._buckets:
                return False
            self._buckets[name] = _Bucket(now)
            return True

    def delete_bucket(self, name: str) -> None:
        with self._lock:
            if self._bucket(name).objects:
                raise StoreError("BucketNotEmpty", f"The bucket {name!r} is not empty: delete its objects first.")
            del self._buckets[name]

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
        return self._keep(bucket, (info, pieces))

    def copy(self, source: ObjectInfo, source_bucket: str, bucket: str, key: str, now: Instant) -> ObjectInfo:
        pieces = self._object(source_bucket, source.key)[1]
        return self._keep(bucket, (attrs.evolve(source, key=key, last_modified=now), pieces))

    def _keep(self, bucket: str, kept: _Kept) -> ObjectInfo:
        info = kept[0]
        with self._lock:
            into = self._bucket(bucket)
            before = into.objects.get(info.key)
            if before is None:
                insort(into.keys, info.key)
            into.bytes_used += info.size - (before[0].size if before else 0)
            into.objects[info.key] = kept
        return info

    def head(self, bucket: str, key: str) -> ObjectInfo:
        return self._object(bucket, key)[0]

    def get(self, bucket: str, key: str, start: int = 0, stop: int | None = None) -> bytes:
        return cut(self._object(bucket, key)[1], start, stop)

    def read(self, bucket: str, key: str, start: int, stop: int) -> Iterator[bytes]:
        pieces = self._object(bucket, key)[1]
        return (pieces[number][first:last] for number, first, last in portions(map(len, pieces), start, stop))

    def delete(self, bucket: str, key: str) -> bool:
        with self._lock:
            kept = self._bucket(bucket)
            found = kept.objects.pop(key, None)
            if found is None:
                return False
            del kept.keys[bisect_left(kept.keys, key)]
            kept.bytes_used -= found[0].size
            return True

    def list(self, bucket: str, prefix: str = "", after: str = "") -> Iterator[ObjectInfo]:
        self._bucket(bucket)
        return self._listing(bucket, prefix, after)

    def _listing(self, bucket: str, prefix: str, after: str) -> Iterator[ObjectInfo]:
        """Reads in growing batches, so a short page of a large bucket is cheap and changes in between are harmless."""
        size = _FIRST_BATCH
        while batch := self._batch(bucket, prefix, after, size):
            yield from batch
            after = batch[-1].key
            size = min(2 * size, _LARGEST_BATCH)

    def _batch(self, bucket: str, prefix: str, after: str, size: int) -> Sequence[ObjectInfo]:
        with self._lock:
            kept = self._buckets.get(bucket)
            if kept is None:
                return []
            first = bisect_right(kept.keys, after) if after >= prefix else bisect_left(kept.keys, prefix)
            keys = kept.keys[first : first + size]
            return [kept.objects[key][0] for key in keys if key.startswith(prefix)]

    def _bucket(self, name: str) -> _Bucket:
        try:
            return self._buckets[name]
        except KeyError:
            raise no_such_bucket(name) from None

    def _object(self, bucket: str, key: str) -> _Kept:
        with self._lock:
            try:
                return self._bucket(bucket).objects[key]
            except KeyError:
                raise no_such_key(bucket, key) from None
