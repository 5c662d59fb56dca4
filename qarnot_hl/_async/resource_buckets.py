"""The buckets whose files the instances of a task or pool find, and deleting them together with it.

Looking at a bucket never creates it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from qarnot_hl._async.resource import AsyncResource
from qarnot_hl._core.json_types import Json
from qarnot_hl._core.resource_state import ListView
from qarnot_hl._core.wire_values import mapping, texts
from qarnot_hl.exceptions import MissingBucketException

if TYPE_CHECKING:
    from qarnot_hl._async.bucket import AsyncBucket

RESOURCES = "advancedResourceBuckets"


class AsyncResourceBuckets(AsyncResource):
    """A task or pool with resources."""

    @property
    def resources(self) -> ListView[AsyncBucket]:
        """The buckets whose files the instances find. A list that can be changed in place before submit."""
        self._before_read(RESOURCES, "resources", False)
        return self._resources_view()

    @resources.setter
    def resources(self, buckets: Iterable[AsyncBucket] | None) -> None:
        self._state.edit(RESOURCES, [bucket_json(bucket) for bucket in buckets or ()])

    def _resources_view(self) -> ListView[AsyncBucket]:
        from qarnot_hl._async.bucket import AsyncBucket

        def read() -> Json:
            return self._known(RESOURCES) or [{"bucketName": name} for name in texts(self._known("resourceBuckets"))]

        def decode(entry: Json) -> AsyncBucket:
            return AsyncBucket.from_json(self._connection, mapping(entry))

        return ListView(read, partial(self._state.edit, RESOURCES), decode, bucket_json)

    async def _delete_with(self, buckets: Iterable[AsyncBucket]) -> None:
        """Delete the object, then the buckets as far as they exist."""
        await self._operate("delete")
        self._note_deleted()
        for bucket in buckets:
            try:
                await bucket.delete()
            except MissingBucketException:
                continue


def bucket_json(bucket: AsyncBucket) -> Json:
    """A bucket's wire form. Raises TypeError for anything else."""
    from qarnot_hl._async.bucket import AsyncBucket

    if not isinstance(bucket, AsyncBucket):
        raise TypeError(f"{bucket!r} is not a bucket: make one with connection.create_bucket(name)")
    return bucket.to_json()
