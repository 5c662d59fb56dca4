"""A progress bar in the terminal, and nothing anywhere else. Imports rich only when it draws."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def live_percent(description: str, enabled: bool) -> Iterator[Callable[[float], None]]:
    """Gives the function that moves the bar to a percentage. Drawn only if enabled and on a terminal."""
    if not (enabled and sys.stdout.isatty()):
        yield lambda percent: None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns) as progress:
        bar = progress.add_task(description, total=100)
        yield lambda percent: progress.update(bar, completed=max(0.0, min(100.0, percent)))
