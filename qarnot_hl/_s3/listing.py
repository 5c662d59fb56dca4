"""Reads what a bucket holds, page by page. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from qarnot_hl._core.etag import unquoted
from qarnot_hl._core.sync_actions import RemoteFile
from qarnot_hl._s3.errors import translated
from qarnot_hl._s3.place import Place
from qarnot_hl._s3.protocols import ListedObject, S3Client


def remote_files(where: Place, prefix: str = "") -> Iterator[RemoteFile]:
    """The objects whose key starts with ``prefix``, as they come. Raises :class:`MissingBucketException`."""
    with translated("list files", where.bucket):
        for file in objects(where.client, where.bucket, prefix):
            where.stop.check()
            yield file


def objects(client: S3Client, bucket: str, prefix: str = "") -> Iterator[RemoteFile]:
    """The objects whose key starts with ``prefix``, in byte order of the key; 1000 a request."""
    page = client.list_objects_v2(Bucket=bucket, Prefix=prefix)
    while True:
        yield from (_remote_file(entry) for entry in page.get("Contents", ()))
        following = page.get("NextContinuationToken")
        if not (page.get("IsTruncated") and following):
            return
        page = client.list_objects_v2(Bucket=bucket, Prefix=prefix, ContinuationToken=following)


def find(client: S3Client, bucket: str, key: str) -> RemoteFile | None:
    """The object of exactly this key, if there is one.

    Asked by a listing, because a HEAD cannot tell a missing object from a missing bucket.
    """
    page = client.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
    return next((_remote_file(entry) for entry in page.get("Contents", ()) if entry["Key"] == key), None)


def versions(client: S3Client, bucket: str) -> Iterator[dict[str, str]]:
    """Key and version of everything in a bucket, also of past versions and delete markers.

    A bucket that was never versioned is listed as it is.
    """
    if not client.get_bucket_versioning(Bucket=bucket).get("Status"):
        yield from ({"Key": file.key} for file in objects(client, bucket))
        return
    options: dict[str, str] = {}
    while True:
        page = client.list_object_versions(Bucket=bucket, **options)
        for entry in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            yield {"Key": entry["Key"], "VersionId": entry["VersionId"]}
        if not page.get("IsTruncated"):
            return
        options = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}


def _remote_file(entry: ListedObject) -> RemoteFile:
    return RemoteFile(
        entry["Key"],
        entry.get("Size", 0),
        unquoted(entry.get("ETag", "")),
        entry.get("LastModified"),
        entry.get("StorageClass"),
    )
