"""Multipart uploads that are under way, noted in the local index: a later process goes on with those that a crash
interrupted, or drops them. Uploads that this user's machine did not begin are left alone.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Collection, Iterator

from qarnot_hl._core.file_identity import identity, local_file_of
from qarnot_hl._core.sync_actions import LocalFile
from qarnot_hl._s3.place import Place
from qarnot_hl._s3.plane import FileChanged, UploadGone
from qarnot_hl.exceptions import QarnotException

_active: set[str] = set()  # uploads that a thread of this process is busy with

OPEN = "SELECT key, upload, owner, path, size, mtime, ctime, inode, part FROM uploads WHERE storage = ? AND bucket = ?"
FORGET = "DELETE FROM uploads WHERE storage = ? AND bucket = ? AND key = ? AND upload = ?"
NOTE = "INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


@contextlib.contextmanager
def resumed_or_begun(where: Place, key: str, local: LocalFile, part_size: int) -> Iterator[tuple[str, dict[int, str]]]:
    """An upload of this state of a file and the ETags of the parts that it has, by number.

    It stays open for the next attempt if the block fails, unless it can be of no more use.
    """
    upload, there = _found(where, key, local, part_size) or (_begun(where, key, local, part_size), {})
    _active.add(upload)
    try:
        yield upload, there
    except BaseException as error:
        if isinstance(error, FileChanged) or not where.index.usable:
            _drop(where, key, upload)
        elif isinstance(error, UploadGone):
            _forget(where, key, upload)
        raise
    else:
        _forget(where, key, upload)
    finally:
        _active.discard(upload)


def drop_abandoned(where: Place, prefix: str, coming: Collection[str]) -> None:
    """Drop what processes of this machine left unfinished below the prefix and this run is not about to go on with."""
    for key, upload, owner, path, *file, _part in where.index.execute(OPEN, where.plane.name, where.bucket):
        name, identifier = str(key), str(upload)
        if not name.startswith(prefix) or _is_busy(identifier, str(owner)):
            continue
        if name not in coming or _identity_of(path) != tuple(file):
            _drop(where, name, identifier)


def _found(where: Place, key: str, local: LocalFile, part_size: int) -> tuple[str, dict[int, str]] | None:
    wanted = (key, os.fsencode(local.path), *identity(local), part_size)
    for found_key, upload, owner, *rest in where.index.execute(OPEN, where.plane.name, where.bucket):
        if (found_key, *rest) != wanted or _is_busy(str(upload), str(owner)):
            continue
        try:
            parts = {p.number: p.etag for p in where.plane.list_parts(where.bucket, key, str(upload))}
        except UploadGone:
            _forget(where, key, str(upload))
            continue
        _note(where, key, str(upload), local, part_size)
        return str(upload), parts
    return None


def _begun(where: Place, key: str, local: LocalFile, part_size: int) -> str:
    upload = where.plane.create_upload(where.bucket, key)
    _note(where, key, upload, local, part_size)
    return upload


def _note(where: Place, key: str, upload: str, local: LocalFile, part_size: int) -> None:
    file = (os.fsencode(local.path), *identity(local), part_size)
    where.index.execute(NOTE, where.plane.name, where.bucket, key, upload, _owner(), *file)


def _forget(where: Place, key: str, upload: str) -> None:
    where.index.execute(FORGET, where.plane.name, where.bucket, key, upload)


def _drop(where: Place, key: str, upload: str) -> None:
    with contextlib.suppress(QarnotException):
        with contextlib.suppress(UploadGone):
            where.plane.abort_upload(where.bucket, key, upload)
        _forget(where, key, upload)


def _owner() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def _is_busy(upload: str, owner: str) -> bool:
    """Whether somebody may still work at an upload: a process of another machine cannot be asked."""
    host, _, pid = owner.rpartition(":")
    if host != socket.gethostname():
        return True
    if int(pid) == os.getpid():
        return upload in _active
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _identity_of(path: object) -> tuple[int, ...] | None:
    try:
        name = os.fsdecode(path if isinstance(path, bytes) else b"")
        return identity(local_file_of(name, os.stat(name)))
    except (OSError, ValueError):
        return None
