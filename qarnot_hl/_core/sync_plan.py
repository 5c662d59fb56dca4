"""What a synchronisation will do, decided from two listings: no I/O, no clock, no order of arrival.

``plan_upload`` makes a bucket like a directory, ``plan_download`` a directory like a bucket. Contents are compared by
size and ETag; a local file's ETags come from whoever may read it, in the layouts that the ``*_layouts`` functions ask
for, so that only files which need hashing are hashed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeAlias

from qarnot_hl._core.etag import layouts_for, own_layout
from qarnot_hl._core.sync_actions import (
    UNCHANGED,
    Copy,
    Delete,
    Download,
    LocalFile,
    RemoteFile,
    Skip,
    SyncPlan,
    Upload,
)

Etags: TypeAlias = Mapping[str, Mapping[int, str]]  # local path -> layout -> the ETag its content has in it
Layouts: TypeAlias = dict[str, frozenset[int]]  # local path -> the layouts to hash it in
NONE: Mapping[int, str] = MappingProxyType({})


def comparison_layouts(pairs: Iterable[tuple[LocalFile, RemoteFile]]) -> Layouts:
    """The layouts that tell whether each file is the object it is compared with. No hash is needed for other sizes."""
    return {
        local.path: frozenset(layouts_for(local.size, remote.etag))
        for local, remote in pairs
        if local.size == remote.size
    }


def changes(local: Mapping[str, LocalFile], remote: Mapping[str, RemoteFile], etags: Etags) -> dict[str, LocalFile]:
    """The files (by key) whose object is missing or another content."""
    return {key: file for key, file in local.items() if key not in remote or not _same(file, remote[key], etags)}


def copy_layouts(changed: Mapping[str, LocalFile], remote: Mapping[str, RemoteFile]) -> Layouts:
    """The layouts in which a changed file could be found to be the content of another object."""
    sizes = {file.size for file in changed.values() if file.size}
    by_size: dict[int, set[int]] = {}
    for key, there in remote.items():
        if there.size in sizes and key not in changed:
            by_size.setdefault(there.size, set()).update(layouts_for(there.size, there.etag))
    shared = {size: frozenset(layouts) for size, layouts in by_size.items() if layouts}
    return {file.path: shared[file.size] for file in changed.values() if file.size in shared}


def possible_twins(changed: Mapping[str, LocalFile]) -> list[LocalFile]:
    """The changed files that share their size with another: one of them might be copied rather than sent."""
    counts = Counter(file.size for file in changed.values())
    return [file for file in changed.values() if file.size and counts[file.size] > 1]


def twin_layouts(files: Iterable[LocalFile], samples: Mapping[str, object]) -> Layouts:
    """Those among possible twins whose samples (by path) are equal too, to be hashed as we would upload them."""
    sampled = [(file, (file.size, samples.get(file.path))) for file in files]
    counts = Counter(sample for _, sample in sampled)
    return {file.path: frozenset({own_layout(file.size)}) for file, sample in sampled if counts[sample] > 1}


def plan_upload(
    local: Mapping[str, LocalFile],
    remote: Mapping[str, RemoteFile],
    changed: Mapping[str, LocalFile],
    etags: Etags,
    *,
    prefix: str = "",
    protected: Collection[str] = (),
) -> SyncPlan:
    """Make the part of the bucket below ``prefix`` hold exactly ``local`` (key -> file).

    ``changed``: what :func:`changes` found; ``etags``: of those, as far as the other functions asked for. Every key of
    ``local`` starts with ``prefix``. Deleted is what lies below the prefix, is not in ``local`` and is neither
    ``protected`` (a local entry that could not be read or is no file) nor below a protected name.
    """
    uploads, copies = _transfers(changed, remote, etags)
    return SyncPlan(
        uploads=uploads,
        copies=copies,
        deletions=tuple(_deletions(local, remote, prefix, protected)),
        skips=tuple(Skip(key, UNCHANGED) for key in sorted(local.keys() - changed.keys())),
    )


def plan_download(
    wanted: Mapping[str, RemoteFile], existing: Mapping[str, LocalFile], changed: Collection[str]
) -> SyncPlan:
    """Fetch what the target directory lacks (``wanted``: relative path -> object). Nothing local is deleted.

    ``changed``: the existing paths that have another content, as :func:`changes` found.
    """
    downloads: list[Download] = []
    skips: list[Skip] = []
    for path, file in sorted(wanted.items()):
        old = existing.get(path)
        if old is not None and path not in changed:
            skips.append(Skip(file.key, UNCHANGED))
        else:
            downloads.append(Download(file.key, path, file.size, file.etag, _why(old, file), file.last_modified))
    return SyncPlan(downloads=tuple(downloads), skips=tuple(skips))


def _transfers(
    changed: Mapping[str, LocalFile], there: Mapping[str, RemoteFile], etags: Etags
) -> tuple[tuple[Upload, ...], tuple[Copy, ...]]:
    # A source that this same plan overwrites may have other content by the time of the copy.
    sizes = {file.size for file in changed.values()}
    kept = (file for key, file in there.items() if file.size in sizes and key not in changed)
    sources = {(file.size, file.etag): file.key for file in sorted(kept, key=lambda file: file.key, reverse=True)}
    uploaded: dict[tuple[int, str], str] = {}
    uploads: list[Upload] = []
    copies: list[Copy] = []
    for key, file in sorted(changed.items()):
        contents = [(file.size, etag) for etag in sorted(etags.get(file.path, NONE).values()) if file.size]
        source = next((content for content in contents if content in sources), None)
        twin = next((uploaded[content] for content in contents if content in uploaded), None)
        if source:
            name = sources[source]
            copies.append(Copy(key, name, source[1], file, f"same content as {name!r}"))
        elif twin:
            copies.append(Copy(key, twin, None, file, f"same content as {twin!r}"))
        else:
            uploads.append(Upload(key, file, _why(there.get(key), file)))
            uploaded.update(dict.fromkeys(contents, key))
    return tuple(uploads), tuple(copies)


def _deletions(
    local: Mapping[str, LocalFile], there: Iterable[str], prefix: str, protected: Collection[str]
) -> Iterator[Delete]:
    kept = set(protected)
    gone = [key for key in there if key.startswith(prefix) and key != prefix and key not in local]
    directories = {parent for key in local for parent in _directories(key)} if gone else set()
    for key in sorted(gone):
        parents = [parent.rstrip("/") for parent in _directories(key)]
        if key not in directories and key not in kept and kept.isdisjoint(parents):
            yield Delete(key, "not in the local directory")


def _directories(key: str) -> Iterator[str]:
    """``a/b/c`` -> ``a/``, ``a/b/``."""
    position = key.find("/")
    while position >= 0:
        yield key[: position + 1]
        position = key.find("/", position + 1)


def _same(local: LocalFile, remote: RemoteFile, etags: Etags) -> bool:
    return local.size == remote.size and remote.etag in etags.get(local.path, NONE).values()


def _why(old: LocalFile | RemoteFile | None, new: LocalFile | RemoteFile) -> str:
    if old is None:
        return "new"
    return "size differs" if old.size != new.size else "content differs"
