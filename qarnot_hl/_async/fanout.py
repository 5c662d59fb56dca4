"""The only place where the asynchronous flavour touches the event loop: blocking calls, fan-out and pauses.

Hand-written; its twin in ``_sync`` has the same names on threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import ParamSpec, TypeVar

from qarnot_hl._clock import Clock, WallClock

T = TypeVar("T")
P = ParamSpec("P")


async def run_blocking(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a blocking function on a thread, so that the event loop goes on."""
    return await asyncio.to_thread(function, *args, **kwargs)


async def gather(calls: Sequence[Callable[[], Awaitable[T]]], limit: int = 8) -> list[T]:
    """Run the calls at most ``limit`` at a time; results in order. The first failure cancels the rest and is
    raised.
    """
    gate = asyncio.Semaphore(limit)

    async def one(call: Callable[[], Awaitable[T]]) -> T:
        async with gate:
            return await call()

    tasks: list[asyncio.Task[T]] = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(call)) for call in calls]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


class OneAtATime:
    """A lock; a pickle or a copy of it is a new one."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> None:
        """Wait for the turn."""
        await self._lock.acquire()

    async def __aexit__(self, *exc_info: object) -> None:
        """Let the next one."""
        self._lock.release()

    def __reduce__(self) -> tuple[type[OneAtATime], tuple[()]]:
        """A new one."""
        return OneAtATime, ()


async def sleep(clock: Clock, seconds: float) -> None:
    """Pause on the given clock; a simulated clock moves at once and yields to the loop."""
    if isinstance(clock, WallClock):
        await asyncio.sleep(seconds)
        return
    clock.sleep(seconds)
    await asyncio.sleep(0)
