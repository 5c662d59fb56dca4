"""Who listens to a transfer: the documented ``progress`` argument, a verbose log, and bars where a person looks.

All are fed from the one stream of events, one event at a time.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeAlias

from qarnot_hl._core.sync_events import Event, Moved, told

Callback: TypeAlias = Callable[[float, float, str], object]
Progress: TypeAlias = bool | Callback | None
Listener: TypeAlias = Callable[[Event], object]


@contextmanager
def listening(progress: Progress, say: Callable[[str], object] | None) -> Iterator[Listener]:
    """Gives the function to tell events to, from any thread.

    ``progress``: a callback (bytes moved, total bytes, key), True for bars, False for none; None for bars where a
    person looks. ``say``: gets a line for each action.
    """
    with ExitStack() as stack:
        listeners: list[Listener] = []
        if say is not None:
            listeners.append(_logging(say))
        if callable(progress):
            listeners.append(_calling(progress))
        elif progress or (progress is None and _is_watched()):
            from qarnot_hl._s3.progress_bars import bars

            listeners.append(stack.enter_context(bars()))
        yield _one_at_a_time(listeners)


def _one_at_a_time(listeners: list[Listener]) -> Listener:
    lock = threading.Lock()

    def tell(event: Event) -> None:
        if listeners:
            with lock:
                for listener in listeners:
                    listener(event)

    return tell


def _logging(say: Callable[[str], object]) -> Listener:
    def listener(event: Event) -> None:
        line = told(event)
        if line is not None:
            say(line)

    return listener


def _calling(callback: Callback) -> Listener:
    def listener(event: Event) -> None:
        if isinstance(event, Moved):
            callback(event.done, event.total, event.key)

    return listener


def _is_watched() -> bool:
    """Whether output goes to a terminal or a notebook."""
    if "ipykernel" in sys.modules:
        return True
    return sys.stderr is not None and sys.stderr.isatty()
