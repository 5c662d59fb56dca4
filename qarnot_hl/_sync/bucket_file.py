# Generated from qarnot_hl/_async/bucket_file.py by scripts/unasync.py. Do not edit.
"""An entry of a bucket's listing: a value with the attributes of boto3's ``ObjectSummary``. No I/O but on request."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from qarnot_hl._core.sync_actions import RemoteFile
from qarnot_hl._s3.protocols import S3Object
from qarnot_hl._sync.fanout import run_blocking

if TYPE_CHECKING:
    from qarnot_hl._sync.connection import Connection


@attrs.frozen
class BucketFile:
    """One file of a bucket, as it was when it was listed.

    ``e_tag`` is in double quotes, as S3 sends it; ``size`` in bytes; ``last_modified`` with its time zone.
    """

    bucket_name: str
    key: str
    e_tag: str
    size: int
    last_modified: datetime | None = None
    storage_class: str | None = None
    _connection: Connection | None = attrs.field(default=None, repr=False, eq=False)

    @classmethod
    def of(cls, connection: Connection, bucket_name: str, file: RemoteFile) -> BucketFile:
        """Made from a listing."""
        etag = f'"{file.etag}"'
        return cls(bucket_name, file.key, etag, file.size, file.last_modified, file.storage_class, connection)

    def Object(self) -> S3Object:  # noqa: N802  (boto3's spelling)
        """The boto3 ``S3.Object`` of this file, made on each call; it fetches what it is asked for."""
        if self._connection is None:
            raise ValueError(f"{self.key!r} was not listed through a connection")
        resource = self._connection.s3resource
        found: S3Object = run_blocking(resource.Object, self.bucket_name, self.key)
        return found
