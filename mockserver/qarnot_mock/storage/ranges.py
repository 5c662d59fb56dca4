"""Byte ranges, as GetObject and UploadPartCopy read them. Pure."""

from __future__ import annotations

import re

from qarnot_mock.storage.errors import S3Error

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})").fullmatch


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """``[start, stop)`` for a Range header, or None to send everything (malformed or several ranges: ignored, as AWS).

    Raises ``InvalidRange`` when no byte of the object is in the range.
    """
    match = _RANGE(header.strip().replace(" ", ""))
    if match is None or not (match[1] or match[2]):
        return None
    if match[1]:
        start = int(match[1])
        stop = min(int(match[2]) + 1, size) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
    else:
        start, stop = max(size - int(match[2]), 0), size
    if start >= stop:
        raise S3Error(
            "InvalidRange", f"The range {header!r} holds no byte of this object of {size} bytes.",
            ActualObjectSize=str(size), RangeRequested=header,
        )  # fmt: skip
    return start, stop


def parse_copy_range(header: str, size: int) -> tuple[int, int]:
    """``[start, stop)`` for ``x-amz-copy-source-range``, which must be ``bytes=first-last`` inside the source."""
    match = _RANGE(header)
    if match is None or not (match[1] and match[2]) or int(match[2]) < int(match[1]):
        raise S3Error(
            "InvalidArgument", f"x-amz-copy-source-range must look like bytes=0-1023, not {header!r}.",
            ArgumentName="x-amz-copy-source-range", ArgumentValue=header,
        )  # fmt: skip
    if int(match[2]) >= size:
        raise S3Error("InvalidRange", f"The range {header!r} is not within the source of {size} bytes.")
    return int(match[1]), int(match[2]) + 1
