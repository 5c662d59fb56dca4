"""The mock cloud behind a transport that fails when it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from qarnot_hl._async.connection import AsyncConnection
from qarnot_hl._core.settings import Settings
from qarnot_hl._sync.connection import Connection


class Flaky:
    """``faults`` are met one after another by creations, ``looks`` by the reads of one object.

    ``lost``: the request has its effect and the answer is lost; ``dropped``: it has none; ``500``, ``502``: likewise;
    ``503``: refused before any effect.
    """

    def __init__(self, mocked: Any) -> None:
        self.mocked = mocked
        self.faults: list[str] = []
        self.looks: list[str] = []
        self.calls: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(f"{request.method} {request.url.path.split('/')[1]}")
        queue = self.faults if request.method == "POST" else self.looks
        fault = queue.pop(0) if queue else ""
        if fault == "dropped":
            raise httpx.ReadError("broken pipe")
        if fault == "503":
            return httpx.Response(503)
        answer: httpx.Response = self.mocked(request)
        if fault == "lost":
            raise httpx.ReadTimeout("slow")
        return httpx.Response(int(fault)) if fault else answer

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """The same, for the asynchronous transport."""
        return self(request)


@pytest.fixture
def flaky(mocked: Any) -> Flaky:
    return Flaky(mocked)


@pytest.fixture
def cloud(flaky: Flaky, settings: Settings, clock: Any) -> Iterator[Connection]:
    transport = httpx.MockTransport(flaky)
    with Connection._from_settings(settings, transport=transport, clock=clock) as connection:
        yield connection


@pytest.fixture
def acloud(flaky: Flaky, settings: Settings, clock: Any) -> AsyncConnection:
    return AsyncConnection._from_settings(settings, transport=httpx.MockTransport(flaky.answer), clock=clock)
