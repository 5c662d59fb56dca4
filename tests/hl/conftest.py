"""A scripted server behind an httpx transport, a clock that nobody waits for, and connections in both
flavours on them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from attrs import evolve

from qarnot_hl._async.connection import AsyncConnection
from qarnot_hl._core.settings import Settings
from qarnot_hl._sync.connection import Connection
from qarnot_mock import messages as mock
from qarnot_mock.assemble import build_cloud
from qarnot_mock.clock import SECOND, VirtualClock
from qarnot_mock.http.rest import TOLERATED_HEADER

Reply = httpx.Response | Exception


class FakeClock:
    """Moves only when somebody sleeps, and remembers how long."""

    def __init__(self) -> None:
        self.time = 1_000_000.0
        self.pauses: list[float] = []

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += seconds


class Server:
    """Answers with what is scripted for a method and path, in order, the last for ever; records the
    requests.
    """

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.scripts: dict[str, list[Reply]] = {}

    def on(self, call: str, *replies: Reply | Any) -> None:
        """``call`` is like ``GET /tasks/x``. A reply is a response, an exception to raise, or JSON for a
        200.
        """
        self.scripts[call] = [
            reply if isinstance(reply, Reply) else httpx.Response(200, json=reply) for reply in replies
        ]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        script = self.scripts.get(f"{request.method} {request.url.path}")
        if script is None:
            return httpx.Response(404, json={"message": f"nothing scripted for {request.method} {request.url.path}"})
        reply = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """The same, for the asynchronous transport."""
        return self(request)

    @property
    def calls(self) -> list[str]:
        return [f"{request.method} {request.url.path}" for request in self.requests]

    def body(self, index: int = -1) -> Any:
        return json.loads(self.requests[index].content)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def settings() -> Settings:
    return Settings(cluster_url="http://cloud.example", token="s3cr3t-token")


@pytest.fixture
def connect(server: Server, clock: FakeClock, settings: Settings) -> Iterator[Callable[..., Connection]]:
    """Builds blocking connections to the scripted server; keyword arguments change the settings. Submits carry no
    nonce there unless ``exactly_once=True``, so that a scripted body is what the test set.
    """
    opened: list[Connection] = []

    def build(**changes: Any) -> Connection:
        opened.append(
            Connection._from_settings(
                evolve(settings, **{"exactly_once": False, **changes}),
                transport=httpx.MockTransport(server),
                clock=clock,
                draw=lambda: 0.5,
                nonce=lambda: "nonce",
            )
        )
        return opened[-1]

    yield build
    for connection in opened:
        connection.close()


@pytest.fixture
def aconnect(server: Server, clock: FakeClock, settings: Settings) -> Callable[..., AsyncConnection]:
    """Builds asynchronous connections to the scripted server. A mocked transport holds nothing to close."""

    def build(**changes: Any) -> AsyncConnection:
        return AsyncConnection._from_settings(
            evolve(settings, **{"exactly_once": False, **changes}),
            transport=httpx.MockTransport(server.answer),
            clock=clock,
            draw=lambda: 0.5,
            nonce=lambda: "nonce",
        )

    return build


class MockedCloud:
    """The mock cloud in this process, as one tenant, in virtual time; ``requests`` counts what was sent, and
    ``tolerated`` what of it the real server would have forgiven.
    """

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.cloud = build_cloud(seed=7, clock=self.clock)
        self.requests: list[str] = []
        self.tolerated: list[str] = []

    def advance(self, seconds: float) -> None:
        """Let time pass in the cloud."""
        self.clock.advance(round(seconds * SECOND))
        self.cloud.tick()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(f"{request.method} {request.url.path}")
        path, _, query = request.url.raw_path.decode().partition("?")
        headers = tuple((name.lower(), value) for name, value in request.headers.items())
        answer = self.cloud.rest(mock.Request(request.method, path, query, headers, request.content))
        self.tolerated += [f"{self.requests[-1]}: {why}" for name, why in answer.headers if name == TOLERATED_HEADER]
        return httpx.Response(answer.status, headers=list(answer.headers), content=answer.body)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """The same, for the asynchronous transport."""
        return self(request)


@pytest.fixture
def mocked(settings: Settings) -> Iterator[MockedCloud]:
    """A mock cloud; the test fails when an answer of it broke the contract, or a request needed its tolerance."""
    mocked = MockedCloud()
    yield mocked
    mocked.cloud.close()
    assert mocked.cloud.contract_errors == []
    assert mocked.tolerated == []


@pytest.fixture
def cloud(mocked: MockedCloud, settings: Settings) -> Iterator[Connection]:
    """A blocking connection to the mock cloud."""
    with Connection._from_settings(settings, transport=httpx.MockTransport(mocked), clock=FakeClock()) as connection:
        yield connection


@pytest.fixture
def acloud(mocked: MockedCloud, settings: Settings) -> AsyncConnection:
    """An asynchronous connection to the mock cloud."""
    return AsyncConnection._from_settings(settings, transport=httpx.MockTransport(mocked.answer), clock=FakeClock())


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
