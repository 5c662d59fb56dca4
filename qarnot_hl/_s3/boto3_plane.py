"""The data plane on boto3's client: for what it does through proxies and customised clients.

Only single requests are made of it, never managed transfers: one engine of those, ``awscrt``, sends the credentials to
a host of Amazon.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from qarnot_hl._core.etag import MIB, unquoted
from qarnot_hl._core.sync_actions import RemoteFile
from qarnot_hl._s3.errors import translated
from qarnot_hl._s3.plane import Body, BodyBroken, ObjectChanged, Part, Stored, UploadGone
from qarnot_hl._s3.protocols import ListedObject, S3Client
from qarnot_hl.exceptions import QarnotException

PRECONDITION_FAILED = 412


@attrs.frozen
class Boto3Plane:
    """A :class:`~qarnot_hl._s3.plane.Plane`."""

    client: S3Client
    name: str

    def create_bucket(self, bucket: str) -> None:
        """As the protocol says."""
        with translated("create", bucket):
            self.client.create_bucket(Bucket=bucket)

    def list(self, bucket: str, prefix: str = "", limit: int | None = None) -> Iterator[RemoteFile]:
        """As the protocol says."""
        options: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix}
        if limit is not None:
            options["MaxKeys"] = limit
        while True:
            with translated("list files", bucket):
                page = self.client.list_objects_v2(**options)
            yield from (_remote_file(entry) for entry in page.get("Contents", ()))
            following = page.get("NextContinuationToken")
            if limit is not None or not (page.get("IsTruncated") and following):
                return
            options["ContinuationToken"] = following

    def put(self, bucket: str, key: str, body: Body) -> Stored:
        """As the protocol says."""
        with translated("upload", bucket, key):
            return _stored(self.client.put_object(Bucket=bucket, Key=key, Body=body))

    @contextlib.contextmanager
    def get(
        self, bucket: str, key: str, start: int = 0, stop: int | None = None, etag: str | None = None
    ) -> Iterator[_Answer]:
        """As the protocol says."""
        options: dict[str, str] = {}
        if start or stop is not None:
            options["Range"] = f"bytes={start}-{'' if stop is None else stop - 1}"
        if etag is not None:
            options["IfMatch"] = f'"{etag}"'
        with _explained("download", bucket, key):
            answer = self.client.get_object(Bucket=bucket, Key=key, **options)
        try:
            yield _Answer(answer, f"file {key!r} in bucket {bucket!r}")
        finally:
            answer["Body"].close()

    def copy(self, bucket: str, source: str, key: str, etag: str | None = None) -> None:
        """As the protocol says."""
        condition = {} if etag is None else {"CopySourceIfMatch": f'"{etag}"'}
        with _explained("copy", bucket, source):
            self.client.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": source}, **condition)

    def delete(self, bucket: str, objects: Sequence[Mapping[str, str]]) -> Iterable[tuple[str, str]]:
        """As the protocol says."""
        with translated("delete files", bucket):
            answer = self.client.delete_objects(Bucket=bucket, Delete={"Objects": list(objects), "Quiet": True})
        return [(entry["Key"], f"{entry.get('Code')}: {entry.get('Message')}") for entry in answer.get("Errors", ())]

    def create_upload(self, bucket: str, key: str) -> str:
        """As the protocol says."""
        with translated("upload", bucket, key):
            return str(self.client.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"])

    def put_part(self, bucket: str, key: str, upload: str, number: int, body: Body) -> Stored:
        """As the protocol says."""
        with _explained("upload", bucket, key):
            return _stored(
                self.client.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body)
            )

    def copy_part(
        self, bucket: str, key: str, upload: str, number: int, source: str, start: int, stop: int, etag: str
    ) -> Stored:
        """As the protocol says."""
        with _explained("copy", bucket, source):
            answer = self.client.upload_part_copy(
                Bucket=bucket, Key=key, UploadId=upload, PartNumber=number,
                CopySource={"Bucket": bucket, "Key": source},
                CopySourceRange=f"bytes={start}-{stop - 1}", CopySourceIfMatch=f'"{etag}"',
            )  # fmt: skip
        return _stored({**answer, **answer["CopyPartResult"]})

    def list_parts(self, bucket: str, key: str, upload: str) -> Iterator[Part]:
        """As the protocol says."""
        options: dict[str, int] = {}
        while True:
            with _explained("resume the upload", bucket, key):
                page = self.client.list_parts(Bucket=bucket, Key=key, UploadId=upload, **options)
            for entry in page.get("Parts", ()):
                yield Part(entry["PartNumber"], entry["Size"], unquoted(entry["ETag"]))
            if not page.get("IsTruncated"):
                return
            options = {"PartNumberMarker": page["NextPartNumberMarker"]}

    def complete_upload(self, bucket: str, key: str, upload: str, etags: Sequence[str]) -> Stored:
        """As the protocol says."""
        parts = [{"PartNumber": number, "ETag": f'"{etag}"'} for number, etag in enumerate(etags, 1)]
        with _explained("upload", bucket, key):
            return _stored(
                self.client.complete_multipart_upload(
                    Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}
                )
            )

    def abort_upload(self, bucket: str, key: str, upload: str) -> None:
        """As the protocol says."""
        with _explained("drop the upload", bucket, key):
            self.client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)

    def close(self) -> None:
        """As the protocol says."""
        self.client.close()


@attrs.frozen
class _Answer:
    _answer: Mapping[str, Any]
    _about: str

    @property
    def size(self) -> int:
        told = str(self._answer.get("ContentRange", "")).rpartition("/")[2]
        return int(told) if told.isdecimal() else int(self._answer["ContentLength"])

    @property
    def etag(self) -> str:
        return unquoted(str(self._answer["ETag"]))

    @property
    def opaque(self) -> bool:
        return _encrypted(self._answer)

    def chunks(self) -> Iterator[bytes]:
        """At most a MiB at a time; an answer that ends too early is broken as well."""
        missing = int(self._answer["ContentLength"])
        while missing > 0:
            try:
                chunk = self._answer["Body"].read(min(MIB, missing))
            except _broken_stream() as error:
                raise BodyBroken(f"the connection broke ({self._about}): {error}") from error
            if not chunk:
                raise BodyBroken(f"the connection broke ({self._about})")
            missing -= len(chunk)
            yield chunk


@contextlib.contextmanager
def _explained(action: str, bucket: str, key: str) -> Iterator[None]:
    """As ``translated``, and tells apart what a transfer can do something about."""
    try:
        with translated(action, bucket, key):
            yield
    except QarnotException as error:
        words = str(error).removeprefix("Error: ")
        if _code(error) == "NoSuchUpload":
            raise UploadGone(words, status=error.status, object_id=bucket) from error
        if error.status == PRECONDITION_FAILED:
            raise ObjectChanged(words, status=error.status, object_id=bucket) from error
        raise


def _code(error: QarnotException) -> str:
    response = getattr(error.__cause__, "response", {})
    return str(response.get("Error", {}).get("Code", ""))


def _stored(answer: Mapping[str, Any]) -> Stored:
    return Stored(unquoted(str(answer.get("ETag", ""))), _encrypted(answer))


def _encrypted(answer: Mapping[str, Any]) -> bool:
    """With keys of the server or the customer an ETag is no md5; with the storage's own (AES256) it is."""
    return "SSECustomerAlgorithm" in answer or "kms" in str(answer.get("ServerSideEncryption", ""))


def _remote_file(entry: ListedObject) -> RemoteFile:
    return RemoteFile(
        entry["Key"],
        entry.get("Size", 0),
        unquoted(entry.get("ETag", "")),
        entry.get("LastModified"),
        entry.get("StorageClass"),
    )


def _broken_stream() -> tuple[type[Exception], ...]:
    import botocore.exceptions

    return (
        botocore.exceptions.ResponseStreamingError,
        botocore.exceptions.IncompleteReadError,
        botocore.exceptions.ReadTimeoutError,
    )
