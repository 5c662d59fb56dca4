"""Which bucket names and object keys are allowed. Pure."""

from __future__ import annotations

import re

from qarnot_mock.storage.errors import S3Error

LONGEST_KEY = 1024
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]").fullmatch
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+").fullmatch


def check_bucket_name(name: str) -> None:
    """Raises ``InvalidBucketName`` unless the name is DNS style with 3 to 63 characters (reference 5)."""
    if not _BUCKET(name) or ".." in name or _ADDRESS(name):
        raise S3Error(
            "InvalidBucketName",
            f"The bucket name {name!r} is not valid: use 3 to 63 lower-case letters, digits, '-' and '.', beginning "
            "and ending with a letter or digit, without '..', and not like an IP address.",
            BucketName=name,
        )


def check_key(key: str) -> None:
    """Raises ``KeyTooLongError`` above 1024 bytes of UTF-8. Any other key is a legal name, never a path."""
    size = len(key.encode())
    if size > LONGEST_KEY:
        raise S3Error(
            "KeyTooLongError", f"The key has {size} bytes; at most {LONGEST_KEY} are allowed.",
            Size=str(size), MaxSizeAllowed=str(LONGEST_KEY),
        )  # fmt: skip
