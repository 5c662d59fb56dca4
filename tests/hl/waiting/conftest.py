"""Connections to the mock whose pauses are the mock's time: a wait costs nothing, and is measured exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from qarnot_hl._async.connection import AsyncConnection
from qarnot_hl._core.settings import Settings
from qarnot_hl._sync.connection import Connection


class TiedClock:
    """Sleeping lets time pass in the cloud; ``pauses`` remembers how long."""

    def __init__(self, advance: Callable[[float], None]) -> None:
        self.time, self.pauses, self._advance = 1_000_000.0, list[float](), advance

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += seconds
        self._advance(seconds)


class Failing:
    """A transport before the mock: an answer of ``faults`` is given instead of the mock's, None lets one through.

    ``always`` has answers by path, for every request.
    """

    def __init__(self, mocked: Any) -> None:
        self._mocked = mocked
        self.faults: list[httpx.Response | Exception | None] = []
        self.always: dict[str, httpx.Response] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        fault = self.faults.pop(0) if self.faults else self.always.get(request.url.path)
        if isinstance(fault, Exception):
            raise fault
        answer: httpx.Response = fault or self._mocked(request)
        return answer

    async def answer(self, request: httpx.Request) -> httpx.Response:
        return self(request)


@pytest.fixture
def tied(mocked: Any) -> TiedClock:
    return TiedClock(mocked.advance)


@pytest.fixture
def network(mocked: Any) -> Failing:
    return Failing(mocked)


@pytest.fixture
def cloud(network: Failing, settings: Settings, tied: TiedClock) -> Iterator[Connection]:
    with Connection._from_settings(settings, transport=httpx.MockTransport(network), clock=tied) as connection:
        yield connection


@pytest.fixture
def acloud(network: Failing, settings: Settings, tied: TiedClock) -> AsyncConnection:
    return AsyncConnection._from_settings(settings, transport=httpx.MockTransport(network.answer), clock=tied)
