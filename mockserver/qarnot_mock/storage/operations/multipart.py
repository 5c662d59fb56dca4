"""Multipart uploads over HTTP: create, parts, listings, complete, abort."""

from __future__ import annotations

import re

from qarnot_mock.messages import Response
from qarnot_mock.storage import xmlio
from qarnot_mock.storage.call import Call
from qarnot_mock.storage.conditions import check_write
from qarnot_mock.storage.dates import iso
from qarnot_mock.storage.errors import S3Error
from qarnot_mock.storage.listing import page
from qarnot_mock.storage.names import check_key
from qarnot_mock.storage.operations.buckets import owner, xml_response
from qarnot_mock.storage.operations.listings import spelling
from qarnot_mock.storage.operations.objects import check_quota, copy_source, current, requested_traits
from qarnot_mock.storage.ranges import parse_copy_range
from qarnot_mock.storage.uploads import MOST_PARTS, Part, Upload, join_parts
from qarnot_mock.storage.xmlio import element, optional, text

_NUMBER = re.compile(r"[0-9]{1,9}").fullmatch


def create_multipart_upload(call: Call) -> Response:
    check_key(call.key)
    call.store.bucket(call.bucket)
    traits = requested_traits(call.headers)
    upload = call.account.uploads.begin(
        call.bucket, call.key, call.now, traits.content_type, traits.metadata, traits.headers
    )
    return xml_response("InitiateMultipartUploadResult", [*_named(call), text("UploadId", upload.upload_id)])


def upload_part(call: Call) -> Response:
    part = _add_part(call, call.body, call.md5.hex())
    return Response(200, (("etag", f'"{part.etag}"'),))


def upload_part_copy(call: Call) -> Response:
    bucket, source = copy_source(call)
    wanted = call.headers.get("x-amz-copy-source-range")
    start, stop = parse_copy_range(wanted, source.size) if wanted else (0, source.size)
    copied = Call(
        call.account, call.bucket, call.key, call.parameters, call.headers,
        call.store.get(bucket, source.key, start, stop), call.now,
    )  # fmt: skip
    part = _add_part(copied, copied.body, copied.md5.hex())
    shown = [text("LastModified", iso(part.last_modified)), text("ETag", f'"{part.etag}"')]
    return xml_response("CopyPartResult", shown)


def list_parts(call: Call) -> Response:
    upload = _upload(call)
    marker, limit = call.number("part-number-marker", 0), call.page_size("max-parts")
    later = [part for part in call.account.uploads.parts(upload) if part.number > marker]
    shown = later[:limit]
    truncated = limit > 0 and len(later) > limit
    return xml_response(
        "ListPartsResult",
        [
            *_named(call),
            text("UploadId", upload.upload_id),
            owner(call.account, "Initiator"),
            owner(call.account),
            text("StorageClass", "STANDARD"),
            text("PartNumberMarker", marker),
            text("NextPartNumberMarker", shown[-1].number if shown else 0),
            text("MaxParts", limit),
            text("IsTruncated", truncated),
            *(element("Part", _part(part)) for part in shown),
        ],
    )


def list_multipart_uploads(call: Call) -> Response:
    call.store.bucket(call.bucket)
    spell, parameters = spelling(call), call.parameters
    prefix, marker = parameters.get("prefix", ""), parameters.get("key-marker", "")
    uploads = _after(call.account.uploads.of_bucket(call.bucket), marker, parameters.get("upload-id-marker", ""))
    wanted = [upload for upload in uploads if upload.key.startswith(prefix)]
    limit = call.page_size("max-uploads")
    delimiter = parameters.get("delimiter", "")
    found = page(
        lambda position: (upload for upload in wanted if upload.key > position or position == marker),
        prefix, delimiter, marker, limit,
    )  # fmt: skip
    last_id = found.entries[-1].upload_id if found.entries else ""
    following = [text("NextKeyMarker", spell(found.last)), text("NextUploadIdMarker", last_id)]
    return xml_response(
        "ListMultipartUploadsResult",
        [
            text("Bucket", call.bucket),
            text("KeyMarker", spell(marker)),
            text("UploadIdMarker", parameters.get("upload-id-marker", "")),
            *(following if found.truncated else []),
            text("Prefix", spell(prefix)),
            optional("Delimiter", spell(delimiter) if delimiter else None),
            optional("EncodingType", parameters.get("encoding-type")),
            text("MaxUploads", limit),
            text("IsTruncated", found.truncated),
            *(element("Upload", [text("Key", spell(each.key)), *_in_progress(call, each)]) for each in found.entries),
            *(element("CommonPrefixes", [text("Prefix", spell(group))]) for group in found.common_prefixes),
        ],
    )


