"""The values of a synchronisation: what is on either side, what to do about it and why, and what was done.

Data only. How a plan comes about is ``sync_plan``'s business, carrying it out the shells'.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TypeAlias

import attrs

UNCHANGED = "unchanged"


@attrs.frozen
class LocalFile:
    """A file that can be read. ``size`` in bytes; the times (ns) and the inode say whether it is still the same."""

    path: str
    size: int
    mtime_ns: int = 0
    ctime_ns: int = 0
    inode: int = 0


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
    last_modified: datetime | None = attrs.field(default=None, eq=False)


Action: TypeAlias = Upload | Copy | Download | Delete | Skip


@attrs.frozen
class SyncPlan:
    """What a synchronisation will do: uploads or downloads first, then copies, then deletions; skips tell of the rest.

    Deletions only when everything before them succeeded. ``failures``: what can already be told to fail, by local path
    or key. Printed, it is one line per action, without the unchanged files.
    """

    uploads: tuple[Upload, ...] = ()
    copies: tuple[Copy, ...] = ()
    downloads: tuple[Download, ...] = ()
    deletions: tuple[Delete, ...] = ()
    skips: tuple[Skip, ...] = ()
    failures: Mapping[str, Exception] = attrs.field(factory=dict)

    def __iter__(self) -> Iterator[Action]:
        """All actions, in the order of their execution."""
        for actions in (self.uploads, self.downloads, self.copies, self.deletions, self.skips):
            yield from actions

    @property
    def bytes(self) -> int:
        """How many bytes it moves."""
        return sum(action.local.size for action in self.uploads) + sum(action.size for action in self.downloads)

    def __str__(self) -> str:
        lines = [
            f"{type(action).__name__.lower()} {action.key} ({action.reason})"
            for action in self
            if action.reason != UNCHANGED
        ]
        lines += [f"fail {name} ({error})" for name, error in sorted(self.failures.items())]
        same = sum(skip.reason == UNCHANGED for skip in self.skips)
        return "\n".join([*lines, f"{same} unchanged, {self.bytes} bytes to move"])


@attrs.frozen
class SyncReport:
    """What a transfer did: keys, sorted, and why each local entry or key was left aside.

    ``bytes`` moved over the network, ``seconds`` taken. ``dry_run``: nothing was done, this is what would have been.
    ``failures``: what went wrong by local path or key; a report with any is part of the exception that tells them.
    """

    uploaded: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()
    downloaded: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    skipped: Mapping[str, str] = attrs.field(factory=dict)
    bytes: int = attrs.field(default=0, eq=False)
    seconds: float = attrs.field(default=0.0, eq=False)
    dry_run: bool = False
    failures: Mapping[str, Exception] = attrs.field(factory=dict, eq=False, repr=False)

    def __str__(self) -> str:
        counts = ", ".join(
            f"{len(names)} {kind}"
            for kind, names in (
                ("uploaded", self.uploaded),
                ("copied", self.copied),
                ("downloaded", self.downloaded),
                ("deleted", self.deleted),
                (UNCHANGED, self.unchanged),
                ("skipped", self.skipped),
                ("failed", self.failures),
            )
            if names
        )
        moved = f"{self.bytes} bytes in {self.seconds:.1f} s"
        return f"{'would be: ' if self.dry_run else ''}{counts or 'nothing to do'}; {moved}"
