"""Runs one blocking function over many items on a bounded number of threads, and collects what failed.

One failure does not stop the others; an interrupt does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Generic, TypeVar

import attrs

Item = TypeVar("Item")
Result = TypeVar("Result")

WORKERS = 8  # boto3's ceiling is the interpreter lock; more threads help only over long distances


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


@attrs.frozen
class Outcomes(Generic[Item, Result]):
    """What came of each item, in the order of the items."""

    done: list[tuple[Item, Result]]
    failed: list[tuple[Item, Exception]]


def run_all(
    function: Callable[[Item], Result], items: Iterable[Item], stop: Stop, workers: int = WORKERS
) -> Outcomes[Item, Result]:
    """Call the function on every item. Raises only :class:`Cancelled`, or what interrupts the caller itself."""
    work = list(items)

    def one(item: Item) -> Result:
        stop.check()
        return function(item)

    with ThreadPoolExecutor(max(1, min(workers, len(work))), thread_name_prefix="qarnot-hl-transfer") as pool:
        futures = [pool.submit(one, item) for item in work]
        try:
            wait(futures)
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    stop.check()
    outcomes: Outcomes[Item, Result] = Outcomes([], [])
    for item, future in zip(work, futures, strict=True):
        error = future.exception()
        if error is None:
            outcomes.done.append((item, future.result()))
        elif isinstance(error, Exception):
            outcomes.failed.append((item, error))
        else:
            raise error
    return outcomes
