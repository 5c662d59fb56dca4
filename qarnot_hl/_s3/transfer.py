"""Moves one thing between the machine and a bucket, checked: a file up, a file down, a server-side copy, deletions.

An upload that did not store what the file held is an error; a download appears under its final name only when it is
complete and verified. What to move, and many at a time, is the caller's business.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import IO, TYPE_CHECKING

import attrs

from qarnot_hl._core.etag import MIB, PART_SIZE, EtagHasher, etag_of, layouts_for, unquoted
from qarnot_hl._core.file_identity import local_file_of, same_file
from qarnot_hl._core.sync_actions import LocalFile
from qarnot_hl._core.sync_events import Moved
from qarnot_hl._s3.errors import translated
from qarnot_hl._s3.parallel import Stop
from qarnot_hl._s3.place import Place
from qarnot_hl._s3.protocols import Answer, Body
from qarnot_hl._s3.unfinished import replacing
from qarnot_hl.exceptions import ConnectionFailed, QarnotGenericException

if TYPE_CHECKING:
    from boto3.s3.transfer import TransferConfig

LARGEST_COPY = 5 * 1024 * MIB  # bytes that one CopyObject may copy
DELETIONS_PER_REQUEST = 1000
READ_ATTEMPTS = 10  # of one download that makes progress in between
THREADS_PER_FILE = 4  # for the parts of one large upload


def put_file(where: Place, key: str, local: LocalFile) -> str:
    """Store a local file; gives its ETag. Raises OSError, or an error that says that the file changed meanwhile."""
    with open(local.path, "rb") as file:
        before = local_file_of(local.path, os.fstat(file.fileno()))
        if before.size < PART_SIZE:
            etag = put_bytes(where, key, file.read())
        else:
            _put_parts(where, key, file)
            etag = _check_size(where, key, before.size)
        after = local_file_of(local.path, os.fstat(file.fileno()))
    if not same_file(before, after):
        raise QarnotGenericException(
            f"{local.path} changed while it was uploaded as {key!r}", next_step="Upload it again when it is complete."
        )
    return etag


def put_bytes(where: Place, key: str, content: bytes) -> str:
    """Store bytes in one piece; the server's ETag must be theirs, unless it encrypts."""
    with translated("upload", where.bucket, key):
        answer = where.client.put_object(Bucket=where.bucket, Key=key, Body=content)
    expected, etag = etag_of(content), unquoted(str(answer.get("ETag", "")))
    if etag != expected and len(content) < PART_SIZE and not _encrypted(answer) and layouts_for(len(content), etag):
        raise QarnotGenericException(f"{key!r} was damaged on the way to bucket {where.bucket!r}: upload it again")
    return etag


def put_stream(where: Place, key: str, stream: IO[bytes]) -> None:
    """Store what a binary file object still holds."""
    with translated("upload", where.bucket, key):
        where.client.upload_fileobj(stream, where.bucket, key, Config=transfer_config(), Callback=_checking(where.stop))


def copy(where: Place, source: str, key: str, etag: str | None = None, size: int = 0) -> None:
    """Copy on the server; with ``etag`` only while the source still has it. ``size`` 0: not known."""
    origin = {"Bucket": where.bucket, "Key": source}
    with translated("copy", where.bucket, source):
        if size > LARGEST_COPY:
            where.client.copy(origin, where.bucket, key, Config=transfer_config())
        elif etag is not None:
            where.client.copy_object(Bucket=where.bucket, Key=key, CopySource=origin, CopySourceIfMatch=f'"{etag}"')
        else:
            where.client.copy_object(Bucket=where.bucket, Key=key, CopySource=origin)


def delete(where: Place, keys: Iterable[str]) -> dict[str, QarnotGenericException]:
    """Delete many; what the server refused, by key."""
    return delete_versions(where, ({"Key": key} for key in keys))


