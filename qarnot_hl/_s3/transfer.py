"""What the server does by itself, without bytes passing through this machine: copies and deletions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from qarnot_hl._core.etag import MIB, part_size_for
from qarnot_hl._core.part_plan import Range, ranges
from qarnot_hl._s3.parallel import run_all
from qarnot_hl._s3.place import Place
from qarnot_hl.exceptions import QarnotGenericException

LARGEST_COPY = 5 * 1024 * MIB  # bytes that one request may copy
DELETIONS_PER_REQUEST = 1000


def copy(where: Place, source: str, key: str, etag: str, size: int) -> None:
    """Copy an object of ``size`` bytes while it has this ETag. Raises :class:`ObjectChanged`."""
    if size <= LARGEST_COPY:
        where.plane.copy(where.bucket, source, key, etag)
        return
    upload = where.plane.create_upload(where.bucket, key)
    try:
        _copy_parts(where, source, key, upload, etag, size)
    except BaseException:
        where.plane.abort_upload(where.bucket, key, upload)
        raise


def delete(where: Place, keys: Iterable[str]) -> dict[str, QarnotGenericException]:
    """Delete many; what the server refused, by key."""
    return delete_versions(where, ({"Key": key} for key in keys))


def delete_versions(where: Place, objects: Iterable[Mapping[str, str]]) -> dict[str, QarnotGenericException]:
    """Delete many keys, or versions of keys; what the server refused, by key."""
    failures: dict[str, QarnotGenericException] = {}
    for batch in _batches(objects, DELETIONS_PER_REQUEST):
        where.stop.check()
        for key, words in where.plane.delete(where.bucket, batch):
            failures[key] = QarnotGenericException(f"cannot delete {key!r}: {words}")
    return failures


def _copy_parts(where: Place, source: str, key: str, upload: str, etag: str, size: int) -> None:
    """In the parts of an upload of ours, so that the copy compares equal to the file."""
    etags: dict[int, str] = {}

    def one(item: tuple[int, Range]) -> None:
        number, (start, stop) = item
        stored = where.plane.copy_part(where.bucket, key, upload, number, source, start, stop, etag)
        etags[number] = stored.etag

    numbered = list(enumerate(ranges(size, part_size_for(size)), 1))
    for _, error in run_all(one, numbered, where.stop, where.threads).failed:
        raise error
    where.plane.complete_upload(where.bucket, key, upload, [etags[number] for number, _ in numbered])


def _batches(items: Iterable[Mapping[str, str]], size: int) -> Iterator[list[Mapping[str, str]]]:
    batch: list[Mapping[str, str]] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
