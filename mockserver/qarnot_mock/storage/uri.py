"""Percent-encoding as S3 uses it, for paths, queries and listings. Pure; refuses bytes that are not UTF-8."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

import attrs

from qarnot_mock.storage.errors import S3Error

Pairs = tuple[tuple[str, str], ...]

_PLAIN = re.compile(r"[A-Za-z0-9\-._~]*").fullmatch
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+").fullmatch
_CONTROL = re.compile(r"[\x00-\x1f\x7f]").search
_PLAIN_PATH = re.compile(r"[A-Za-z0-9\-._~/]*").fullmatch
_HOST_BUCKET = re.compile(r"([a-z0-9][a-z0-9.-]+)\.(?:localhost|storage\.qarnot\.com)(?::\d+)?").fullmatch


def encode(text: str, safe: str = "") -> str:
    """Percent-encode everything but unreserved characters and ``safe``."""
    plain = _PLAIN_PATH if safe == "/" else _PLAIN
    return text if plain(text) else quote(text, safe=safe)


def decode(text: str) -> str:
    """Undo percent-encoding; a ``+`` stays a plus."""
    try:
        return unquote_to_bytes(text).decode("utf-8") if "%" in text or not text.isascii() else text
    except UnicodeDecodeError:
        raise S3Error("InvalidURI", f"The URI holds bytes that are not UTF-8 after decoding: {text!r}") from None


def canonical_path(path: str) -> str:
    """The path as signatures see it: decoded, then encoded in the one canonical way."""
    return path if _PLAIN_PATH(path) else quote(unquote_to_bytes(path), safe="/~")


def parse_query(query: str) -> Pairs:
    """Decoded name and value pairs in the order sent; a flag without ``=`` has the value ``""``; ``+`` is a space."""
    if not query:
        return ()
    split = (part.replace("+", "%20").partition("=") for part in query.split("&") if part)
    return tuple((decode(name), decode(value)) for name, _, value in split)


def header_text(name: str, value: str) -> str:
    """A decoded query value as a header holds it: Latin-1 text over its UTF-8 bytes.

    Raises ``InvalidArgument`` for a name or value that would write headers of its own.
    """
    if _CONTROL(value) or not _TOKEN(name):
        raise S3Error("InvalidArgument", f"The parameter {name!r} cannot be a header: {value!r}.")
    return value.encode().decode("latin-1")


@attrs.frozen
class Target:
    """What a request addresses: ``bucket`` is empty for the service, ``key`` for a bucket."""

    bucket: str
    key: str
    resource: str
    """The raw path as error bodies and V2 signatures name it, bucket first."""


def host_style_bucket(host: str) -> str | None:
    """The bucket in ``<bucket>.localhost[:port]`` or ``<bucket>.storage.qarnot.com[:port]``, the virtual-host forms
    this server answers; else None."""
    match = _HOST_BUCKET(host.lower())
    return match[1] if match else None


def parse_target(path: str, host: str) -> Target:
    """Split a raw request path into bucket and key. The key is everything after the bucket's slash, verbatim."""
    hosted = host_style_bucket(host)
    raw = f"/{hosted}{path}" if hosted else path
    bucket, _, key = raw.removeprefix("/").partition("/")
    if key and not bucket:
        raise S3Error("InvalidBucketName", "The path begins with '//': the bucket name is empty.")
    return Target(bucket=decode(bucket), key=decode(key), resource=raw or "/")
