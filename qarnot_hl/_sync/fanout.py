"""Fan-out and pauses of the blocking flavour, on threads.

Hand-written; its twin in ``_async`` has the same names on the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextvars import copy_context
from threading import Lock
from typing import ParamSpec, TypeVar

from qarnot_hl._clock import Clock

T = TypeVar("T")
P = ParamSpec("P")


def run_blocking(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call the function: here blocking is the normal way."""
    return function(*args, **kwargs)


def gather(calls: Sequence[Callable[[], T]], limit: int = 8) -> list[T]:
    """Run the calls at most ``limit`` at a time; results in order. After a failure no further call starts,
    and it is raised when the running ones have ended.
    """
    if len(calls) < 2:
        return [call() for call in calls]
    with ThreadPoolExecutor(max_workers=min(limit, len(calls)), thread_name_prefix="qarnot-hl") as pool:
        futures = [pool.submit(copy_context().run, call) for call in calls]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    for future in futures:
        if not future.cancelled():
            future.result()  # raises what the call raised
    return [future.result() for future in futures]


class OneAtATime:
    """A lock; a pickle or a copy of it is a new one."""

    def __init__(self) -> None:
        self._lock = Lock()

    def __enter__(self) -> None:
        """Wait for the turn."""
        self._lock.acquire()

    def __exit__(self, *exc_info: object) -> None:
        """Let the next one."""
        self._lock.release()

    def __reduce__(self) -> tuple[type[OneAtATime], tuple[()]]:
        """A new one."""
        return OneAtATime, ()


def sleep(clock: Clock, seconds: float) -> None:
    """Pause on the given clock."""
    clock.sleep(seconds)
