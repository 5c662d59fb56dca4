"""Turns what botocore raises into the package's exceptions, with the bucket's name and a next step.

The original stays attached as the cause. Nothing here shows a credential.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from qarnot_hl.exceptions import (
    ConnectionFailed,
    MissingBucketException,
    MissingFileException,
    QarnotException,
    QarnotGenericException,
    RequestTimeout,
    UnauthorizedException,
)

REFUSED = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "401", "403", "Forbidden"})
TOKEN_STEP = "The storage takes the account's e-mail and the API token: check the token, and the account's rights."
NETWORK_STEP = "Check the network and the storage URL (storage_url, QARNOT_STORAGE_URL)."
NEXT_STEPS = {
    "RequestTimeTooSkewed": "Set this machine's clock.",
    "InvalidBucketName": "Use 3 to 63 lower-case letters, digits, dots and dashes.",
    "BucketAlreadyExists": "Bucket names are shared by all accounts: choose another one.",
    "TooManyBuckets": "Delete a bucket first, or ask for a higher quota.",
    "QuotaExceeded": "Delete files first, or ask for a higher quota.",
    "BucketNotEmpty": "Something was written to the bucket meanwhile: delete it again.",
}


@contextmanager
def translated(action: str, bucket: str, key: str | None = None) -> Iterator[None]:
    """Within: botocore's errors become ours. ``action`` completes "Cannot ...", for example "list files"."""
    import boto3.exceptions
    import botocore.exceptions

    try:
        yield
    except boto3.exceptions.Boto3Error as error:
        # A managed transfer wraps the real error in a text.
        cause = error.__cause__ or error.__context__
        raise from_client_error(cause or error, action, bucket, key) from error
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise from_client_error(error, action, bucket, key) from error


def from_client_error(error: BaseException, action: str, bucket: str, key: str | None = None) -> QarnotException:
    """Our exception for one of botocore's."""
    import botocore.exceptions

    about = f"file {key!r} in bucket {bucket!r}" if key is not None else f"bucket {bucket!r}"
    if isinstance(error, botocore.exceptions.ClientError):
        said, meta = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
        words = {name: str(text) for name, text in said.items()}
        status, request = meta.get("HTTPStatusCode"), meta.get("RequestId") or None
        return from_response(words, status, request, f"Cannot {action} ({about})", bucket, key)
    message = f"Cannot {action} ({about}): {error}"
    if isinstance(error, botocore.exceptions.ConnectTimeoutError | botocore.exceptions.ReadTimeoutError):
        return RequestTimeout(message, object_id=bucket, next_step="Try again, or allow more time (cluster_timeout).")
    if isinstance(error, botocore.exceptions.HTTPClientError | botocore.exceptions.ConnectionError):
        return ConnectionFailed(message, object_id=bucket, next_step=NETWORK_STEP)
    return QarnotGenericException(message, object_id=bucket)


def from_response(
    said: Mapping[str, str], status: int | None, request_id: str | None, what: str, bucket: str, key: str | None
) -> QarnotException:
    """Our exception for an answer of failure; ``said``: its ``Code`` and ``Message``; ``what`` could not be done."""
    code, words = said.get("Code", ""), said.get("Message", "")
    details: dict[str, Any] = {
        "status": status,
        "server_message": words or None,
        "request_id": request_id,
        "object_id": bucket,
    }
    if code == "NoSuchBucket" or (code in ("404", "NotFound") and key is None):
        step = "Create it with connection.create_bucket(name), or correct the name."
        return MissingBucketException(f"{what}: there is no such bucket", next_step=step, **details)
    if code in ("NoSuchKey", "404", "NotFound"):
        return MissingFileException(f"{what}: there is no such file", **details)
    if code in REFUSED:
        return UnauthorizedException(f"{what}: {code}: {words}".rstrip(": "), next_step=TOKEN_STEP, **details)
    return QarnotGenericException(f"{what}: {code}: {words}", next_step=NEXT_STEPS.get(code), **details)
