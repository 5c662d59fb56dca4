"""Draws a transfer with rich, on stderr: files, bytes, rate and time remaining, and the large files on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from qarnot_hl._core.sync_actions import Delete
from qarnot_hl._core.sync_events import Ended, Event, Moved, Planned

LARGE = 32 * 1024 * 1024  # bytes from which a file has a bar of its own


@contextmanager
def bars(console: Console | None = None) -> Iterator[Callable[[Event], object]]:
    """Within: what to tell events to. The bars vanish at the end; nothing is drawn when there is nothing to move."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[files]}"),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, transient=True, console=console or Console(stderr=True)) as display:
        yield _Bars(display)


class _Bars:
    def __init__(self, display: Progress) -> None:
        self._display = display
        self._whole: TaskID | None = None
        self._large: dict[str, TaskID] = {}
        self._ended = self._files = 0

    def __call__(self, event: Event) -> None:
        match event:
            case Planned(files, size):
                self._plan(files, size)
            case Moved():
                self._move(event)
            case Ended(action) if not isinstance(action, Delete):
                self._ended += 1
                self._finish(action.key)

    def _plan(self, files: int, size: int) -> None:
        self._files = files
        if files:
            self._whole = self._display.add_task("transfer", total=size, files=self._count())

    def _move(self, event: Moved) -> None:
        if self._whole is None:
            self._plan(1, event.total)
        if self._whole is not None:
            self._display.advance(self._whole, event.step)
        if event.total >= LARGE:
            if event.key not in self._large:
                self._large[event.key] = self._display.add_task(event.key, total=event.total, files="")
            self._display.update(self._large[event.key], completed=event.done)

    def _finish(self, key: str) -> None:
        if key in self._large:
            self._display.remove_task(self._large.pop(key))
        if self._whole is not None:
            self._display.update(self._whole, files=self._count())

    def _count(self) -> str:
        return f"{self._ended}/{self._files} files"
