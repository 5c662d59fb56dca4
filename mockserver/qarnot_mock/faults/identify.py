"""What a request to the storage asks for and who asks, as far as can be told before it is checked. Pure."""

from __future__ import annotations

import re
from urllib.parse import unquote

from qarnot_mock.messages import Request
from qarnot_mock.storage.errors import S3Error
from qarnot_mock.storage.handler import level
from qarnot_mock.storage.routes import route
from qarnot_mock.storage.uri import parse_query, parse_target

_SIGNER = re.compile(r"Credential=([^,]+?)/\d{8}/").search
_PRESIGNED = re.compile(r"(?:^|&)(?:X-Amz-Credential=([^&]+?)(?:%2F|/)\d{8}|AWSAccessKeyId=([^&]+))").search


def storage_operation(request: Request) -> str:
    """The S3 operation, or "" for what is none."""
    try:
        target = parse_target(request.path, request.header("host"))
        copies = bool(request.header("x-amz-copy-source"))
        return route(request.method, level(target), dict(parse_query(request.query)), copies)
    except S3Error:
        return ""


def access_key(request: Request) -> str:
    """The access key that the request says it is signed with, or ""."""
    if signed := _SIGNER(request.header("authorization")):
        return signed[1]
    presigned = _PRESIGNED(request.query)
    return unquote(presigned[1] or presigned[2]) if presigned else ""
