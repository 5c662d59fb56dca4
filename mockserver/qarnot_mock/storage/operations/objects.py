"""Operations on single objects, and DeleteObjects."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from qarnot_mock.messages import Response
from qarnot_mock.storage import xmlio
from qarnot_mock.storage.accounts import Account
from qarnot_mock.storage.call import LARGEST_PAGE, Call
from qarnot_mock.storage.conditions import check_read, check_write, range_applies
from qarnot_mock.storage.dates import http_date, iso
from qarnot_mock.storage.errors import S3Error
from qarnot_mock.storage.names import check_key
from qarnot_mock.storage.operations.buckets import xml_response
from qarnot_mock.storage.ranges import parse_range
from qarnot_mock.storage.sigv4 import wire_bytes
from qarnot_mock.storage.store import ObjectInfo, ObjectStore, StoreError
from qarnot_mock.storage.uri import decode, header_text
from qarnot_mock.storage.xmlio import element, text

DEFAULT_TYPE = "binary/octet-stream"
LARGEST_METADATA = 2048
STREAMED_FROM = 4 * 1024**2
META = "x-amz-meta-"
KEPT_HEADERS = ("cache-control", "content-disposition", "content-encoding", "content-language", "expires")
OVERRIDES = {f"response-{name}": name for name in (*KEPT_HEADERS, "content-type")}
REFUSED_HEADERS = (
    "x-amz-tagging",
    "x-amz-server-side-encryption",
    "x-amz-copy-source-server-side-encryption",
    "x-amz-object-lock",
    "x-amz-website-redirect-location",
    "x-amz-write-offset-bytes",
)
"""Header prefixes that ask for what is not here; ignoring them would lose data or a promise."""


Headers = tuple[tuple[str, str], ...]


@attrs.frozen
class Traits:
    """What is kept beside the bytes of an object."""

    content_type: str
    metadata: Mapping[str, str]
    headers: Mapping[str, str]


def requested_traits(headers: Mapping[str, str]) -> Traits:
    """Read content type, metadata and kept headers of a write. Raises ``NotImplemented``, ``MetadataTooLarge``..."""
    metadata, kept = {}, {}
    for name, value in headers.items():
        if name.startswith(META):
            metadata[name.removeprefix(META)] = value
        elif name.startswith(REFUSED_HEADERS):
            raise S3Error("NotImplemented", f"The header {name} asks for something this server does not have.")
        elif name in KEPT_HEADERS:
            kept[name] = value
    if sum(len(name) + len(value) for name, value in metadata.items()) > LARGEST_METADATA:
        raise S3Error("MetadataTooLarge", f"The metadata is larger than {LARGEST_METADATA} bytes.")
    if headers.get("x-amz-storage-class", "STANDARD") != "STANDARD":
        raise S3Error("InvalidStorageClass", "The only storage class here is STANDARD.")
    if "content-encoding" in kept:
        encodings = [part.strip() for part in kept.pop("content-encoding").split(",")]
        rest = ", ".join(encoding for encoding in encodings if encoding != "aws-chunked")
        kept |= {"content-encoding": rest} if rest else {}
    return Traits(headers.get("content-type") or DEFAULT_TYPE, metadata, kept)


def check_quota(account: Account, growth: int) -> None:
    """Raises ``QuotaExceeded`` when ``growth`` more bytes do not fit in the account."""
    if growth > 0 and account.used_bytes() + growth > account.quota_bytes:
        raise S3Error(
            "QuotaExceeded",
            f"{growth} more bytes do not fit: the account uses {account.used_bytes()} of {account.quota_bytes} bytes. "
            "Delete objects or unfinished uploads first.",
        )


def current(store: ObjectStore, bucket: str, key: str) -> ObjectInfo | None:
    """What is there now, or None. Raises ``NoSuchBucket``."""
    try:
        return store.head(bucket, key)
    except StoreError as error:
        if error.code != "NoSuchKey":
            raise
        return None


def check_version(version: str | None) -> None:
    """The only version there is, is ``null``. Raises ``NoSuchVersion``."""
    if version not in (None, "", "null"):
        raise S3Error("NoSuchVersion", f"Versioning is off: there is no version {version!r}, only 'null'.")


def put_object(call: Call) -> Response:
    check_key(call.key)
    traits = requested_traits(call.headers)
    before = current(call.store, call.bucket, call.key)
    check_write(call.headers, before)
    check_quota(call.account, len(call.body) - (before.size if before else 0))
    info = call.store.put(
        call.bucket,
        call.key,
        call.body,
        call.now,
        etag=call.md5.hex(),
        content_type=traits.content_type,
        metadata=traits.metadata,
        headers=traits.headers,
    )
    return Response(200, (("etag", f'"{info.etag}"'),))


def get_object(call: Call) -> Response:
    info = _readable(call)
    shown = _object_headers(call, info)
    if check_read(call.headers, info) == "not modified":
        return Response(304, shown)
    span = _span(call, info)
    if span is None:
        return _content(call, 200, shown, 0, info.size)
    start, stop = span
    return _content(call, 206, (*shown, ("content-range", f"bytes {start}-{stop - 1}/{info.size}")), start, stop)


def head_object(call: Call) -> Response:
    """As GET without the bytes: ``content-length`` is among the headers, because the body does not tell it."""
    info = _readable(call)
    shown = _object_headers(call, info)
    if check_read(call.headers, info) == "not modified":
        return Response(304, shown)
    span = _span(call, info)
    if span is None:
        return Response(200, (*shown, ("content-length", str(info.size))))
    start, stop = span
    content_range = ("content-range", f"bytes {start}-{stop - 1}/{info.size}")
    return Response(206, (*shown, content_range, ("content-length", str(stop - start))))


def delete_object(call: Call) -> Response:
    """A missing object is a success."""
    check_version(call.parameters.get("versionId"))
    if "if-match" in call.headers:
        check_write(call.headers, current(call.store, call.bucket, call.key))
    call.store.delete(call.bucket, call.key)
    return Response(204)


def delete_objects(call: Call) -> Response:
    call.store.bucket(call.bucket)
    request = xmlio.parse(call.body, "Delete")
    wanted = request.children("Object")
    if not 1 <= len(wanted) <= LARGEST_PAGE:
        raise S3Error("MalformedXML", f"A Delete must name 1 to {LARGEST_PAGE} objects, not {len(wanted)}.")
    quiet = (request.child_text("Quiet") or "").strip().lower() == "true"
    if not all(node.child_text("Key") for node in wanted):
        raise S3Error("MalformedXML", "Each Object of a Delete needs a Key.")
    results = [_delete_one(call, node.child_text("Key") or "", node.child_text("VersionId")) for node in wanted]
    return xml_response("DeleteResult", [shown for deleted, shown in results if not (deleted and quiet)])


def copy_object(call: Call) -> Response:
    """The copy keeps the source's ETag, also a multipart one, as the gateway does; AWS would compute a new md5."""
    check_key(call.key)
    traits = requested_traits(call.headers)
    bucket, source = copy_source(call)
    replaced = call.headers.get("x-amz-metadata-directive", "COPY").upper() == "REPLACE"
    if not replaced and (bucket, source.key) == (call.bucket, call.key):
        raise S3Error(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without changing its "
            "metadata: send x-amz-metadata-directive: REPLACE.",
        )
    if replaced:
        source = attrs.evolve(
            source, content_type=traits.content_type, metadata=traits.metadata, headers=traits.headers
        )
    before = current(call.store, call.bucket, call.key)
    check_write(call.headers, before)
    check_quota(call.account, source.size - (before.size if before else 0))
    info = call.store.copy(source, bucket, call.bucket, call.key, call.now)
    shown = [text("LastModified", iso(info.last_modified)), text("ETag", f'"{info.etag}"')]
    return xml_response("CopyObjectResult", shown)


