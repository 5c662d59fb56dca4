"""What an answer of the storage must hold to, for what was asked. Pure; asked and answered bodies are whole."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping
from urllib.parse import unquote

import attrs

from qarnot_mock.messages import Response
from qarnot_mock.storage import xmlio
from qarnot_mock.storage.errors import STATUS, S3Error

SUCCESS: Mapping[str, frozenset[int]] = {
    "GetObject": frozenset({200, 206, 304}),
    "HeadObject": frozenset({200, 206, 304}),
    "DeleteObject": frozenset({204}),
    "DeleteBucket": frozenset({204}),
    "AbortMultipartUpload": frozenset({204}),
}
"""Statuses of success where they are others than 200."""

LISTINGS: Mapping[str, str] = {"ListObjects": "ListBucketResult", "ListObjectsV2": "ListBucketResult"}


@attrs.frozen
class Asked:
    """A request for an operation of the storage: its query decoded, its body without its transfer coding."""

    operation: str
    method: str
    parameters: Mapping[str, str]
    body: bytes = attrs.field(repr=False)


def faults(asked: Asked, response: Response) -> tuple[str, ...]:
    """What is wrong with an answer."""
    if response.status >= 400:
        return tuple(_refusal(asked, response))
    if response.status not in SUCCESS.get(asked.operation, {200}):
        return (f"{asked.operation} was answered {response.status}",)
    found = _length(asked, response)
    rule = RULES.get(asked.operation)
    return tuple(found if rule is None else [*found, *rule(asked, response)])


def _refusal(asked: Asked, response: Response) -> list[str]:
    if asked.method == "HEAD":
        return []
    try:
        code = xmlio.parse(response.body, "Error").child_text("Code")
    except S3Error as error:
        return [f"{asked.operation} was refused ({response.status}) without an XML error: {error.message}"]
    if code not in STATUS:
        return [f"{asked.operation} was refused with the unknown code {code!r}"]
    wrong = STATUS[code] != response.status
    return [f"{code} came with status {response.status}, which is {STATUS[code]}"] if wrong else []


def _length(asked: Asked, response: Response) -> list[str]:
    stated = response.header("content-length")
    if asked.method == "HEAD" or not stated or response.status == 304 or stated == str(len(response.body)):
        return []
    return [f"content-length says {stated}, the body has {len(response.body)} bytes"]


def _etag_of_body(asked: Asked, response: Response) -> list[str]:
    return _etag(response, asked.body, f"the body that {asked.operation} was given")


def _etag_of_answer(asked: Asked, response: Response) -> list[str]:
    if response.status != 200 or "-" in response.header("etag"):
        return []  # a part of an object, or one that was put in parts
    return _etag(response, response.body, "the object")


def _etag(response: Response, content: bytes, what: str) -> list[str]:
    etag, expected = response.header("etag"), f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
    return [] if etag == expected else [f"the ETag is {etag or 'missing'}; the md5 of {what} is {expected}"]


def _listing(asked: Asked, response: Response) -> list[str]:
    try:
        listing = xmlio.parse(response.body, LISTINGS[asked.operation])
    except S3Error as error:
        return [f"{asked.operation}: {error.message}"]
    read = unquote if listing.child_text("EncodingType") == "url" else str
    keys = [read(entry.child_text("Key") or "") for entry in listing.children("Contents")]
    prefix = asked.parameters.get("prefix", "")
    found = [
        f"{asked.operation} lists {key!r}, outside the prefix {prefix!r}"
        for key in keys
        if key[: len(prefix)] != prefix
    ]
    encoded = [key.encode() for key in keys]
    if any(one >= other for one, other in itertools.pairwise(encoded)):
        found.append(f"{asked.operation} lists keys that are not in the order of their bytes, or twice")
    most = asked.parameters.get("max-keys", "")
    if most.isdecimal() and len(keys) > int(most):
        found.append(f"{asked.operation} lists {len(keys)} keys, more than the {most} asked for")
    return found


RULES: Mapping[str, Callable[[Asked, Response], list[str]]] = {
    "PutObject": _etag_of_body,
    "UploadPart": _etag_of_body,
    "GetObject": _etag_of_answer,
    "ListObjects": _listing,
    "ListObjectsV2": _listing,
}
"""What holds for the success of one operation."""
