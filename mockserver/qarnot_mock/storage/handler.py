"""The S3 protocol shell: a request in, a response out, and no socket, clock or file in between.

It takes a request apart, has its signature and body checked, finds the operation and renders refusals. Answers to HEAD
have no body; a successful HeadObject therefore states ``content-length`` itself, the one case where a response does.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

from qarnot_mock.messages import Request, Response
from qarnot_mock.sim.commands import Instant
from qarnot_mock.storage import xmlio
from qarnot_mock.storage.authentication import Lookup, Presented, Proof, authenticate, open_body
from qarnot_mock.storage.call import Call
from qarnot_mock.storage.checksums import verify_checksums, verify_md5
from qarnot_mock.storage.errors import STATUS, S3Error
from qarnot_mock.storage.operations import buckets, listings, multipart, objects
from qarnot_mock.storage.routes import Level, route
from qarnot_mock.storage.store import StoreError
from qarnot_mock.storage.uri import Target, parse_query, parse_target

OPERATIONS: Mapping[str, Callable[[Call], Response]] = {
    "ListBuckets": buckets.list_buckets,
    "CreateBucket": buckets.create_bucket,
    "HeadBucket": buckets.head_bucket,
    "DeleteBucket": buckets.delete_bucket,
    "GetBucketVersioning": buckets.get_bucket_versioning,
    "GetBucketLocation": buckets.get_bucket_location,
    "GetBucketAcl": buckets.get_bucket_acl,
    "GetObjectAcl": buckets.get_object_acl,
    "ListObjects": listings.list_objects,
    "ListObjectsV2": listings.list_objects_v2,
    "ListObjectVersions": listings.list_object_versions,
    "PutObject": objects.put_object,
    "GetObject": objects.get_object,
    "HeadObject": objects.head_object,
    "DeleteObject": objects.delete_object,
    "DeleteObjects": objects.delete_objects,
    "CopyObject": objects.copy_object,
    "CreateMultipartUpload": multipart.create_multipart_upload,
    "UploadPart": multipart.upload_part,
    "UploadPartCopy": multipart.upload_part_copy,
    "ListParts": multipart.list_parts,
    "ListMultipartUploads": multipart.list_multipart_uploads,
    "CompleteMultipartUpload": multipart.complete_multipart_upload,
    "AbortMultipartUpload": multipart.abort_multipart_upload,
}

WITH_ETAG = frozenset({"PutObject", "UploadPart"})
"""Operations that answer with the md5 of their body."""


class S3Handler:
    """S3 for all accounts that ``lookup`` knows by access key.

    ``now`` is the cloud's clock (it dates objects), ``wall`` the machine's; a signature is in time by either.
    """

    def __init__(self, lookup: Lookup, now: Callable[[], Instant], wall: Callable[[], Instant]) -> None:
        self._lookup = lookup
        self._now = now
        self._wall = wall
        self._requests = itertools.count(1)

    def handle(self, request: Request) -> Response:
        """Answer one request; a refusal is an answer. Only a bug raises."""
        request_id = f"tx{next(self._requests):021x}"
        try:
            answer = self._perform(request)
        except StoreError as error:
            answer = refusal(request, error, request_id)
        headers = (("x-amz-request-id", request_id), *answer.headers)
        return Response(answer.status, headers, answer.body, pieces=answer.pieces)

    def _perform(self, request: Request) -> Response:
        headers = merged_headers(request)
        target = parse_target(request.path, headers.get("host", ""))
        query = parse_query(request.query)
        presented = Presented(request, target.resource, query, dict(query), headers)
        now = self._now()
        proof = authenticate(presented, self._lookup, (self._wall(), now))
        name = route(request.method, level(target), presented.parameters, "x-amz-copy-source" in proof.headers)
        call = self._call(presented, proof, target, now)
        if name in WITH_ETAG:
            _ = call.md5  # now, and not while the account is locked: a large body takes its time
        with proof.account.lock:
            try:
                return OPERATIONS[name](call)
            finally:
                proof.account.commit()

    def _call(self, presented: Presented, proof: Proof, target: Target, now: Instant) -> Call:
        body = open_body(proof, presented.request.body)
        call = Call(
            proof.account, target.bucket, target.key, presented.parameters, proof.headers, body, now,
            presented.request.streams,
        )  # fmt: skip
        verify_checksums(proof.headers, body)
        if "content-md5" in proof.headers:
            verify_md5(proof.headers["content-md5"], call.md5)
        return call


def merged_headers(request: Request) -> dict[str, str]:
    """Headers by lower-case name; a repeated one is joined with commas, as signatures join it."""
    merged: dict[str, str] = {}
    for name, value in request.headers:
        merged[name] = f"{merged[name]},{value}" if name in merged else value
    return merged


def level(target: Target) -> Level:
    return "object" if target.key else "bucket" if target.bucket else "service"


def refusal(request: Request, error: StoreError, request_id: str) -> Response:
    """The XML error, or to a HEAD the bare status."""
    status = STATUS[error.code]
    if request.method == "HEAD":
        return Response(status, ())
    elements = {**_subject(request, error.code), **(error.elements if isinstance(error, S3Error) else {})}
    children = [
        xmlio.text("Code", error.code),
        xmlio.text("Message", error.message),
        *(xmlio.text(name, value) for name, value in elements.items()),
        xmlio.text("RequestId", request_id),
        xmlio.text("HostId", "qarnot-mock"),
    ]
    return Response(status, buckets.XML, xmlio.document("Error", children, namespace=""))


def _subject(request: Request, code: str) -> dict[str, str]:
    """What the refusal is about: the resource, and the bucket or key where S3 names them."""
    try:
        target = parse_target(request.path, request.header("host"))
    except S3Error:
        return {"Resource": request.path}
    named = {"Resource": target.resource}
    if target.bucket and ("Bucket" in code or code in {"QuotaExceeded", "NoSuchKey"}):
        named["BucketName"] = target.bucket
    if target.key and code == "NoSuchKey":
        named["Key"] = target.key
    return named
