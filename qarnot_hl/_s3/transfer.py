"""Moves one thing between the machine and a bucket, checked: a file up, a file down, a server-side copy, deletions.

An upload that did not store what the file held is an error; a download appears under its final name only when it is
complete and verified. What to move, and many at a time, is the caller's business.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import IO, TYPE_CHECKING

import attrs

from qarnot_hl._core.etag import MIB, PART_SIZE, EtagHasher, etag_of, layouts_for, unquoted
from qarnot_hl._core.sync_plan import LocalFile
from qarnot_hl._s3.errors import translated
from qarnot_hl._s3.parallel import Stop
from qarnot_hl._s3.progress import Callback
from qarnot_hl._s3.protocols import Answer, Body, S3Client
from qarnot_hl.exceptions import ConnectionFailed, QarnotGenericException

if TYPE_CHECKING:
    from boto3.s3.transfer import TransferConfig

LARGEST_COPY = 5 * 1024 * MIB  # bytes that one CopyObject may copy
DELETIONS_PER_REQUEST = 1000
READ_ATTEMPTS = 10  # of one download that makes progress in between
THREADS_PER_FILE = 4  # for the parts of one large upload


def put_file(client: S3Client, bucket: str, key: str, local: LocalFile, stop: Stop) -> None:
    """Store a local file. Raises OSError, or an error that says that the file changed meanwhile."""
    with open(local.path, "rb") as file:
        before = os.fstat(file.fileno())
        if before.st_size < PART_SIZE:
            put_bytes(client, bucket, key, file.read())
        else:
            _put_parts(client, bucket, key, file, stop)
            _check_size(client, bucket, key, before.st_size)
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise QarnotGenericException(
            f"{local.path} changed while it was uploaded as {key!r}", next_step="Upload it again when it is complete."
        )


def put_bytes(client: S3Client, bucket: str, key: str, content: bytes) -> None:
    """Store bytes in one piece; the server's ETag must be theirs, unless it encrypts."""
    with translated("upload", bucket, key):
        answer = client.put_object(Bucket=bucket, Key=key, Body=content)
    expected, etag = etag_of(content), unquoted(str(answer.get("ETag", "")))
    if etag != expected and len(content) < PART_SIZE and not _encrypted(answer) and layouts_for(len(content), etag):
        raise QarnotGenericException(f"{key!r} was damaged on the way to bucket {bucket!r}: upload it again")


def put_stream(client: S3Client, bucket: str, key: str, stream: IO[bytes], stop: Stop) -> None:
    """Store what a binary file object still holds."""
    with translated("upload", bucket, key):
        client.upload_fileobj(stream, bucket, key, Config=transfer_config(), Callback=_checking(stop))


def copy(client: S3Client, bucket: str, source: str, key: str, etag: str | None = None, size: int = 0) -> None:
    """Copy on the server; with ``etag`` only while the source still has it. ``size`` 0: not known."""
    origin = {"Bucket": bucket, "Key": source}
    with translated("copy", bucket, source):
        if size > LARGEST_COPY:
            client.copy(origin, bucket, key, Config=transfer_config())
        elif etag is not None:
            client.copy_object(Bucket=bucket, Key=key, CopySource=origin, CopySourceIfMatch=f'"{etag}"')
        else:
            client.copy_object(Bucket=bucket, Key=key, CopySource=origin)


def delete(client: S3Client, bucket: str, objects: Iterable[dict[str, str]]) -> dict[str, QarnotGenericException]:
    """Delete many; what the server refused, by key."""
    failures: dict[str, QarnotGenericException] = {}
    for batch in _batches(objects, DELETIONS_PER_REQUEST):
        with translated("delete files", bucket):
            answer = client.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
        for entry in answer.get("Errors", ()):
            words = f"{entry.get('Code')}: {entry.get('Message')}"
            failures[entry["Key"]] = QarnotGenericException(f"cannot delete {entry['Key']!r}: {words}")
    return failures


