"""An object store that is a real S3 server, reached with boto3: what ``--storage-url`` puts behind the mock.

Clients talk to that server themselves; this is how a world's own effects (buckets, results, what a local instance
reads) get there. Dates are the server's, and so are ETags: those that a caller asks for are not kept.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import attrs

from qarnot_mock.sim.commands import Instant
from qarnot_mock.storage.pieces import Content, pieces_of, portions
from qarnot_mock.storage.store import BucketInfo, ObjectInfo, StoreError, no_such_bucket, no_such_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REGION = "us-east-1"
KEPT = {
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "content-language": "ContentLanguage",
    "expires": "Expires",
}
_UNREACHABLE = "ServiceUnavailable"


@attrs.frozen
class RemoteStorage:
    """Where a real S3 server is. Without credentials an account's own e-mail and token are used, as its clients do."""

    url: str
    access_key: str | None = None
    secret_key: str | None = attrs.field(default=None, repr=False)

    def store_for(self, email: str, token: str) -> RemoteStore:
        """The store of one account. No request is made yet."""
        return RemoteStore(_client(self.url, *self.credentials(email, token)), self.url)

    def credentials(self, email: str, token: str) -> tuple[str, str]:
        """Access key and secret key for what an account stores."""
        return self.access_key or email, self.secret_key or token

    def check(self) -> None:
        """Raises :class:`StoreError` when the server cannot be reached, or refuses the credentials if there are any."""
        try:
            self.store_for("nobody", "nobody").bucket_names()
        except StoreError as error:
            if error.code == _UNREACHABLE or self.access_key is not None:
                raise


