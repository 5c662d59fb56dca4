"""Names on both sides of a transfer: a bucket's keys as paths inside a directory, and a user's paths as keys.

Pure: it decides from the names alone and touches no file system. A key is any string; what it would overwrite or
escape to is decided here, and a key that has no safe place is refused with a reason, never moved elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

import attrs

_WINDOWS_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_WINDOWS_FORBIDDEN = re.compile(r'[\\:*?"<>|\x01-\x1f]|[. ]$')


@attrs.frozen
class Refusal:
    """A name that gets no place, and why."""

    name: str
    reason: str


@attrs.frozen
class Placement:
    """Where keys go inside a directory: relative paths with ``/``, files by path, and the keys that get no place."""

    files: Mapping[str, str]  # path -> key
    directories: tuple[str, ...]
    refused: tuple[Refusal, ...]


def as_prefix(directory: str | None) -> str:
    """A directory of a bucket as a key prefix that ends at a directory boundary; empty for the whole bucket."""
    return directory.rstrip("/") + "/" if directory and directory.strip("/") else ""


def local_path(key: str, *, windows: bool = False) -> str | Refusal:
    """The relative path of a key, with ``/``, or why it has none.

    Leading slashes, doubled ones and ``.`` segments are dropped, as the official package does; ``..`` is refused.
    A backslash and a drive letter are ordinary characters on POSIX and refused on Windows.
    """
    segments = [segment for segment in key.split("/") if segment not in ("", ".")]
    reason = _refusal_of(key, segments, windows)
    return Refusal(key, reason) if reason else "/".join(segments)


def place(keys: Iterable[str], prefix: str = "", *, windows: bool = False, folds: bool = False) -> Placement:
    """Give every key that starts with ``prefix`` its path below the prefix; keys ending in ``/`` are directories.

    Two keys with one path: the key that is spelled like the path wins. A key that is a directory of another key's
    path is refused in favour of the contents. ``folds``: the file system takes names for one that differ in case or
    in the form of their accents only; of such the first gets a place.
    """
    files: dict[str, str] = {}
    folded: dict[str, str] = {}
    directories: dict[str, str] = {}
    refused: list[Refusal] = []
    for key in keys:
        if not key.startswith(prefix) or key == prefix:
            continue
        path = local_path(key[len(prefix) :], windows=windows)
        if isinstance(path, Refusal):
            refused.append(Refusal(key, path.reason))
        elif key.endswith("/"):
            directories.setdefault(path, key)
        elif folds and folded.setdefault(_folded(path), path) != path:
            refused.append(Refusal(key, f"is the same file name as {folded[_folded(path)]!r} on this system"))
        else:
            _settle(files, refused, path, key, exact=prefix + path)
    _refuse_files_that_are_directories(files, directories, refused)
    return Placement(files, tuple(directories), tuple(refused))


def sanitised(path: str) -> tuple[str, tuple[str, ...]]:
    """A user's path as a key, and what was changed: doubled or leading slashes and surrounding blanks.

    The rule of the official package, which also collapses and strips backslashes (reference section 6).
    """
    changes: list[str] = []
    for separator in ("/", "\\"):
        single = re.sub(re.escape(separator) + "{2,}", re.escape(separator), path)
        if single != path:
            changes.append(f"doubled {separator!r} collapsed")
        path = single.lstrip(separator)
        if path != single:
            changes.append(f"leading {separator!r} removed")
    if path != path.strip():
        changes.append("surrounding blanks removed")
    return path.strip(), tuple(changes)


def _refusal_of(key: str, segments: list[str], windows: bool) -> str | None:
    if ".." in segments:
        return "contains '..', which could leave the target directory"
    if "\0" in key:
        return "contains a NUL character, which no file name can hold"
    if not segments:
        return "names no file"
    if windows and any(_WINDOWS_FORBIDDEN.search(s) or _WINDOWS_RESERVED.fullmatch(s) for s in segments):
        return "contains a character, a drive letter or a device name that Windows file names cannot hold"
    try:
        key.encode()
    except UnicodeEncodeError:
        return "is not valid Unicode"
    return None


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _settle(files: dict[str, str], refused: list[Refusal], path: str, key: str, exact: str) -> None:
    holder = files.setdefault(path, key)
    if holder == key:
        return
    winner, loser = (key, holder) if key == exact else (holder, key)
    files[path] = winner
    refused.append(Refusal(loser, f"would be written to the same path {path!r} as {winner!r}"))


def _refuse_files_that_are_directories(
    files: dict[str, str], directories: Mapping[str, str], refused: list[Refusal]
) -> None:
    parents = set(directories)
    for path in (*files, *directories):
        parents.update(_parents(path))
    for path in [path for path in files if path in parents]:
        refused.append(Refusal(files.pop(path), f"is also the directory {path + '/'!r} of other files"))


def _parents(path: str) -> Iterable[str]:
    position = path.rfind("/")
    while position > 0:
        yield path[:position]
        position = path.rfind("/", 0, position)
