"""Who sent a request, proved by its signature, and the body it really carries.

Decides on accounts, clocks and payload hashes with the arithmetic of ``sigv4``, ``sigv2`` and ``chunked``. It does
not read any clock: the instants that count as "now" are passed in.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

import attrs

from qarnot_mock.messages import Request
from qarnot_mock.sim.commands import Instant
from qarnot_mock.storage import checksums, chunked, sigv2, sigv4
from qarnot_mock.storage.accounts import Account
from qarnot_mock.storage.errors import S3Error
from qarnot_mock.storage.uri import Pairs, header_text

Lookup = Callable[[str], Account | None]

SKEW = 15 * 60 * 1_000_000
_SECOND = 1_000_000
_EPOCH = re.compile(r"[0-9]{1,12}").fullmatch
_MOVABLE = frozenset({"content-type", "content-md5"})


@attrs.frozen
class Presented:
    """A request taken apart for checking: raw path and resource, decoded query, merged headers."""

    request: Request
    resource: str
    query: Pairs
    parameters: Mapping[str, str]
    headers: Mapping[str, str]


@attrs.frozen
class Proof:
    """The account that signed, the payload hash it signed, and the means to check chunks of a streamed body.

    ``headers`` are the request's, with those that a presigned URL carries in its query.
    """

    account: Account
    payload_hash: str
    headers: Mapping[str, str]
    chunk_signer: chunked.ChunkSigner | None = None


def authenticate(presented: Presented, lookup: Lookup, clocks: Sequence[Instant]) -> Proof:
    """Check the one signature of a request. Raises the refusals of S3; see ``docs/mock-s3.md``."""
    authorization = presented.headers.get("authorization", "")
    in_query = "X-Amz-Algorithm" in presented.parameters or "AWSAccessKeyId" in presented.parameters
    if authorization and in_query:
        raise S3Error("InvalidArgument", "Sign in the Authorization header or in the query, not in both.")
    if authorization.startswith(sigv4.ALGORITHM):
        return _check_v4_header(presented, authorization, lookup, clocks)
    if "X-Amz-Algorithm" in presented.parameters:
        return _check_v4_presigned(presented, lookup, clocks)
    if "AWSAccessKeyId" in presented.parameters:
        return _check_v2_presigned(presented, lookup, clocks)
    if authorization:
        raise S3Error(
            "InvalidRequest",
            "This kind of Authorization header is not supported. Please use AWS4-HMAC-SHA256 (Signature Version 4).",
        )
    raise S3Error(
        "AccessDenied",
        "Anonymous access is denied: sign with the account's e-mail as access key and its API token as secret key.",
    )


def open_body(proof: Proof, body: bytes) -> bytes:
    """The content of a body: its hash checked, ``aws-chunked`` undone, trailing checksums verified."""
    mode = proof.payload_hash
    if mode in chunked.MODES:
        decoded = chunked.decode(body, proof.chunk_signer)
        expected = proof.headers.get("x-amz-decoded-content-length")
        if expected is not None and expected != str(len(decoded.content)):
            raise S3Error(
                "IncompleteBody",
                f"x-amz-decoded-content-length announced {expected} bytes, the body holds {len(decoded.content)}.",
            )
        chunked.require_trailers(proof.headers.get("x-amz-trailer", ""), decoded.trailers)
        checksums.verify_checksums(decoded.trailers, decoded.content)
        return decoded.content
    if mode.startswith("STREAMING-"):
        raise S3Error("NotImplemented", f"The payload signing {mode} is not known; known are {sorted(chunked.MODES)}.")
    if mode != sigv4.UNSIGNED_PAYLOAD:
        computed = hashlib.sha256(body).hexdigest()
        if computed != mode:
            raise S3Error(
                "XAmzContentSHA256Mismatch",
                "The x-amz-content-sha256 header does not match the body that arrived.",
                ClientComputedContentSHA256=mode,
                S3ComputedContentSHA256=computed,
            )
    return body


def _check_v4_header(presented: Presented, authorization: str, lookup: Lookup, clocks: Sequence[Instant]) -> Proof:
    headers = presented.headers
    claim = sigv4.parse_authorization(authorization, v4_timestamp(headers))
    payload_hash = headers.get("x-amz-content-sha256", "")
    if not payload_hash:
        raise S3Error("InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    account = _account(lookup, claim.credential.access_key)
    signed_at = _v4_instant(claim.timestamp)
    if all(abs(clock - signed_at) > SKEW for clock in clocks):
        raise S3Error(
            "RequestTimeTooSkewed",
            "The request is dated more than 15 minutes away from both this machine's clock and the cloud's.",
            RequestTime=claim.timestamp,
            MaxAllowedSkewMilliseconds=str(SKEW // 1000),
        )
    return _prove_v4(presented, claim, account, payload_hash, headers)


def _check_v4_presigned(presented: Presented, lookup: Lookup, clocks: Sequence[Instant]) -> Proof:
    claim = sigv4.parse_presigned(presented.parameters)
    account = _account(lookup, claim.credential.access_key)
    signed_at, lasts = _v4_instant(claim.timestamp), (claim.expires_s or 0) * _SECOND
    if all(clock > signed_at + lasts for clock in clocks):
        raise S3Error("AccessDenied", "Request has expired", **{"X-Amz-Expires": str(claim.expires_s)})
    if not any(signed_at - SKEW <= clock <= signed_at + lasts for clock in clocks):
        raise S3Error("AccessDenied", "Request is not valid yet: its X-Amz-Date lies in the future.")
    headers = _with_query_headers(presented)
    payload_hash = headers.get("x-amz-content-sha256", sigv4.UNSIGNED_PAYLOAD)
    return _prove_v4(presented, claim, account, payload_hash, headers)


def _check_v2_presigned(presented: Presented, lookup: Lookup, clocks: Sequence[Instant]) -> Proof:
    query = presented.parameters
    account = _account(lookup, query["AWSAccessKeyId"])
    expires, signature = query.get("Expires", ""), query.get("Signature", "")
    if not _EPOCH(expires) or not signature:
        raise S3Error("AccessDenied", "A V2 presigned query needs AWSAccessKeyId, Expires in epoch seconds, Signature.")
    if all(clock > int(expires) * _SECOND for clock in clocks):
        raise S3Error("AccessDenied", "Request has expired", Expires=expires)
    headers = _with_query_headers(presented)
    text = sigv2.string_to_sign(presented.request.method, presented.resource, presented.request.query, headers, expires)
    if not _equal(sigv2.sign(account.secret_key, text), signature):
        raise _does_not_match(StringToSign=text)
    return Proof(account, headers.get("x-amz-content-sha256", sigv4.UNSIGNED_PAYLOAD), headers)


def _prove_v4(
    presented: Presented, claim: sigv4.Claim, account: Account, payload_hash: str, headers: Mapping[str, str]
) -> Proof:
    unsigned = _unsigned_headers(presented.headers, claim.signed_headers)
    if unsigned:
        raise S3Error(
            "AccessDenied", "There were headers present in the request which were not signed",
            HeadersNotSigned=", ".join(unsigned),
        )  # fmt: skip
    credential, request = claim.credential, presented.request
    canonical = sigv4.canonical_request(
        request.method, request.path, presented.query, presented.headers, claim.signed_headers, payload_hash
    )
    text = sigv4.string_to_sign(claim.timestamp, credential.scope, canonical)
    key = sigv4.signing_key(account.secret_key, credential.date, credential.region, credential.service)
    if not _equal(sigv4.sign(key, text), claim.signature):
        raise _does_not_match(StringToSign=text, CanonicalRequest=canonical)
    signs_chunks = payload_hash in {chunked.SIGNED, chunked.SIGNED_TRAILER}
    signer = chunked.ChunkSigner(key, claim.timestamp, credential.scope, claim.signature) if signs_chunks else None
    return Proof(account, payload_hash, headers, signer)


def _account(lookup: Lookup, access_key: str) -> Account:
    account = lookup(access_key)
    if account is None:
        raise S3Error(
            "InvalidAccessKeyId",
            f"No account has the access key {access_key!r}. It is the account's e-mail as GET /info tells it; this "
            "server learns of an account from its first REST call, so make one (GET /info) with the token first.",
            AWSAccessKeyId=access_key,
        )
    return account


def _unsigned_headers(headers: Mapping[str, str], signed: tuple[str, ...]) -> list[str]:
    return [name for name in headers if (name == "host" or name.startswith("x-amz-")) and name not in signed]


def _with_query_headers(presented: Presented) -> Mapping[str, str]:
    """Headers, and those that the signer moved into the query (``x-amz-meta-...``, V2's ``content-type``)."""
    moved = {
        lowered: header_text(name, value)
        for name, value in presented.query
        if (lowered := name.lower()) in _MOVABLE or (lowered.startswith("x-amz-") and lowered not in sigv4.PARAMETERS)
    }
    return {**moved, **presented.headers}


def v4_timestamp(headers: Mapping[str, str]) -> str:
    """``x-amz-date``, or ``date`` in either of its forms."""
    text = headers.get("x-amz-date") or headers.get("date", "")
    if not text:
        raise S3Error("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")
    if "," not in text:
        return text
    try:
        return parsedate_to_datetime(text).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    except ValueError:
        raise S3Error("AccessDenied", f"The Date header {text!r} cannot be read.") from None


@lru_cache(maxsize=1024)
def _v4_instant(timestamp: str) -> Instant:
    try:
        return int(datetime.fromisoformat(timestamp).timestamp()) * _SECOND
    except ValueError:
        raise S3Error("AccessDenied", f"X-Amz-Date {timestamp!r} is no date.") from None


def _equal(expected: str, presented: str) -> bool:
    return hmac.compare_digest(expected.encode(), presented.encode())


def _does_not_match(**elements: str) -> S3Error:
    return S3Error(
        "SignatureDoesNotMatch",
        "The signature does not match: the secret key is not this account's API token, or the request was changed "
        "after it was signed.",
        **elements,
    )