class RemoteStore:
    """Implements :class:`~qarnot_mock.storage.store.ObjectStore` over a boto3 client. The server's refusals, and its
    silence (``ServiceUnavailable``), are raised as :class:`StoreError`."""

    def __init__(self, client: S3Client, url: str) -> None:
        self._client = client
        self._url = url

    def bucket_names(self) -> list[str]:
        with self._refusals():
            return sorted(bucket["Name"] for bucket in self._client.list_buckets().get("Buckets", []))

    def buckets(self) -> list[BucketInfo]:
        with self._refusals():
            found = self._client.list_buckets().get("Buckets", [])
        return [BucketInfo(each["Name"], _instant(each["CreationDate"]), *self._usage(each["Name"])) for each in found]

    def bucket(self, name: str) -> BucketInfo:
        found = next((bucket for bucket in self.buckets() if bucket.name == name), None)
        if found is None:
            raise no_such_bucket(name)
        return found

    def bytes_used(self) -> int:
        return sum(self._usage(name)[1] for name in self.bucket_names())

    def create_bucket(self, name: str, now: Instant) -> bool:
        if name in self.bucket_names():
            return False
        with self._refusals():
            self._client.create_bucket(Bucket=name)
        return True

    def delete_bucket(self, name: str) -> None:
        with self._refusals():
            self._client.delete_bucket(Bucket=name)

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
        traits: Any = _traits(content_type, metadata or {}, headers or {})
        with self._refusals():
            self._client.put_object(Bucket=bucket, Key=key, Body=b"".join(pieces_of(content)), **traits)
        return self.head(bucket, key)

    def head(self, bucket: str, key: str) -> ObjectInfo:
        with self._refusals(bucket, key):
            found = self._client.head_object(Bucket=bucket, Key=key)
        sent = found["ResponseMetadata"]["HTTPHeaders"]
        return ObjectInfo(
            key,
            found["ContentLength"],
            found["ETag"].strip('"'),
            _instant(found["LastModified"]),
            found.get("ContentType", "binary/octet-stream"),
            dict(found["Metadata"]),
            {name: sent[name] for name in KEPT if name in sent},
        )

    def get(self, bucket: str, key: str, start: int = 0, stop: int | None = None) -> bytes:
        if stop is not None and stop <= start:
            return b""
        last = "" if stop is None else stop - 1
        wanted: Any = {} if (start, stop) == (0, None) else {"Range": f"bytes={start}-{last}"}
        try:
            with self._refusals(bucket, key):
                return self._client.get_object(Bucket=bucket, Key=key, **wanted)["Body"].read()
        except StoreError as error:
            if error.code == "InvalidRange":
                return b""
            raise

    def read(self, bucket: str, key: str, start: int, stop: int) -> Iterator[bytes]:
        return (self.get(bucket, key, begin, end) for _, begin, end in portions([stop], start, stop))

    def copy(self, source: ObjectInfo, source_bucket: str, bucket: str, key: str, now: Instant) -> ObjectInfo:
        traits: Any = _traits(source.content_type, source.metadata, source.headers)
        with self._refusals(source_bucket, source.key):
            path = quote(f"{source_bucket}/{source.key}")
            self._client.copy_object(Bucket=bucket, Key=key, CopySource=path, MetadataDirective="REPLACE", **traits)
        return self.head(bucket, key)

    def delete(self, bucket: str, key: str) -> bool:
        try:
            self.head(bucket, key)
        except StoreError as error:
            if error.code != "NoSuchKey":
                raise
            return False
        with self._refusals():
            self._client.delete_object(Bucket=bucket, Key=key)
        return True

    def list(self, bucket: str, prefix: str = "", after: str = "") -> Iterator[ObjectInfo]:
        if bucket not in self.bucket_names():
            raise no_such_bucket(bucket)
        return self._listing(bucket, prefix, after)

    def _listing(self, bucket: str, prefix: str, after: str) -> Iterator[ObjectInfo]:
        """A listing tells neither type nor metadata: those are as :class:`ObjectInfo` has them by default."""
        with self._refusals():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=bucket, Prefix=prefix, StartAfter=after
            )
            for page in pages:
                for each in page.get("Contents", []):
                    yield ObjectInfo(each["Key"], each["Size"], each["ETag"].strip('"'), _instant(each["LastModified"]))

    def _usage(self, bucket: str) -> tuple[int, int]:
        """Objects and bytes: told by a Ceph gateway, counted elsewhere."""
        with self._refusals(bucket):
            told = self._client.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPHeaders"]
        if "x-rgw-object-count" in told and "x-rgw-bytes-used" in told:
            return int(told["x-rgw-object-count"]), int(told["x-rgw-bytes-used"])
        sizes = [info.size for info in self._listing(bucket, "", "")]
        return len(sizes), sum(sizes)

    @contextlib.contextmanager
    def _refusals(self, bucket: str = "", key: str = "") -> Iterator[None]:
        """boto3's errors as ours. The answer to a HEAD has no code: a 404 is about the ``bucket`` or ``key`` given."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            code, said = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
            if code == "404":
                missing = not key or bucket not in self.bucket_names()
                raise (no_such_bucket(bucket) if missing else no_such_key(bucket, key)) from None
            raise StoreError(code, f"The storage at {self._url} refused {error.operation_name}: {said}") from error
        except BotoCoreError as error:
            raise StoreError(_UNREACHABLE, f"The storage at {self._url} cannot be used: {error}") from error


def _client(url: str, access_key: str, secret_key: str) -> S3Client:
    import boto3
    from botocore.config import Config

    return boto3.session.Session().client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        region_name=REGION,
        config=Config(
            s3={"addressing_style": "path"},
            signature_version="s3v4",
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=5,
            read_timeout=60,
            retries={"max_attempts": 2, "mode": "standard"},
        ),
    )


def _traits(content_type: str, metadata: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, object]:
    kept = {KEPT[name]: value for name, value in headers.items() if name in KEPT}
    return {"ContentType": content_type, "Metadata": dict(metadata), **kept}


def _instant(moment: Any) -> Instant:
    return int(moment.timestamp() * 1_000_000)
