"""The part of boto3's S3 client and resource that this package uses and its users most often want, typed.

boto3 makes its methods at run time and has no types of its own; these protocols stand in for them, so that no ``Any``
leaks from :attr:`Connection.s3client`. Every other boto3 operation is reachable too, untyped. No behaviour here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import IO, Any, Protocol, Required, TypeAlias, TypedDict

Answer: TypeAlias = Mapping[str, Any]  # a parsed S3 answer, as boto3 documents it for the operation


class ListedObject(TypedDict, total=False):
    """One entry of a listing."""

    Key: Required[str]
    Size: int
    ETag: str
    LastModified: datetime
    StorageClass: str


class Page(TypedDict, total=False):
    """One page of ListObjectsV2."""

    Contents: list[ListedObject]
    IsTruncated: bool
    NextContinuationToken: str


class Body(Protocol):
    """The stream of an object's bytes."""

    def read(self, amt: int | None = None) -> bytes: ...

    def close(self) -> None: ...


class S3Client(Protocol):
    """boto3's S3 client. Safe to share between threads."""

    def list_buckets(self) -> Answer: ...

    def create_bucket(self, *, Bucket: str) -> Answer: ...  # noqa: N803

    def head_bucket(self, *, Bucket: str) -> Answer: ...  # noqa: N803

    def delete_bucket(self, *, Bucket: str) -> Answer: ...  # noqa: N803

    def get_bucket_versioning(self, *, Bucket: str) -> Answer: ...  # noqa: N803

    def list_objects_v2(
        self,
        *,
        Bucket: str,  # noqa: N803
        Prefix: str = "",  # noqa: N803
        ContinuationToken: str = "",  # noqa: N803
        MaxKeys: int = 1000,  # noqa: N803
    ) -> Page: ...

    def list_object_versions(
        self,
        *,
        Bucket: str,  # noqa: N803
        KeyMarker: str = "",  # noqa: N803
        VersionIdMarker: str = "",  # noqa: N803
    ) -> Answer: ...

    def head_object(self, *, Bucket: str, Key: str) -> Answer: ...  # noqa: N803

    def get_object(
        self,
        *,
        Bucket: str,  # noqa: N803
        Key: str,  # noqa: N803
        Range: str = "",  # noqa: N803
        IfMatch: str = "",  # noqa: N803
    ) -> Answer: ...

    def put_object(self, *, Bucket: str, Key: str, Body: bytes | IO[bytes]) -> Answer: ...  # noqa: N803

    def copy_object(
        self,
        *,
        Bucket: str,  # noqa: N803
        Key: str,  # noqa: N803
        CopySource: Mapping[str, str],  # noqa: N803
        CopySourceIfMatch: str = "",  # noqa: N803
    ) -> Answer: ...

    def delete_object(self, *, Bucket: str, Key: str) -> Answer: ...  # noqa: N803

    def delete_objects(self, *, Bucket: str, Delete: Mapping[str, object]) -> Answer: ...  # noqa: N803

    def upload_file(self, Filename: str, Bucket: str, Key: str, **options: object) -> None: ...  # noqa: N803

    def upload_fileobj(self, Fileobj: IO[bytes], Bucket: str, Key: str, **options: object) -> None: ...  # noqa: N803

    def download_file(self, Bucket: str, Key: str, Filename: str, **options: object) -> None: ...  # noqa: N803

    def download_fileobj(self, Bucket: str, Key: str, Fileobj: IO[bytes], **options: object) -> None: ...  # noqa: N803

    def copy(self, CopySource: Mapping[str, str], Bucket: str, Key: str, **options: object) -> None: ...  # noqa: N803

    def generate_presigned_url(
        self,
        ClientMethod: str,  # noqa: N803
        Params: Mapping[str, object] | None = None,  # noqa: N803
        ExpiresIn: int = 3600,  # noqa: N803
    ) -> str: ...

    def close(self) -> None: ...

    def __getattr__(self, name: str) -> Callable[..., Any]: ...


class S3Object(Protocol):
    """boto3's ``S3.Object`` resource."""

    key: str
    bucket_name: str

    def get(self) -> Answer: ...

    def delete(self) -> Answer: ...

    def download_file(self, Filename: str) -> None: ...  # noqa: N803

    def upload_file(self, Filename: str) -> None: ...  # noqa: N803

    def __getattr__(self, name: str) -> Any: ...


class S3Collection(Protocol):
    """boto3's collections, such as ``bucket.objects``: an ``all()`` and a ``filter()`` that fetch when iterated."""

    def all(self) -> Iterable[Any]: ...

    def filter(self, **conditions: object) -> Iterable[Any]: ...


class S3Bucket(Protocol):
    """boto3's ``S3.Bucket`` resource."""

    name: str
    objects: S3Collection

    def __getattr__(self, name: str) -> Any: ...


class S3Resource(Protocol):
    """boto3's S3 service resource. Not to be shared between threads."""

    buckets: S3Collection

    def Bucket(self, name: str) -> S3Bucket: ...  # noqa: N802

    def Object(self, bucket_name: str, key: str) -> S3Object: ...  # noqa: N802

    def __getattr__(self, name: str) -> Any: ...
