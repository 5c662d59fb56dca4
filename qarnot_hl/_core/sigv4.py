"""Signature version 4 of S3 requests, as far as this package makes them: in the headers, for one chunk of payload.

Pure: the time and the payload's hash are arguments. Tests hold it against botocore's signer and an example of AWS.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
Query = Iterable[tuple[str, str]]


def encoded_path(bucket: str, key: str = "") -> str:
    """The path of a request in path style: exactly the key's characters, none of them interpreted."""
    return f"/{quote(bucket, safe='~')}" + (f"/{quote(key, safe='/~')}" if key else "")


def encoded_query(query: Query) -> str:
    """A query in canonical form, which may be sent as it is."""
    encoded = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in query)
    return "&".join(f"{name}={value}" for name, value in encoded)


def authorization(
    method: str, path: str, query: str, headers: Mapping[str, str], access_key: str, secret_key: str, region: str
) -> str:
    """The ``authorization`` header of a request. ``path`` and ``query`` as encoded here.

    ``headers``: all that are to be signed, names in lower case, with ``host``, ``x-amz-date``
    (``20260131T235959Z``) and ``x-amz-content-sha256`` (a hash or :data:`UNSIGNED`).
    """
    names = sorted(headers)
    moment, signed = headers["x-amz-date"], ";".join(names)
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names)
    canonical = f"{method}\n{path}\n{query}\n{lines}\n{signed}\n{headers['x-amz-content-sha256']}"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"{ALGORITHM}\n{moment}\n{scope}\n{digest}"
    signature = hmac.digest(_signing_key(secret_key, moment[:8], region), text.encode(), "sha256").hex()
    return f"{ALGORITHM} Credential={access_key}/{scope}, SignedHeaders={signed}, Signature={signature}"


@lru_cache(maxsize=16)
def _signing_key(secret_key: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