def copy_source(call: Call) -> tuple[str, ObjectInfo]:
    """Bucket and object that ``x-amz-copy-source`` names, its conditions checked."""
    header = call.headers["x-amz-copy-source"]
    path, _, version = header.partition("?versionId=")
    bucket, _, key = decode(wire_bytes(path).decode("utf-8", "replace")).removeprefix("/").partition("/")
    if not bucket or not key:
        raise S3Error(
            "InvalidArgument", f"x-amz-copy-source must be <bucket>/<key>, percent-encoded, not {header!r}.",
            ArgumentName="x-amz-copy-source", ArgumentValue=header,
        )  # fmt: skip
    check_version(version)
    info = call.store.head(bucket, key)
    check_read(call.headers, info, prefix="x-amz-copy-source-")
    return bucket, info


def _readable(call: Call) -> ObjectInfo:
    check_version(call.parameters.get("versionId"))
    return call.store.head(call.bucket, call.key)


def _span(call: Call, info: ObjectInfo) -> tuple[int, int] | None:
    wanted = call.headers.get("range")
    return parse_range(wanted, info.size) if wanted and range_applies(call.headers, info) else None


def _content(call: Call, status: int, headers: Headers, start: int, stop: int) -> Response:
    """Bytes of the object: at once, or in pieces when they are many and whoever asks can take them so."""
    if not call.streams or stop - start < STREAMED_FROM:
        return Response(status, headers, call.store.get(call.bucket, call.key, start, stop))
    length = ("content-length", str(stop - start))
    return Response(status, (*headers, length), pieces=call.store.read(call.bucket, call.key, start, stop))


def _object_headers(call: Call, info: ObjectInfo) -> Headers:
    shown = {"content-type": info.content_type, **info.headers}
    for parameter, name in OVERRIDES.items():
        if parameter in call.parameters:
            shown[name] = header_text(parameter, call.parameters[parameter])
    return (
        ("etag", f'"{info.etag}"'),
        ("last-modified", http_date(info.last_modified)),
        ("accept-ranges", "bytes"),
        *shown.items(),
        *((META + name, value) for name, value in info.metadata.items()),
    )


def _delete_one(call: Call, key: str, version: str | None) -> tuple[bool, str]:
    """Whether it worked, and the element that says so."""
    named = text("Key", key) + (text("VersionId", version) if version else "")
    try:
        check_version(version)
        check_key(key)
        call.store.delete(call.bucket, key)
    except StoreError as error:
        return False, element("Error", [named, text("Code", error.code), text("Message", error.message)])
    return True, element("Deleted", [named])