def complete_multipart_upload(call: Call) -> Response:
    """Asked again after its success, the answer is repeated, so that a client whose answer was lost may retry."""
    uploads, upload_id = call.account.uploads, call.parameters["uploadId"]
    done = uploads.completed_etag(call.bucket, call.key, upload_id)
    if done is not None:
        return _completed(call, done)
    upload = _upload(call)
    arrived = {part.number: part for part in uploads.parts(upload)}
    chosen = join_parts(upload_id, arrived, _wanted_parts(call.body))
    check_write(call.headers, current(call.store, call.bucket, call.key))
    return _completed(call, uploads.complete(upload, chosen, call.now).etag)


def abort_multipart_upload(call: Call) -> Response:
    call.account.uploads.abort(_upload(call))
    return Response(204)


def _add_part(call: Call, content: bytes, etag: str) -> Part:
    upload, number = _upload(call), call.number("partNumber", 0)
    if not 1 <= number <= MOST_PARTS:
        raise S3Error(
            "InvalidArgument", f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive",
            ArgumentName="partNumber", ArgumentValue=str(number),
        )  # fmt: skip
    before = call.account.uploads.part(upload, number)
    check_quota(call.account, len(content) - (before.size if before else 0))
    part = Part(number, etag, len(content), call.now)
    call.account.uploads.add(upload, part, content)
    return part


def _upload(call: Call) -> Upload:
    call.store.bucket(call.bucket)
    return call.account.uploads.get(call.bucket, call.key, call.parameters["uploadId"])


def _wanted_parts(body: bytes) -> list[tuple[int, str]]:
    wanted = []
    for node in xmlio.parse(body, "CompleteMultipartUpload").children("Part"):
        number, etag = node.child_text("PartNumber") or "", node.child_text("ETag") or ""
        if not _NUMBER(number.strip()) or not etag:
            raise S3Error("MalformedXML", "Each Part of a completion needs a PartNumber and an ETag.")
        wanted.append((int(number), etag.strip()))
    if not wanted:
        raise S3Error("MalformedXML", "A completion must name at least one Part.")
    return wanted


def _after(uploads: list[Upload], marker: str, upload_id_marker: str) -> list[Upload]:
    """The uploads of later keys, and with an id marker the later uploads of the marked key too."""
    ids = [upload.upload_id for upload in uploads if upload.key == marker]
    same = ids[ids.index(upload_id_marker) + 1 :] if upload_id_marker in ids else []
    return [upload for upload in uploads if upload.key > marker or upload.upload_id in same]


def _named(call: Call) -> list[str]:
    return [text("Bucket", call.bucket), text("Key", call.key)]


def _part(part: Part) -> list[str]:
    return [
        text("PartNumber", part.number),
        text("LastModified", iso(part.last_modified)),
        text("ETag", f'"{part.etag}"'),
        text("Size", part.size),
    ]


def _in_progress(call: Call, upload: Upload) -> list[str]:
    return [
        text("UploadId", upload.upload_id),
        owner(call.account, "Initiator"),
        owner(call.account),
        text("StorageClass", "STANDARD"),
        text("Initiated", iso(upload.initiated)),
    ]


def _completed(call: Call, etag: str) -> Response:
    location = text("Location", f"/{call.bucket}/{call.key}")
    return xml_response("CompleteMultipartUploadResult", [location, *_named(call), text("ETag", f'"{etag}"')])