def fetch_file(client: S3Client, bucket: str, key: str, path: str, report: Callback, stop: Stop) -> None:
    """Fetch an object to ``path``, whose directory exists. The file is replaced at once, when all is there and right.

    Raises :class:`MissingFileException`, or OSError.
    """
    unfinished = os.path.join(os.path.dirname(path), f".{secrets.token_hex(8)}.part")
    try:
        with open(unfinished, "xb") as file:
            _fetch(client, bucket, key, file, report, stop)
        os.replace(unfinished, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(unfinished)
        raise


def transfer_config() -> TransferConfig:
    """Parts of 8 MiB from 8 MiB on, which makes the ETags that the comparison expects.

    Never the engine of ``awscrt``: with an endpoint of one's own it sends the credentials to a host of Amazon.
    """
    from boto3.s3.transfer import TransferConfig

    return TransferConfig(
        multipart_threshold=PART_SIZE,
        multipart_chunksize=PART_SIZE,
        max_concurrency=THREADS_PER_FILE,
        preferred_transfer_client="classic",
    )


def _fetch(client: S3Client, bucket: str, key: str, file: IO[bytes], report: Callback, stop: Stop) -> None:
    """Read an object into a file and check it against its ETag.

    Only a multipart ETag can disagree with a sound file, when its parts had an unusual size: then the object is read
    again, and two equal readings are believed.
    """
    found = _read_object(client, bucket, key, file, report, stop)
    if found.sound:
        return
    file.seek(0)
    file.truncate()
    again = _read_object(client, bucket, key, file, report, stop)
    if again.sound or ("-" in again.etag and again == found):
        return
    raise QarnotGenericException(
        f"{key!r} was damaged on the way from bucket {bucket!r}: the bytes that came do not have the ETag {again.etag}",
        object_id=bucket,
        next_step="Try again; the local file was left as it was.",
    )


@attrs.frozen
class _Reading:
    etag: str
    computed: frozenset[str]

    @property
    def sound(self) -> bool:
        return not self.computed or self.etag in self.computed


def _read_object(client: S3Client, bucket: str, key: str, file: IO[bytes], report: Callback, stop: Stop) -> _Reading:
    with translated("download", bucket, key):
        answer = client.get_object(Bucket=bucket, Key=key)
    size, etag = int(answer["ContentLength"]), unquoted(str(answer["ETag"]))
    hashers = [] if _encrypted(answer) else [EtagHasher(layout) for layout in layouts_for(size, etag)]
    read = 0
    report(0, size, key)
    for chunk in _resumed(client, bucket, key, answer, stop):
        file.write(chunk)
        for hasher in hashers:
            hasher.update(chunk)
        read += len(chunk)
        report(read, size, key)
    return _Reading(etag, frozenset(hasher.etag() for hasher in hashers))


def _resumed(client: S3Client, bucket: str, key: str, first: Answer, stop: Stop) -> Iterator[bytes]:
    """The bytes of an object; where the connection breaks, the rest is asked for, of the same version only."""
    size, etag = int(first["ContentLength"]), str(first["ETag"])
    answer, read = first, 0
    for _ in range(READ_ATTEMPTS):
        with contextlib.suppress(*_broken_stream()):
            for chunk in _chunks(answer["Body"], size - read):
                stop.check()
                read += len(chunk)
                yield chunk
        if read == size:
            return
        with translated("download", bucket, key):
            answer = client.get_object(Bucket=bucket, Key=key, Range=f"bytes={read}-", IfMatch=etag)
    raise ConnectionFailed(
        f"the connection broke {READ_ATTEMPTS} times: {read} of {size} bytes of {key!r} came from bucket {bucket!r}",
        object_id=bucket,
        next_step="Try again; the local file was left as it was.",
    )


def _chunks(body: Body, expected: int) -> Iterator[bytes]:
    try:
        while expected > 0 and (chunk := body.read(min(MIB, expected))):
            expected -= len(chunk)
            yield chunk
    finally:
        body.close()


def _broken_stream() -> tuple[type[Exception], ...]:
    import botocore.exceptions

    return (
        botocore.exceptions.ResponseStreamingError,
        botocore.exceptions.IncompleteReadError,
        botocore.exceptions.ReadTimeoutError,
    )


def _encrypted(answer: Answer) -> bool:
    """With keys of the server or the customer an ETag is no md5; with the storage's own (AES256) it is."""
    return "SSECustomerAlgorithm" in answer or "kms" in str(answer.get("ServerSideEncryption", ""))


def _put_parts(client: S3Client, bucket: str, key: str, file: IO[bytes], stop: Stop) -> None:
    with translated("upload", bucket, key):
        client.upload_fileobj(file, bucket, key, Config=transfer_config(), Callback=_checking(stop))


def _check_size(client: S3Client, bucket: str, key: str, size: int) -> None:
    with translated("check the upload", bucket, key):
        stored = int(client.head_object(Bucket=bucket, Key=key)["ContentLength"])
    if stored != size:
        raise QarnotGenericException(
            f"bucket {bucket!r} holds {stored} bytes as {key!r}, the file has {size}", next_step="Upload it again."
        )


def _checking(stop: Stop) -> Callable[[int], None]:
    def callback(_bytes: int) -> None:
        stop.check()

    return callback


def _batches(items: Iterable[dict[str, str]], size: int) -> Iterator[list[dict[str, str]]]:
    batch: list[dict[str, str]] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
