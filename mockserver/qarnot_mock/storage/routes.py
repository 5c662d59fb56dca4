"""Which S3 operation a request asks for: a table over method, level and query flags. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from qarnot_mock.storage.errors import S3Error

Level = Literal["service", "bucket", "object"]

ROUTES: dict[tuple[str, Level], tuple[tuple[str, str], ...]] = {
    ("GET", "service"): (("", "ListBuckets"),),
    ("PUT", "bucket"): (("", "CreateBucket"),),
    ("HEAD", "bucket"): (("", "HeadBucket"),),
    ("DELETE", "bucket"): (("", "DeleteBucket"),),
    ("POST", "bucket"): (("delete", "DeleteObjects"),),
    ("GET", "bucket"): (
        ("versioning", "GetBucketVersioning"),
        ("location", "GetBucketLocation"),
        ("acl", "GetBucketAcl"),
        ("uploads", "ListMultipartUploads"),
        ("versions", "ListObjectVersions"),
        ("list-type", "ListObjectsV2"),
        ("", "ListObjects"),
    ),
    ("PUT", "object"): (("uploadId", "UploadPart"), ("", "PutObject")),
    ("GET", "object"): (("uploadId", "ListParts"), ("acl", "GetObjectAcl"), ("", "GetObject")),
    ("HEAD", "object"): (("", "HeadObject"),),
    ("DELETE", "object"): (("uploadId", "AbortMultipartUpload"), ("", "DeleteObject")),
    ("POST", "object"): (("uploads", "CreateMultipartUpload"), ("uploadId", "CompleteMultipartUpload")),
}
"""For each method and level the query flag that selects an operation; ``""`` is the operation without any flag."""

COPIES = {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}
"""What an operation becomes when ``x-amz-copy-source`` is there."""

SUBRESOURCES = frozenset(
    [
        "accelerate",
        "acl",
        "analytics",
        "annotation",
        "attributes",
        "cors",
        "delete",
        "encryption",
        "intelligent-tiering",
        "inventory",
        "legal-hold",
        "lifecycle",
        "location",
        "logging",
        "metadataConfiguration",
        "metadataTable",
        "metrics",
        "notification",
        "object-lock",
        "ownershipControls",
        "partNumber",
        "policy",
        "policyStatus",
        "publicAccessBlock",
        "renameObject",
        "replication",
        "requestPayment",
        "restore",
        "retention",
        "select",
        "session",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versioning",
        "versions",
        "website",
    ]
)
"""Query flags that select another operation than the plain one: each is routed or refused, never ignored."""


def route(method: str, level: Level, parameters: Mapping[str, str], copies: bool) -> str:
    """The operation's name. Raises ``NotImplemented`` naming what was asked, or ``MethodNotAllowed``."""
    asked = [name for name in parameters if name in SUBRESOURCES]
    for flag, operation in ROUTES.get((method, level), ()):
        if flag in parameters or not (flag or asked):
            return COPIES.get(operation, operation) if copies else operation
    where = {"service": "the service", "bucket": "a bucket", "object": "an object"}[level]
    if asked or method == "POST":
        flags = "".join(f"?{name}" for name in asked) or "a form upload"
        raise S3Error(
            "NotImplemented", f"{method} {flags} on {where} is not an operation of this server (see docs/mock-s3.md)."
        )
    raise S3Error("MethodNotAllowed", f"{method} is not allowed on {where}.", Method=method)
