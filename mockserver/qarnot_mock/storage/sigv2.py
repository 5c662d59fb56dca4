"""AWS Signature Version 2 of presigned URLs, boto3's default for them on a custom endpoint. Pure arithmetic only."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from urllib.parse import unquote

from qarnot_mock.storage.sigv4 import wire_bytes

SUBRESOURCES = frozenset(
    [
        "accelerate",
        "acl",
        "cors",
        "defaultObjectAcl",
        "lifecycle",
        "location",
        "logging",
        "notification",
        "partNumber",
        "policy",
        "requestPayment",
        "torrent",
        "versioning",
        "versionId",
        "versions",
        "website",
        "uploads",
        "uploadId",
        "response-content-type",
        "response-content-language",
        "response-expires",
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
        "delete",
        "tagging",
        "restore",
        "storageClass",
        "analytics",
        "inventory",
        "metrics",
        "replication",
        "select",
        "select-type",
        "x-amz-security-token",
        "encryption",
    ]
)
"""The query parameters that the signature covers; all others are free."""


def string_to_sign(method: str, resource: str, query: str, headers: Mapping[str, str], expires: str) -> str:
    """What a V2 presigned URL signs.

    ``resource`` is the raw path with the bucket in front; ``query`` is raw too, because ``acl`` and ``acl=`` differ.
    """
    amz = sorted((name, value.strip()) for name, value in headers.items() if name.startswith("x-amz-"))
    parts = sorted(part.partition("=") for part in query.split("&"))
    suffix = "&".join(
        name + equals + unquote(value, "latin-1") for name, equals, value in parts if name in SUBRESOURCES
    )
    lines = [
        method,
        headers.get("content-md5", ""),
        headers.get("content-type", ""),
        expires,
        *(f"{name}:{value}" for name, value in amz),
        f"{resource}?{suffix}" if suffix else resource,
    ]
    return "\n".join(lines)


def sign(secret_key: str, text: str) -> str:
    """The signature in base64."""
    return base64.b64encode(hmac.digest(secret_key.encode(), wire_bytes(text), "sha1")).decode()
