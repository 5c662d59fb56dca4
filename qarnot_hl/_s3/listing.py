"""Reads what a bucket holds, page by page. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from qarnot_hl._core.sync_actions import RemoteFile
from qarnot_hl._s3.errors import translated
from qarnot_hl._s3.place import Place
from qarnot_hl._s3.protocols import S3Client


def remote_files(where: Place, prefix: str = "") -> Iterator[RemoteFile]:
    """The objects whose key starts with ``prefix``, as they come. Raises :class:`MissingBucketException`."""
    for file in where.plane.list(where.bucket, prefix):
        where.stop.check()
        yield file


def find(where: Place, key: str) -> RemoteFile | None:
    """The object of exactly this key, if there is one.

    Asked by a listing, because a HEAD cannot tell a missing object from a missing bucket.
    """
    return next((file for file in where.plane.list(where.bucket, key, limit=1) if file.key == key), None)


def versions(where: Place, client: S3Client) -> Iterator[dict[str, str]]:
    """Key and version of everything in a bucket, also of past versions and delete markers.

    A bucket that was never versioned is listed as it is.
    """
    with translated("empty", where.bucket):
        versioned = client.get_bucket_versioning(Bucket=where.bucket).get("Status")
    if not versioned:
        yield from ({"Key": file.key} for file in remote_files(where))
        return
    options: dict[str, str] = {}
    while True:
        with translated("empty", where.bucket):
            page = client.list_object_versions(Bucket=where.bucket, **options)
        for entry in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            yield {"Key": entry["Key"], "VersionId": entry["VersionId"]}
        if not page.get("IsTruncated"):
            return
        options = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}
