"""Lets the pauses of a test pass on the cloud's clock: ``time.sleep``, ``asyncio.sleep`` and the SDK's own clock.

Only threads that began after the test did are concerned, and the one that runs it: a thread of the test runner goes on
by the wall. ``time.time`` and its kin stay what they are.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from qarnot_mock.clock import SECOND, VirtualClock

Pause = Callable[[float], None]
"""Moves the clock on by seconds."""


class CloudClock:
    """The cloud's clock in the form that the SDK asks for (``qarnot_hl._clock.Clock``).

    Looking at the stopwatch takes a millisecond: a loop over a value that is kept for five seconds ends too.
    """

    def __init__(self, clock: VirtualClock, pause: Pause) -> None:
        self._clock = clock
        self._pause = pause

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._clock.now() / SECOND

    def monotonic(self) -> float:
        """The same: virtual time never goes back."""
        return self._clock.advance(SECOND // 1000) / SECOND

    def sleep(self, seconds: float) -> None:
        """Over at once; the cloud is later."""
        self._pause(seconds)


@contextlib.contextmanager
def sleeping_on(pause: Pause) -> Iterator[None]:
    """Replace both sleeps, also where a module has imported them by name, and put them back."""
    strangers = set(threading.enumerate()) - {threading.current_thread()}
    wall_sleep, loop_sleep = time.sleep, asyncio.sleep

    def sleep(seconds: float, /) -> None:
        if threading.current_thread() in strangers:
            wall_sleep(seconds)
            return
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        pause(seconds)
        wall_sleep(0)  # the other threads' turn

    async def async_sleep(delay: float, result: Any = None) -> Any:
        if delay > 0 and threading.current_thread() not in strangers:
            pause(delay)
        return await loop_sleep(0, result)

    with _replaced(wall_sleep, sleep), _replaced(loop_sleep, async_sleep):
        yield


@contextlib.contextmanager
def _replaced(old: Callable[..., Any], new: Callable[..., Any]) -> Iterator[None]:
    """Put ``new`` wherever a module's global ``sleep`` is ``old``."""
    holders = [module for module in _modules() if vars(module).get("sleep") is old]
    for module in holders:
        vars(module)["sleep"] = new
    try:
        yield
    finally:
        for module in _modules():  # those imported meanwhile too
            if vars(module).get("sleep") is new:
                vars(module)["sleep"] = old


def _modules() -> list[ModuleType]:
    return [module for name, module in list(sys.modules.items()) if isinstance(module, ModuleType) and name != __name__]
