"""Multipart uploads: the values, the rules of joining parts, and what an account's uploads must offer. No HTTP, no XML.

The parts of an upload are kept by an implementation beside its object store; nothing here holds their bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Protocol

import attrs

from qarnot_mock.sim.commands import Instant
from qarnot_mock.storage.errors import S3Error
from qarnot_mock.storage.store import ObjectInfo

SMALLEST_PART = 5 * 1024**2
MOST_PARTS = 10_000
REMEMBERED = 1000
"""How many completions an account remembers, so that a repeated one can be answered again."""


@attrs.frozen
class Part:
    number: int
    etag: str
    size: int
    last_modified: Instant


@attrs.frozen
class Upload:
    """One upload in progress, and what its object will have beside its bytes."""

    upload_id: str
    bucket: str
    key: str
    initiated: Instant
    content_type: str
    metadata: Mapping[str, str]
    headers: Mapping[str, str]


class Uploads(Protocol):
    """The uploads in progress of one account. Safe to call from several threads."""

    def begin(
        self,
        bucket: str,
        key: str,
        now: Instant,
        content_type: str,
        metadata: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> Upload: ...

    def get(self, bucket: str, key: str, upload_id: str) -> Upload:
        """Raises ``NoSuchUpload``, also when the id belongs to another key."""
        ...

    def part(self, upload: Upload, number: int) -> Part | None: ...

    def parts(self, upload: Upload) -> list[Part]:
        """Those that have arrived, by number."""
        ...

    def add(self, upload: Upload, part: Part, content: bytes) -> None:
        """Keep a part; one with the same number is replaced."""
        ...

    def complete(self, upload: Upload, chosen: Sequence[Part], now: Instant) -> ObjectInfo:
        """Make the object of the chosen parts, and forget the upload; its ETag is remembered for a while.

        Raises ``NoSuchBucket``.
        """
        ...

    def abort(self, upload: Upload) -> None: ...

    def completed_etag(self, bucket: str, key: str, upload_id: str) -> str | None:
        """The ETag that a recent completion of this upload gave, or None."""
        ...

    def of_bucket(self, bucket: str) -> list[Upload]:
        """Uploads in progress, by key and then by age."""
        ...

    def drop_bucket(self, bucket: str) -> None: ...

    def bytes_used(self) -> int:
        """The sizes of all parts together."""
        ...


def upload_id_of(seed: str, number: int, bucket: str, key: str) -> str:
    """The id of an account's n-th upload: the same requests give the same ids."""
    name = f"{seed}\0{number}\0{bucket}\0{key}"
    return "2~" + hashlib.sha256(name.encode()).hexdigest()[:32]


def no_such_upload(key: str, upload_id: str) -> S3Error:
    return S3Error(
        "NoSuchUpload",
        f"No upload {upload_id!r} to {key!r} is in progress: it was completed, aborted or never begun.",
        UploadId=upload_id,
    )


def combined_etag(etags: Sequence[str]) -> str:
    """S3's ETag of a multipart object: the md5 of the parts' md5 digests, a dash, and their number."""
    digests = b"".join(bytes.fromhex(etag) for etag in etags)
    return f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(etags)}"


def join_parts(upload_id: str, parts: Mapping[int, Part], wanted: Sequence[tuple[int, str]]) -> list[Part]:
    """The parts a completion names as (number, etag), in order.

    Raises ``InvalidPartOrder``, ``InvalidPart`` or ``EntityTooSmall``.
    """
    numbers = [number for number, _ in wanted]
    if any(after <= before for before, after in pairwise(numbers)):
        raise S3Error("InvalidPartOrder", "The parts of a completion must be listed by ascending number.")
    chosen = []
    for number, etag in wanted:
        part = parts.get(number)
        if part is None or part.etag != etag.strip('"'):
            raise S3Error(
                "InvalidPart",
                f"Part {number} was not uploaded, or its ETag is not {etag}. Send the ETag that UploadPart answered.",
                UploadId=upload_id, PartNumber=str(number), ETag=etag,
            )  # fmt: skip
        chosen.append(part)
    small = next((part for part in chosen[:-1] if part.size < SMALLEST_PART), None)
    if small is not None:
        raise S3Error(
            "EntityTooSmall",
            f"Part {small.number} has {small.size} bytes; every part but the last needs at least {SMALLEST_PART}.",
            ProposedSize=str(small.size), MinSizeAllowed=str(SMALLEST_PART), PartNumber=str(small.number),
            ETag=small.etag,
        )  # fmt: skip
    return chosen
