"""What happens during a transfer, as values: the one stream that progress bars, callbacks and logs are fed from."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from qarnot_hl._core.sync_actions import Action, Copy, Delete, Download, Upload


@attrs.frozen
class Planned:
    """It is known what is to be done: so many files, so many bytes to move."""

    files: int
    bytes: int


@attrs.frozen
class Began:
    """An action begins."""

    action: Action


@attrs.frozen
class Moved:
    """Of this object ``done`` of ``total`` bytes have been moved. ``step``: since the last event about it."""

    key: str
    done: int
    total: int
    step: int


@attrs.frozen
class Ended:
    """An action ended, well or badly."""

    action: Action
    error: Exception | None = None


Event: TypeAlias = Planned | Began | Moved | Ended


def told(event: Event) -> str | None:
    """The line that a verbose call logs for an event, if any."""
    if isinstance(event, Began):
        match event.action:
            case Upload(key, local, reason):
                return f"Upload: {local.path} -> {key} ({reason})"
            case Copy(key, source):
                return f"Copy {source} to {key}"
            case Download(key, path, reason=reason):
                return f"Download: {key} -> {path} ({reason})"
            case Delete(key):
                return f"Remove: {key}"
    return None
