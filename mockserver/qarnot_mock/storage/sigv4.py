"""AWS Signature Version 4, the arithmetic of it: parse a claim, rebuild what was signed, compute the signature.

Pure, and shares no code with any client. It decides nothing about clocks, accounts or payloads: see ``authentication``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from functools import lru_cache

import attrs

from qarnot_mock.storage.errors import S3Error
from qarnot_mock.storage.uri import Pairs, canonical_path, encode

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
LONGEST_EXPIRY_S = 604800
MALFORMED_HEADER = "AuthorizationHeaderMalformed"
MALFORMED_QUERY = "AuthorizationQueryParametersError"

_SECONDS = re.compile(r"[0-9]{1,9}").fullmatch
_TIMESTAMP = re.compile(r"[0-9]{8}T[0-9]{6}Z").fullmatch
_SPACES = re.compile(r"[ \t]+")
_PRESIGNED = ("X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature")
PARAMETERS = frozenset(name.lower() for name in (*_PRESIGNED, "X-Amz-Algorithm", "X-Amz-Security-Token"))
"""The presigned query's own parameters in lower case; other ``x-amz-`` ones are headers that the signer moved there."""


@attrs.frozen
class Credential:
    """Who signs and for which day, region and service. The region may be empty or anything else."""

    access_key: str
    date: str
    region: str
    service: str

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


@attrs.frozen
class Claim:
    """A signature as presented, not yet checked. ``expires_s`` is None for one in the Authorization header."""

    credential: Credential
    timestamp: str
    signed_headers: tuple[str, ...]
    signature: str
    expires_s: int | None = None


@lru_cache(maxsize=1024)
def parse_credential(text: str, code: str) -> Credential:
    """Read ``<access key>/<date>/<region>/s3/aws4_request``; the access key itself may hold slashes.

    ``code`` is the refusal to raise for anything else.
    """
    parts = text.rsplit("/", 4)
    if len(parts) != 5 or not parts[0] or parts[3:] != ["s3", "aws4_request"]:
        raise S3Error(
            code,
            f"The credential {text!r} is not of the form <access key>/YYYYMMDD/<region>/s3/aws4_request.",
        )
    return Credential(*parts[:4])


def parse_authorization(value: str, timestamp: str) -> Claim:
    """Read an ``Authorization: AWS4-HMAC-SHA256 ...`` value. Raises ``AuthorizationHeaderMalformed``."""
    usual, _, last = value.rpartition(",")
    name, signature = _field(last)
    if name != "Signature":
        usual, signature = value, ""
    fields = _authorization_fields(usual)
    signature = signature or fields.get("Signature", "")
    missing = [name for name in ("Credential", "SignedHeaders") if not fields.get(name)]
    if missing or not signature:
        lacking = ", ".join([*missing, *([] if signature else ["Signature"])])
        raise S3Error(MALFORMED_HEADER, f"The Authorization header lacks {lacking}.")
    credential = parse_credential(fields["Credential"], MALFORMED_HEADER)
    check_timestamp(timestamp, credential, MALFORMED_HEADER)
    return Claim(credential, timestamp, _names(fields["SignedHeaders"]), signature)


def parse_presigned(query: Mapping[str, str]) -> Claim:
    """Read the ``X-Amz-*`` parameters of a presigned URL. Raises ``AuthorizationQueryParametersError``."""
    missing = [name for name in _PRESIGNED if not query.get(name)]
    if missing or query.get("X-Amz-Algorithm") != ALGORITHM:
        wrong = ", ".join(missing) or "X-Amz-Algorithm=AWS4-HMAC-SHA256"
        raise S3Error(MALFORMED_QUERY, f"The presigned query lacks {wrong}.")
    credential = parse_credential(query["X-Amz-Credential"], MALFORMED_QUERY)
    check_timestamp(query["X-Amz-Date"], credential, MALFORMED_QUERY)
    expires = query["X-Amz-Expires"]
    if not (_SECONDS(expires) and 1 <= int(expires) <= LONGEST_EXPIRY_S):
        raise S3Error(
            MALFORMED_QUERY,
            f"X-Amz-Expires must be a number of seconds from 1 to {LONGEST_EXPIRY_S}, not {expires!r}.",
        )
    signed = _names(query["X-Amz-SignedHeaders"])
    return Claim(credential, query["X-Amz-Date"], signed, query["X-Amz-Signature"], int(expires))


def check_timestamp(timestamp: str, credential: Credential, code: str) -> None:
    """Refuse a date that is malformed or not on the day of the credential's scope."""
    if not _TIMESTAMP(timestamp):
        raise S3Error("AccessDenied", f"X-Amz-Date must look like 20260131T235959Z, not {timestamp!r}.")
    if timestamp[:8] != credential.date:
        raise S3Error(
            code,
            f"The credential is for the day {credential.date} but the request is dated {timestamp}.",
        )


def canonical_request(
    method: str,
    path: str,
    query: Pairs,
    headers: Mapping[str, str],
    signed_headers: tuple[str, ...],
    payload_hash: str,
) -> str:
    """The text whose hash is signed. ``path`` is raw, ``query`` decoded, header names are lower case."""
    pairs = sorted([(encode(name), encode(value)) for name, value in query if name != "X-Amz-Signature"])
    lines = [
        method,
        canonical_path(path) or "/",
        "&".join([f"{name}={value}" for name, value in pairs]),
        *[f"{name}:{_trimmed(headers.get(name, ''))}" for name in signed_headers],
        "",
        ";".join(signed_headers),
        payload_hash,
    ]
    return "\n".join(lines)


def _trimmed(value: str) -> str:
    value = value.strip()
    return _SPACES.sub(" ", value) if "  " in value or "\t" in value else value


def string_to_sign(timestamp: str, scope: str, canonical: str) -> str:
    return f"{ALGORITHM}\n{timestamp}\n{scope}\n{hashlib.sha256(wire_bytes(canonical)).hexdigest()}"


@lru_cache(maxsize=1024)
def signing_key(secret_key: str, date: str, region: str, service: str) -> bytes:
    """The day's key; cached, because deriving it costs as much as the rest of a check."""
    key = b"AWS4" + secret_key.encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def sign(key: bytes, text: str) -> str:
    """The signature in hex."""
    return hmac.digest(key, wire_bytes(text), "sha256").hex()


def wire_bytes(text: str) -> bytes:
    """Header text came from the wire as Latin-1; text that cannot have is UTF-8."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8")


@lru_cache(maxsize=1024)
def _authorization_fields(value: str) -> Mapping[str, str]:
    """The fields of an Authorization value. All but the signature repeat with every request: cached."""
    return dict(_field(part) for part in value.removeprefix(ALGORITHM).split(","))


@lru_cache(maxsize=1024)
def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(";"))


def _field(part: str) -> tuple[str, str]:
    name, _, value = part.strip().partition("=")
    return name, value
