"""Fan-out, offloading and pauses: both hand-written halves keep the same promises."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from qarnot_hl._async import fanout as on_loop
from qarnot_hl._clock import WallClock
from qarnot_hl._sync import fanout as on_threads


def gather_on_loop(calls: list[Callable[[], Any]], limit: int = 8) -> list[Any]:
    async def one(call: Callable[[], Any]) -> Any:
        return await on_loop.run_blocking(call)

    async def run() -> list[Any]:
        return await on_loop.gather([partial(one, call) for call in calls], limit)

    return asyncio.run(run())


FLAVOURS = pytest.mark.parametrize("gather", [gather_on_loop, on_threads.gather])


@FLAVOURS
@pytest.mark.parametrize("count", [0, 1, 20])
def test_results_keep_the_order_of_the_calls(gather: Any, count: int) -> None:
    assert gather([partial(int, n) for n in range(count)], limit=3) == list(range(count))


@FLAVOURS
def test_no_more_calls_run_at_once_than_allowed(gather: Any) -> None:
    lock, running, peak = threading.Lock(), 0, 0
    both = threading.Barrier(2)

    def call() -> None:
        nonlocal running, peak
        with lock:
            running += 1
            peak = max(peak, running)
        both.wait(timeout=30)
        with lock:
            running -= 1

    gather([call] * 6, limit=2)
    assert peak == 2


@FLAVOURS
def test_a_failure_is_raised_as_itself_and_nothing_new_starts(gather: Any) -> None:
    started: list[int] = []

    def call(number: int) -> None:
        started.append(number)
        raise KeyError(number)

    with pytest.raises(KeyError, match="0"):
        gather([partial(call, n) for n in range(50)], limit=1)
    assert started[0] == 0
    assert len(started) < 50


@FLAVOURS
def test_a_single_call_that_fails_raises_too(gather: Any) -> None:
    def call() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        gather([call])


def test_a_pause_on_another_clock_asks_that_clock(clock: Any) -> None:
    on_threads.sleep(clock, 7.0)
    asyncio.run(on_loop.sleep(clock, 8.0))
    assert clock.pauses == [7.0, 8.0]


def test_the_wall_clock_is_the_machine_s(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, slept = WallClock(), []
    monkeypatch.setattr("time.sleep", slept.append)
    clock.sleep(3.0)
    assert slept == [3.0]
    assert clock.now() > 1_700_000_000
    assert clock.monotonic() <= clock.monotonic()
