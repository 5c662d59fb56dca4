"""Runs one blocking function over many items on a bounded number of threads, and collects what failed.

One failure does not stop the others; an interrupt does. Items are taken when a thread is free, so that they may come
from a stream.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from typing import Generic, TypeVar

import attrs

Item = TypeVar("Item")
Result = TypeVar("Result")

WORKERS = 8


class Cancelled(Exception):
    """The transfer was called off from outside."""


@attrs.define
class Stop:
    """A flag that the workers of one transfer look at between files and chunks."""

    _event: threading.Event = attrs.field(factory=threading.Event)

    def set(self) -> None:
        """Call the transfer off."""
        self._event.set()

    def check(self) -> None:
        """Raises :class:`Cancelled` once it was called off."""
        if self._event.is_set():
            raise Cancelled


@attrs.define
class Outcomes(Generic[Item, Result]):
    """What came of each item, in the order of their ends."""

    done: list[tuple[Item, Result]] = attrs.field(factory=list)
    failed: list[tuple[Item, Exception]] = attrs.field(factory=list)


def run_all(
    function: Callable[[Item], Result], items: Iterable[Item], stop: Stop, workers: int = WORKERS
) -> Outcomes[Item, Result]:
    """Call the function on every item. Raises only :class:`Cancelled`, or what interrupts the caller or a worker."""
    run: _Run[Item, Result] = _Run(function, iter(items), stop)
    count = min(workers, len(items)) if isinstance(items, list | tuple | dict) else workers
    if count < 2:
        run.work()
    else:
        _in_threads(run.work, count, stop)
    if run.interrupt is not None:
        raise run.interrupt
    stop.check()
    return run.outcomes


def _in_threads(work: Callable[[], None], count: int, stop: Stop) -> None:
    threads = [
        threading.Thread(target=copy_context().run, args=(work,), name=f"qarnot-hl-transfer-{number}")
        for number in range(count)
    ]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    except BaseException:
        stop.set()
        raise


class _Run(Generic[Item, Result]):
    """The state that the threads of one call share."""

    def __init__(self, function: Callable[[Item], Result], items: Iterator[Item], stop: Stop) -> None:
        self._function, self._items, self._stop = function, items, stop
        self._lock = threading.Lock()
        self.outcomes: Outcomes[Item, Result] = Outcomes()
        self.interrupt: BaseException | None = None

    def work(self) -> None:
        """Take items until there are no more."""
        try:
            while True:
                with self._lock:
                    self._stop.check()
                    item = next(self._items)
                self._one(item)
        except (StopIteration, Cancelled):
            return
        except BaseException as error:
            self.interrupt = error
            self._stop.set()

    def _one(self, item: Item) -> None:
        try:
            result = self._function(item)
        except Cancelled:
            raise
        except Exception as error:
            self.outcomes.failed.append((item, error))
        else:
            self.outcomes.done.append((item, result))
