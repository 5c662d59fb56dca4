"""Which object goes to which path of a working directory: union of the resource buckets, later ones win.

An object key is any string; only keys that make a path inside the directory are planned, the others are refused with
a sentence. Pure: listings come in, a plan goes out (reference 3.11, 6 and 7.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

import attrs

from qarnot_mock.sim.effects import Resource
from qarnot_mock.storage.store import ObjectInfo

LONGEST_NAME = 255  # bytes; what Linux and macOS file systems take


class UnsafeKey(Exception):
    """A key that makes no path inside a working directory; the text says why."""


@attrs.frozen
class PlannedFile:
    """One object and the relative POSIX path where it goes."""

    path: str
    bucket: str
    info: ObjectInfo


@attrs.frozen
class LayoutPlan:
    """What to write, in path order: no file is an ancestor of another file or directory. ``refused`` are sentences."""

    files: tuple[PlannedFile, ...] = ()
    directories: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def relative_path(key: str, strip_prefix: str = "") -> str:
    """The path of a key, without ``strip_prefix`` where the key starts with it. Raises :class:`UnsafeKey`.

    Empty and ``.`` components vanish as they do in any POSIX path. ``""`` is the working directory itself.
    """
    rest = key.removeprefix(strip_prefix)
    if rest.startswith("/"):
        raise UnsafeKey("it starts with '/', outside the working directory")
    parts = [part for part in rest.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise UnsafeKey("it contains '..', which could leave the working directory")
    if "\0" in rest:
        raise UnsafeKey("it contains a NUL character, which no file name can")
    if any(len(part.encode("utf-8", "surrogatepass")) > LONGEST_NAME for part in parts):
        raise UnsafeKey(f"a part of it is longer than {LONGEST_NAME} bytes, the limit of a file name")
    return "/".join(parts)


def plan_layout(listings: Sequence[tuple[Resource, Iterable[ObjectInfo]]]) -> LayoutPlan:
    """Lay out the listed objects of each resource, in the order of the task's resources.

    Objects outside a resource's prefix are ignored. Of two objects for one path, or of a file and another below it,
    the later one wins; a file that has to make way for a directory, or the reverse, is reported.
    """
    files: dict[str, PlannedFile] = {}
    directories: set[str] = set()
    refused: list[str] = []
    for resource, info in _wanted(listings):
        try:
            path = relative_path(info.key, resource.strip_prefix)
            if not path and not info.key.endswith("/"):
                raise UnsafeKey(f"nothing is left of it without the prefix {resource.strip_prefix!r}")
        except UnsafeKey as error:
            refused.append(f"object {info.key!r} of bucket {resource.bucket} is not laid out: {error}")
            continue
        if info.key.endswith("/"):
            directories.add(path)
        else:
            files.pop(path, None)  # so that insertion order is age
            files[path] = PlannedFile(path, resource.bucket, info)
    losers = _shadowed(files)
    refused += [_conflict(files[path], losers[path]) for path in sorted(losers)]
    kept = {path: planned for path, planned in files.items() if path not in losers}
    return LayoutPlan(
        files=tuple(kept[path] for path in sorted(kept)),
        directories=tuple(sorted(path for path in directories - {""} if not _blocked(path, kept))),
        refused=tuple(refused),
    )


def ancestors(path: str) -> Iterator[str]:
    """The directories above a relative path, nearest first, without the root."""
    for parent in PurePosixPath(path).parents:
        if parent.name:
            yield parent.as_posix()


def _wanted(
    listings: Sequence[tuple[Resource, Iterable[ObjectInfo]]],
) -> Iterator[tuple[Resource, ObjectInfo]]:
    for resource, objects in listings:
        for info in objects:
            if info.key.startswith(resource.prefix):
                yield resource, info


def _shadowed(files: dict[str, PlannedFile]) -> dict[str, str]:
    """Loser to winner, for every pair of files of which one would be a directory of the other."""
    age = {path: index for index, path in enumerate(files)}
    losers: dict[str, str] = {}
    for path in files:
        for above in ancestors(path):
            if above in age:
                loser, winner = sorted((path, above), key=age.__getitem__)
                losers[loser] = winner
    return losers


def _conflict(loser: PlannedFile, winner: str) -> str:
    return (
        f"object {loser.info.key!r} of bucket {loser.bucket} is not laid out: {loser.path!r} and {winner!r} cannot "
        "both exist, and the later one wins"
    )


def _blocked(path: str, files: dict[str, PlannedFile]) -> bool:
    return path in files or any(above in files for above in ancestors(path))
