"""The documented ``progress`` argument of downloads: nothing, a callback, or True for a bar in the terminal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

Callback: TypeAlias = Callable[[float, float, str], object]
Progress: TypeAlias = bool | Callback | None


@contextmanager
def reporting(progress: Progress) -> Iterator[Callback]:
    """Gives a callback (bytes read, total bytes, file name). Calls are made one at a time, from worker threads."""
    if progress is True:
        with _bar() as callback:
            yield callback
    elif callable(progress):
        yield _one_at_a_time(progress)
    else:
        yield lambda read, total, name: None


def _one_at_a_time(callback: Callback) -> Callback:
    lock = threading.Lock()

    def report(read: float, total: float, name: str) -> None:
        with lock:
            callback(read, total, name)

    return report


@contextmanager
def _bar() -> Iterator[Callback]:
    from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    bars: dict[str, TaskID] = {}
    with Bars(*columns, transient=True) as display:

        def report(read: float, total: float, name: str) -> None:
            if name not in bars:
                bars[name] = display.add_task(name, total=total)
            display.update(bars[name], completed=read, visible=read < total)

        yield _one_at_a_time(report)
