"""Conditional requests: what ``If-Match`` and its kin decide for an object. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from qarnot_mock.storage.dates import parse_http_date, seconds
from qarnot_mock.storage.errors import S3Error
from qarnot_mock.storage.store import ObjectInfo

Verdict = Literal["proceed", "not modified"]


def check_read(headers: Mapping[str, str], info: ObjectInfo, prefix: str = "") -> Verdict:
    """Evaluate the four conditions; ETags outrank dates, as HTTP says. Raises ``PreconditionFailed``.

    With ``prefix="x-amz-copy-source-"`` the conditions on a copy's source, where "not modified" is a failure too.
    """
    match, none_match = headers.get(f"{prefix}if-match"), headers.get(f"{prefix}if-none-match")
    if match is not None:
        if not etag_matches(match, info.etag):
            raise failed(f"{prefix}if-match")
    elif not _unmodified_since(headers.get(f"{prefix}if-unmodified-since"), info):
        raise failed(f"{prefix}if-unmodified-since")
    if none_match is not None:
        modified = not etag_matches(none_match, info.etag)
    else:
        modified = _modified_since(headers.get(f"{prefix}if-modified-since"), info)
    if not modified and prefix:
        raise failed(f"{prefix}if-none-match or {prefix}if-modified-since")
    return "proceed" if modified else "not modified"


def check_write(headers: Mapping[str, str], current: ObjectInfo | None) -> None:
    """Evaluate the conditions of a write against what is there now. Raises ``PreconditionFailed`` or ``NoSuchKey``."""
    none_match, match = headers.get("if-none-match"), headers.get("if-match")
    if none_match is not None and current is not None and etag_matches(none_match, current.etag):
        raise failed("If-None-Match")
    if match is not None:
        if current is None:
            raise S3Error("NoSuchKey", "If-Match was given, but there is no object to match.")
        if not etag_matches(match, current.etag):
            raise failed("If-Match")


def range_applies(headers: Mapping[str, str], info: ObjectInfo) -> bool:
    """False when an ``If-Range`` no longer holds, so that the whole object is wanted."""
    condition = headers.get("if-range")
    if condition is None:
        return True
    return etag_matches(condition, info.etag) or parse_http_date(condition) == seconds(info.last_modified)


def etag_matches(header: str, etag: str) -> bool:
    """True for ``*`` or when one of the ETags in the header, quoted or not, is this one."""
    return any(part.strip().removeprefix("W/").strip('"') in (etag, "*") for part in header.split(","))


def failed(condition: str) -> S3Error:
    return S3Error(
        "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.", Condition=condition
    )


def _modified_since(header: str | None, info: ObjectInfo) -> bool:
    since = parse_http_date(header) if header else None
    return since is None or seconds(info.last_modified) > since


def _unmodified_since(header: str | None, info: ObjectInfo) -> bool:
    since = parse_http_date(header) if header else None
    return since is None or seconds(info.last_modified) <= since
