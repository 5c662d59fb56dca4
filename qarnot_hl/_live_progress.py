"""How far a task is: a bar where a person looks, in a terminal or a notebook, lines in a log, nothing unasked.

Imports rich only when it draws.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Show = Callable[[float, str], None]


@contextmanager
def live_percent(description: str, enabled: bool, log: Callable[[str], None]) -> Iterator[Show]:
    """Gives the function that shows a percentage and a text. Where no person looks, each new text goes to ``log``."""
    if not enabled:
        yield lambda percent, text: None
        return
    if not is_watched():
        yield _logged(description, log)
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns) as progress:
        bar = progress.add_task(description, total=100)

        def show(percent: float, text: str) -> None:
            progress.update(bar, completed=max(0.0, min(100.0, percent)), description=f"{description} {text}")

        yield show


def is_watched() -> bool:
    """Whether a person looks at what is printed."""
    return sys.stdout.isatty() or is_notebook()


def is_notebook() -> bool:
    """Whether this runs in a notebook's kernel."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


def _logged(description: str, log: Callable[[str], None]) -> Show:
    last: list[str] = []

    def show(percent: float, text: str) -> None:
        if last != [text]:
            last[:] = [text]
            log(f"** Progress| {description} {text}, {percent:.0f} %")

    return show
