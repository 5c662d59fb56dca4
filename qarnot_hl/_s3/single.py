"""One file of a bucket at a time, as a user names it: stored, fetched, copied; and the whole bucket emptied."""

from __future__ import annotations

import io
import os
import stat
from typing import IO

from qarnot_hl._core.file_identity import local_file_of
from qarnot_hl._core.safe_paths import Refusal, local_path
from qarnot_hl._s3 import download, listing, transfer, upload
from qarnot_hl._s3.place import Place
from qarnot_hl._s3.protocols import S3Client
from qarnot_hl.exceptions import MissingFileException, TransferException


def default_key(local_or_file: str | bytes | os.PathLike[str] | IO[bytes]) -> str:
    """The last name of a path or of a file object. Raises ValueError where there is none."""
    name = getattr(local_or_file, "name", None) if hasattr(local_or_file, "read") else local_or_file
    if not isinstance(name, str | bytes | os.PathLike) or not (key := os.path.basename(os.fsdecode(name))):
        raise ValueError(f"{local_or_file!r} has no name to store it under: give `remote`")
    return key


def store(place: Place, local_or_file: str | bytes | os.PathLike[str] | IO[bytes], key: str) -> None:
    """Store a local file, or what a binary file object still holds. Raises OSError, or TypeError for a text file."""
    if isinstance(local_or_file, io.TextIOBase):
        raise TypeError(f"{key!r}: open the file in binary mode ('rb')")
    if not isinstance(local_or_file, str | bytes | os.PathLike):
        upload.put_stream(place, key, local_or_file)
        return
    path = os.fsdecode(local_or_file)
    found = os.stat(path)
    if stat.S_ISREG(found.st_mode):
        upload.put_file(place, key, local_file_of(path, found))
        return
    with open(path, "rb") as stream:
        upload.put_stream(place, key, stream)


def fetch(place: Place, remote: str, local: str | None) -> str:
    """Fetch one object, by default under its last name into the working directory; gives the path.

    Raises :class:`MissingFileException`.
    """
    path = destination(remote, local)
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    download.fetch_file(place, remote, path)
    return path


def destination(remote: str, local: str | None) -> str:
    """Where ``get_file`` writes: ``local``, or below it if it is a directory, under the last name of the key.

    Raises ValueError where that names no file.
    """
    if local is not None and not os.path.isdir(local) and not local.endswith("/"):
        return local
    name = remote.rpartition("/")[2]
    path = os.path.join(local or "", name)
    if isinstance(local_path(name, windows=os.name == "nt"), Refusal) or os.path.isdir(path):
        raise ValueError(f"cannot derive a file name from the key {remote!r}: give the local path of the file to write")
    return path


def copy(place: Place, source: str, key: str) -> None:
    """Copy an object of any size within the bucket."""
    found = listing.find(place, source)
    if found is None:
        raise MissingFileException(
            f"Cannot copy (file {source!r} in bucket {place.bucket!r}): there is no such file", object_id=place.bucket
        )
    transfer.copy(place, source, key, found.etag, found.size)


def remove(place: Place, key: str) -> None:
    """Delete one object, if it exists."""
    for error in transfer.delete(place, [key]).values():
        raise error


def empty(place: Place, client: S3Client) -> None:
    """Delete all objects, past versions included."""
    failures = transfer.delete_versions(place, list(listing.versions(place, client)))
    if failures:
        first = next(iter(failures.values()))
        error = TransferException(
            f"cannot empty bucket {place.bucket!r}: {len(failures)} files were not deleted, the first: {first}",
            object_id=place.bucket,
        )
        error.failures = dict(failures)
        raise error
