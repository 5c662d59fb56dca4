"""What a synchronisation will do, decided from two listings: no I/O, no clock, no order of arrival.

``plan_upload`` makes a bucket like a directory, ``plan_download`` a directory like a bucket. Contents are compared by
size and ETag; a local file's ETags come from whoever may read it, in the layouts that the ``*_layouts`` functions ask
for, so that only files which need hashing are hashed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

import attrs

from qarnot_hl._core.etag import layouts_for, own_layout

Etags = Mapping[str, frozenset[str]]  # local path -> the ETags its content has in the layouts asked for


@attrs.frozen
class LocalFile:
    """A file that can be read. ``size`` in bytes."""

    path: str
    size: int


@attrs.frozen
class RemoteFile:
    """An object as a listing shows it. ``size`` in bytes, ``etag`` without quotes."""

    key: str
    size: int
    etag: str
    last_modified: datetime | None = None
    storage_class: str | None = None


@attrs.frozen
class Upload:
    """Send a local file."""

    key: str
    local: LocalFile
    reason: str


@attrs.frozen
class Copy:
    """Let the server copy ``source``; ``etag`` is the content it must still have (None: sent by this same plan).

    ``local`` has the same content, for when the source has changed meanwhile.
    """

    key: str
    source: str
    etag: str | None
    local: LocalFile
    reason: str


@attrs.frozen
class Delete:
    """Delete an object."""

    key: str
    reason: str


@attrs.frozen
class Skip:
    """Do nothing about this one."""

    key: str
    reason: str


@attrs.frozen
class Download:
    """Fetch an object to ``path``, relative to the target directory."""

    key: str
    path: str
    size: int
    etag: str
    reason: str


@attrs.frozen
class UploadPlan:
    """To be carried out in this order: transfers (in any order), duplicates, deletions.

    Deletions only when everything before them succeeded.
    """

    transfers: tuple[Upload | Copy, ...]
    duplicates: tuple[Copy, ...]
    deletions: tuple[Delete, ...]
    skips: tuple[Skip, ...]


@attrs.frozen
class SyncReport:
    """What a transfer did: keys, sorted, and why each local entry or key was left aside."""

    uploaded: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()
    downloaded: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    skipped: Mapping[str, str] = attrs.field(factory=dict)


def upload_layouts(local: Iterable[LocalFile], remote: Iterable[RemoteFile]) -> dict[str, frozenset[int]]:
    """For each local path that some remote or other local file could equal: the layouts to hash it in."""
    files = list(local)
    by_size: dict[int, set[int]] = {}
    for file in remote:
        by_size.setdefault(file.size, set()).update(layouts_for(file.size, file.etag))
    for size in _repeated(file.size for file in files):
        by_size.setdefault(size, set()).add(own_layout(size))
    return {file.path: frozenset(by_size[file.size]) for file in files if by_size.get(file.size)}


def download_layouts(wanted: Mapping[str, RemoteFile], existing: Mapping[str, LocalFile]) -> dict[str, frozenset[int]]:
    """For each existing local file of the right size: the layouts to hash it in."""
    return {
        file.path: frozenset(layouts_for(file.size, wanted[path].etag))
        for path, file in existing.items()
        if path in wanted and file.size == wanted[path].size
    }


def plan_upload(
    local: Mapping[str, LocalFile],
    remote: Iterable[RemoteFile],
    etags: Etags,
    *,
    prefix: str = "",
    protected: Collection[str] = (),
) -> UploadPlan:
    """Make the part of the bucket below ``prefix`` hold exactly ``local`` (key -> file).

    Every key of ``local`` starts with ``prefix``. Deleted is what lies below the prefix, is not in ``local`` and is
    neither ``protected`` (a local entry that could not be read or is no file) nor below a protected name.
    """
    there = {file.key: file for file in remote}
    changed = {key: file for key, file in local.items() if key not in there or not _same(file, there[key], etags)}
    transfers, duplicates = _transfers(changed, there, etags)
    return UploadPlan(
        transfers,
        duplicates,
        tuple(_deletions(local, there, prefix, protected)),
        tuple(Skip(key, "unchanged") for key in sorted(local.keys() - changed.keys())),
    )


def plan_download(
    wanted: Mapping[str, RemoteFile], existing: Mapping[str, LocalFile], etags: Etags
) -> tuple[Download | Skip, ...]:
    """Fetch what the target directory lacks (``wanted``: relative path -> object). Nothing local is deleted."""
    return tuple(
        Skip(file.key, "unchanged")
        if path in existing and _same(existing[path], file, etags)
        else Download(file.key, path, file.size, file.etag, _why(existing.get(path), file))
        for path, file in sorted(wanted.items())
    )


def _transfers(
    changed: Mapping[str, LocalFile], there: Mapping[str, RemoteFile], etags: Etags
) -> tuple[tuple[Upload | Copy, ...], tuple[Copy, ...]]:
    # A source that this same plan overwrites may have other content by the time of the copy.
    sources = {(file.size, file.etag): key for key, file in sorted(there.items()) if key not in changed}
    uploaded: dict[tuple[int, str], str] = {}
    transfers: list[Upload | Copy] = []
    duplicates: list[Copy] = []
    for key, file in sorted(changed.items()):
        contents = [(file.size, etag) for etag in sorted(etags.get(file.path, ())) if file.size]
        source = next((content for content in contents if content in sources), None)
        twin = next((uploaded[content] for content in contents if content in uploaded), None)
        if source:
            name = sources[source]
            transfers.append(Copy(key, name, source[1], file, f"same content as {name!r}"))
        elif twin:
            duplicates.append(Copy(key, twin, None, file, f"same content as {twin!r}"))
        else:
            transfers.append(Upload(key, file, _why(there.get(key), file)))
            uploaded.update(dict.fromkeys(contents, key))
    return tuple(transfers), tuple(duplicates)


def _deletions(
    local: Mapping[str, LocalFile], there: Mapping[str, RemoteFile], prefix: str, protected: Collection[str]
) -> Iterator[Delete]:
    kept = set(protected)
    directories = {parent for key in local for parent in _directories(key)}
    for key in sorted(there):
        if not key.startswith(prefix) or key == prefix or key in local or key in directories:
            continue
        if key not in kept and not any(parent.rstrip("/") in kept for parent in _directories(key)):
            yield Delete(key, "not in the local directory")


def _directories(key: str) -> Iterator[str]:
    """``a/b/c`` -> ``a/``, ``a/b/``."""
    position = key.find("/")
    while position >= 0:
        yield key[: position + 1]
        position = key.find("/", position + 1)


def _same(local: LocalFile, remote: RemoteFile, etags: Etags) -> bool:
    return local.size == remote.size and remote.etag in etags.get(local.path, ())


def _why(old: LocalFile | RemoteFile | None, new: LocalFile | RemoteFile) -> str:
    if old is None:
        return "new"
    return "size differs" if old.size != new.size else "content differs"


def _repeated(values: Iterable[int]) -> list[int]:
    return [value for value, count in Counter(values).items() if count > 1]
