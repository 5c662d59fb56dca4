"""ListObjects (both versions) and ListObjectVersions: one page each, in byte order."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator

from qarnot_mock.messages import Response
from qarnot_mock.storage.call import Call
from qarnot_mock.storage.dates import iso
from qarnot_mock.storage.errors import S3Error
from qarnot_mock.storage.listing import Page, page
from qarnot_mock.storage.operations.buckets import owner, xml_response
from qarnot_mock.storage.store import ObjectInfo
from qarnot_mock.storage.uri import encode
from qarnot_mock.storage.xmlio import element, escape, optional, text

Spell = Callable[[str], str]
"""How a key is written: as it is, or percent-encoded for ``encoding-type=url``."""


def spelling(call: Call) -> Spell:
    """Raises ``InvalidArgument`` for an encoding other than ``url``."""
    encoding = call.parameters.get("encoding-type")
    if encoding not in (None, "url"):
        raise S3Error("InvalidArgument", f"The encoding-type must be url, not {encoding!r}.")
    return (lambda key: encode(key, safe="/")) if encoding else str


def list_objects(call: Call) -> Response:
    spell, marker = spelling(call), call.parameters.get("marker", "")
    found = _page(call, marker)
    next_marker = found.last if found.truncated and call.parameters.get("delimiter") else None
    shown_owner = owner(call.account)
    return xml_response(
        "ListBucketResult",
        [
            *_opening(call, spell),
            text("Marker", spell(marker)),
            text("IsTruncated", found.truncated),
            optional("NextMarker", None if next_marker is None else spell(next_marker)),
            *[_entry("Contents", info, spell, shown_owner) for info in found.entries],
            *_groups(found, spell),
        ],
    )


def list_objects_v2(call: Call) -> Response:
    if call.parameters["list-type"] != "2":
        raise S3Error("InvalidArgument", f"There is no list-type {call.parameters['list-type']!r}; use 2, or none.")
    spell, token = spelling(call), call.parameters.get("continuation-token")
    start_after = call.parameters.get("start-after")
    found = _page(call, (start_after or "") if token is None else _from_token(token))
    shown_owner = owner(call.account) if call.parameters.get("fetch-owner", "").lower() == "true" else ""
    return xml_response(
        "ListBucketResult",
        [
            *_opening(call, spell),
            text("KeyCount", len(found.entries) + len(found.common_prefixes)),
            text("IsTruncated", found.truncated),
            optional("ContinuationToken", token),
            optional("NextContinuationToken", _to_token(found.last) if found.truncated else None),
            optional("StartAfter", None if start_after is None else spell(start_after)),
            *[_entry("Contents", info, spell, shown_owner) for info in found.entries],
            *_groups(found, spell),
        ],
    )


def list_object_versions(call: Call) -> Response:
    """Versioning is never on here, so every object is its own latest version with the id ``null``."""
    spell, marker = spelling(call), call.parameters.get("key-marker", "")
    if call.parameters.get("version-id-marker") and not marker:
        raise S3Error("InvalidArgument", "A version-id marker cannot be specified without a key marker.")
    found = _page(call, marker)
    following = [text("NextKeyMarker", spell(found.last)), text("NextVersionIdMarker", "null")]
    shown = owner(call.account) + text("VersionId", "null") + text("IsLatest", True)
    return xml_response(
        "ListVersionsResult",
        [
            *_opening(call, spell),
            text("KeyMarker", spell(marker)),
            text("VersionIdMarker", call.parameters.get("version-id-marker", "")),
            text("IsTruncated", found.truncated),
            *(following if found.truncated else []),
            *[_entry("Version", info, spell, shown) for info in found.entries],
            *_groups(found, spell),
        ],
    )


def _page(call: Call, after: str) -> Page[ObjectInfo]:
    prefix = call.parameters.get("prefix", "")
    call.store.bucket(call.bucket)

    def scan(position: str) -> Iterator[ObjectInfo]:
        return call.store.list(call.bucket, prefix, position)

    return page(scan, prefix, call.parameters.get("delimiter", ""), after, call.page_size("max-keys"))


def _opening(call: Call, spell: Spell) -> list[str]:
    delimiter = call.parameters.get("delimiter")
    return [
        text("Name", call.bucket),
        text("Prefix", spell(call.parameters.get("prefix", ""))),
        optional("Delimiter", spell(delimiter) if delimiter else None),
        text("MaxKeys", call.page_size("max-keys")),
        optional("EncodingType", call.parameters.get("encoding-type")),
    ]


def _entry(name: str, info: ObjectInfo, spell: Spell, more: str) -> str:
    """One object, and ``more`` elements about it. A page has a thousand of these, so each is one string."""
    return (
        f"<{name}><Key>{escape(spell(info.key))}</Key><LastModified>{iso(info.last_modified)}</LastModified>"
        f"<ETag>&quot;{info.etag}&quot;</ETag><Size>{info.size}</Size>{more}<StorageClass>STANDARD</StorageClass></{name}>"
    )


def _groups(found: Page[ObjectInfo], spell: Spell) -> list[str]:
    return [element("CommonPrefixes", [text("Prefix", spell(prefix))]) for prefix in found.common_prefixes]


def _to_token(last: str) -> str:
    return base64.urlsafe_b64encode(last.encode()).decode()


def _from_token(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise S3Error("InvalidArgument", "The continuation token provided is incorrect") from None
