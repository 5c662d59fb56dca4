"""Reads the local side of a transfer: the files of a directory. Reads no content, and changes nothing of the user's.

Only regular files are transferred, links to files included. Whatever else is found, and whatever cannot be read, is
reported by name, never dropped in silence and never waited for (opening a FIFO would block for ever).
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping

import attrs

from qarnot_hl._core.file_identity import local_file_of
from qarnot_hl._core.sync_actions import LocalFile
from qarnot_hl._s3.unfinished import is_unfinished, remove_abandoned

SPECIAL = (
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a block device"),
    (stat.S_ISCHR, "a character device"),
)


@attrs.define
class LocalTree:
    """What was found, by name relative to the root with ``/``; an empty directory's name ends in ``/``.

    ``skipped`` entries have no form in a bucket; ``failures`` could not be examined.
    """

    files: dict[str, LocalFile] = attrs.field(factory=dict)
    empty_directories: list[str] = attrs.field(factory=list)
    skipped: dict[str, str] = attrs.field(factory=dict)
    failures: dict[str, OSError] = attrs.field(factory=dict)


def scan(directory: str) -> LocalTree:
    """Walk a directory without following links to directories.

    Raises :class:`FileNotFoundError` or :class:`NotADirectoryError` when it is none: a missing source is not an empty
    one.
    """
    if not os.path.isdir(directory):
        if os.path.lexists(directory):
            raise NotADirectoryError(f"Not a valid directory: {directory!r}")
        raise FileNotFoundError(f"Not a valid directory: {directory!r} does not exist")
    tree = LocalTree()
    pending = [("", directory)]
    while pending:
        pending.extend(_scan_one(tree, *pending.pop()))
    return tree


def named_files(files: Mapping[str, str]) -> LocalTree:
    """The tree that a mapping of names to paths describes."""
    tree = LocalTree()
    for name, path in files.items():
        try:
            _classify(tree, name, path, os.stat(path))
        except OSError as error:
            tree.failures[name] = error
    return tree


def existing(root: str, wanted: Collection[str], *, tidy: bool = False) -> dict[str, LocalFile]:
    """Which of the wanted paths are regular files below ``root``; not links, which a download replaces.

    ``tidy``: unfinished downloads that a killed process left in these directories are removed.
    """
    found: dict[str, LocalFile] = {}
    for directory in {path.rpartition("/")[0] for path in wanted}:
        prefix = f"{directory}/" if directory else ""
        with contextlib.suppress(OSError), os.scandir(os.path.join(root, directory)) as entries:
            for entry in entries:
                if tidy and is_unfinished(entry.name):
                    remove_abandoned(entry.path)
                elif prefix + entry.name in wanted and entry.is_file(follow_symlinks=False):
                    path = prefix + entry.name
                    found[path] = local_file_of(entry.path, entry.stat(follow_symlinks=False))
    return found


def _scan_one(tree: LocalTree, name: str, path: str) -> Iterable[tuple[str, str]]:
    """Enter one directory's entries into the tree; returns its subdirectories."""
    try:
        with os.scandir(path) as scanning:
            entries = sorted(scanning, key=lambda entry: entry.name)
    except OSError as error:
        tree.failures[name or path] = error
        return []
    if name and not entries:
        tree.empty_directories.append(f"{name}/")
    return list(_subdirectories(tree, f"{name}/" if name else "", entries))


def _subdirectories(tree: LocalTree, prefix: str, entries: Iterable[os.DirEntry[str]]) -> Iterator[tuple[str, str]]:
    for entry in entries:
        name = prefix + entry.name
        try:
            name.encode()
            if entry.is_dir(follow_symlinks=False):
                yield name, entry.path
            else:
                _classify(tree, name, entry.path, entry.stat())
        except UnicodeEncodeError:
            printable = name.encode("utf-8", "backslashreplace").decode()
            tree.skipped[printable] = "its name is not UTF-8, and keys are"
        except FileNotFoundError:
            tree.skipped[name] = "a broken link" if entry.is_symlink() else "it vanished"
        except OSError as error:
            tree.failures[name] = error


def _classify(tree: LocalTree, name: str, path: str, found: os.stat_result) -> None:
    if stat.S_ISREG(found.st_mode):
        tree.files[name] = local_file_of(path, found)
    elif stat.S_ISDIR(found.st_mode):
        tree.skipped[name] = "a link to a directory" if os.path.islink(path) else "a directory"
    else:
        tree.skipped[name] = next((kind for test, kind in SPECIAL if test(found.st_mode)), "no regular file")
