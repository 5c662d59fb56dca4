# Generated from qarnot_hl/_async/resource_buckets.py by scripts/unasync.py. Do not edit.
"""The buckets whose files the instances of a task or pool find, and deleting them together with it.

Looking at a bucket never creates it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from qarnot_hl._core.json_types import Json
from qarnot_hl._core.resource_state import ListView
from qarnot_hl._core.wire_values import mapping, texts
from qarnot_hl._sync.resource import Resource
from qarnot_hl.exceptions import MissingBucketException

if TYPE_CHECKING:
    from qarnot_hl._sync.bucket import Bucket

RESOURCES = "advancedResourceBuckets"


class ResourceBuckets(Resource):
    """A task or pool with resources."""

    @property
    def resources(self) -> ListView[Bucket]:
        """The buckets whose files the instances find. A list that can be changed in place before submit."""
        self._before_read(RESOURCES, "resources", False)
        return self._resources_view()

    @resources.setter
    def resources(self, buckets: Iterable[Bucket] | None) -> None:
        self._state.edit(RESOURCES, [bucket_json(bucket) for bucket in buckets or ()])

    def _resources_view(self) -> ListView[Bucket]:
        from qarnot_hl._sync.bucket import Bucket

        def read() -> Json:
            return self._known(RESOURCES) or [{"bucketName": name} for name in texts(self._known("resourceBuckets"))]

        def decode(entry: Json) -> Bucket:
            return Bucket.from_json(self._connection, mapping(entry))

        return ListView(read, partial(self._state.edit, RESOURCES), decode, bucket_json)

    def _delete_with(self, buckets: Iterable[Bucket]) -> None:
        """Delete the object, then the buckets as far as they exist."""
        self._operate("delete")
        self._note_deleted()
        for bucket in buckets:
            try:
                bucket.delete()
            except MissingBucketException:
                continue


def bucket_json(bucket: Bucket) -> Json:
    """A bucket's wire form. Raises TypeError for anything else."""
    from qarnot_hl._sync.bucket import Bucket

    if not isinstance(bucket, Bucket):
        raise TypeError(f"{bucket!r} is not a bucket: make one with connection.create_bucket(name)")
    return bucket.to_json()