def delete_versions(where: Place, objects: Iterable[dict[str, str]]) -> dict[str, QarnotGenericException]:
    """Delete many keys, or versions of keys; what the server refused, by key."""
    failures: dict[str, QarnotGenericException] = {}
    for batch in _batches(objects, DELETIONS_PER_REQUEST):
        with translated("delete files", where.bucket):
            answer = where.client.delete_objects(Bucket=where.bucket, Delete={"Objects": batch, "Quiet": True})
        for entry in answer.get("Errors", ()):
            words = f"{entry.get('Code')}: {entry.get('Message')}"
            failures[entry["Key"]] = QarnotGenericException(f"cannot delete {entry['Key']!r}: {words}")
    return failures


def fetch_file(where: Place, key: str, path: str, last_modified: datetime | None = None) -> None:
    """Fetch an object to ``path``, whose directory exists. The file is replaced at once, when all is there and right.

    Raises :class:`MissingFileException`, or OSError.
    """
    with replacing(path) as file:
        _fetch(where, key, file)


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


def _fetch(where: Place, key: str, file: IO[bytes]) -> None:
    """Read an object into a file and check it against its ETag.

    Only a multipart ETag can disagree with a sound file, when its parts had an unusual size: then the object is read
    again, and two equal readings are believed.
    """
    found = _read_object(where, key, file)
    if found.sound:
        return
    file.seek(0)
    file.truncate()
    again = _read_object(where, key, file)
    if again.sound or ("-" in again.etag and again == found):
        return
    raise QarnotGenericException(
        f"{key!r} was damaged on the way from bucket {where.bucket!r}: "
        f"the bytes that came do not have the ETag {again.etag}",
        object_id=where.bucket,
        next_step="Try again; the local file was left as it was.",
    )


@attrs.frozen
class _Reading:
    etag: str
    computed: frozenset[str]

    @property
    def sound(self) -> bool:
        return not self.computed or self.etag in self.computed


def _read_object(where: Place, key: str, file: IO[bytes]) -> _Reading:
    with translated("download", where.bucket, key):
        answer = where.client.get_object(Bucket=where.bucket, Key=key)
    size, etag = int(answer["ContentLength"]), unquoted(str(answer["ETag"]))
    hashers = [] if _encrypted(answer) else [EtagHasher(layout) for layout in layouts_for(size, etag)]
    read = 0
    where.tell(Moved(key, 0, size, 0))
    for chunk in _resumed(where, key, answer):
        file.write(chunk)
        for hasher in hashers:
            hasher.update(chunk)
        read += len(chunk)
        where.tell(Moved(key, read, size, len(chunk)))
    return _Reading(etag, frozenset(hasher.etag() for hasher in hashers))


def _resumed(where: Place, key: str, first: Answer) -> Iterator[bytes]:
    """The bytes of an object; where the connection breaks, the rest is asked for, of the same version only."""
    size, etag = int(first["ContentLength"]), str(first["ETag"])
    answer, read = first, 0
    for _ in range(READ_ATTEMPTS):
        with contextlib.suppress(*_broken_stream()):
            for chunk in _chunks(answer["Body"], size - read):
                where.stop.check()
                read += len(chunk)
                yield chunk
        if read == size:
            return
        with translated("download", where.bucket, key):
            answer = where.client.get_object(Bucket=where.bucket, Key=key, Range=f"bytes={read}-", IfMatch=etag)
    raise ConnectionFailed(
        f"the connection broke {READ_ATTEMPTS} times: "
        f"{read} of {size} bytes of {key!r} came from bucket {where.bucket!r}",
        object_id=where.bucket,
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


def _put_parts(where: Place, key: str, file: IO[bytes]) -> None:
    with translated("upload", where.bucket, key):
        where.client.upload_fileobj(file, where.bucket, key, Config=transfer_config(), Callback=_checking(where.stop))


def _check_size(where: Place, key: str, size: int) -> str:
    with translated("check the upload", where.bucket, key):
        answer = where.client.head_object(Bucket=where.bucket, Key=key)
    stored = int(answer["ContentLength"])
    if stored != size:
        raise QarnotGenericException(
            f"bucket {where.bucket!r} holds {stored} bytes as {key!r}, the file has {size}",
            next_step="Upload it again.",
        )
    return unquoted(str(answer["ETag"]))


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
