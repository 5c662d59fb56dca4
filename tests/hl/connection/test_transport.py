"""The seam to httpx on real sockets: how a network's ways to fail are told apart, and what belongs to which
process.
"""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import certifi
import httpx
import pytest

from qarnot_hl._core.exchange import ApiResponse, Breakdown, NoAnswer
from qarnot_hl._core.settings import Settings
from qarnot_hl._http import DEFAULT_TIMEOUT, AsyncHttp, Http, no_answer, timeout_of, tls_context

REQUEST = {"method": "get", "url": "/info"}


@pytest.fixture
def listening() -> Iterator[Callable[[bytes | None], str]]:
    """Starts servers that read one request and then say the given bytes, or nothing, and hang up."""
    running: list[tuple[socket.socket, threading.Thread]] = []

    def start(reply: bytes | None) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=serve, args=(listener, reply))
        thread.start()
        running.append((listener, thread))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    def serve(listener: socket.socket, reply: bytes | None) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                if reply:
                    connection.sendall(reply)

    yield start
    for listener, thread in running:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def outcome(url: str, **settings: float) -> ApiResponse | NoAnswer:
    http = Http(Settings(cluster_url=url, token="t", **settings))  # type: ignore[arg-type]
    with closing(http):
        return http.send(REQUEST)


def test_an_answer_comes_back_whole(listening: Callable[[bytes | None], str]) -> None:
    reply = b"HTTP/1.1 418 Teapot\r\nX-Thing: 1\r\nContent-Length: 2\r\n\r\nhi"
    found = outcome(listening(reply))
    assert isinstance(found, ApiResponse)
    assert (found.status, found.headers["x-thing"], found.content) == (418, "1", b"hi")


@pytest.mark.parametrize("reply", [None, b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"])
def test_a_server_that_hangs_up_may_have_acted(reply: bytes | None, listening: Callable[[bytes | None], str]) -> None:
    found = outcome(listening(reply))
    assert isinstance(found, NoAnswer)
    assert found.breakdown is Breakdown.LOST
    assert not found.breakdown.never_acted


def test_a_closed_port_was_never_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    found = outcome(url)
    assert isinstance(found, NoAnswer)
    assert found.breakdown is Breakdown.NOT_SENT


def test_a_name_that_does_not_resolve_was_never_reached() -> None:
    found = outcome("http://nowhere.invalid")
    assert isinstance(found, NoAnswer)
    assert found.breakdown.never_acted


def test_a_server_that_never_answers_runs_into_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = outcome(f"http://127.0.0.1:{listener.getsockname()[1]}", cluster_timeout=0.05)
    assert isinstance(found, NoAnswer)
    assert found.breakdown is Breakdown.READ_TIMEOUT


@pytest.mark.parametrize(
    ("error", "breakdown"),
    [
        (httpx.ConnectTimeout("x"), Breakdown.CONNECT_TIMEOUT),
        (httpx.PoolTimeout("x"), Breakdown.CONNECT_TIMEOUT),
        (httpx.WriteTimeout("x"), Breakdown.READ_TIMEOUT),
        (httpx.ProxyError("x"), Breakdown.NOT_SENT),
        (httpx.UnsupportedProtocol("x"), Breakdown.NOT_SENT),
        (httpx.WriteError("x"), Breakdown.LOST),
        (httpx.DecodingError("x"), Breakdown.UNUSABLE),
        (OSError("x"), Breakdown.LOST),
    ],
)
def test_every_failure_of_httpx_has_its_account(error: httpx.HTTPError | OSError, breakdown: Breakdown) -> None:
    assert no_answer(error) == NoAnswer(breakdown, "x")


def test_the_timeout_is_ours_when_none_is_set_and_endless_when_zero() -> None:
    assert (DEFAULT_TIMEOUT.connect, DEFAULT_TIMEOUT.read, DEFAULT_TIMEOUT.write) == (10, 60, 60)
    assert timeout_of(Settings(token="t")) == DEFAULT_TIMEOUT
    assert timeout_of(Settings(token="t", cluster_timeout=0.0)) == httpx.Timeout(None)
    assert timeout_of(Settings(token="t", cluster_timeout=7.0)) == httpx.Timeout(7.0)


def test_unsafe_checks_nothing_and_a_certificate_replaces_the_authorities() -> None:
    assert tls_context(True, None).verify_mode is ssl.CERT_NONE
    assert tls_context(False, None).verify_mode is ssl.CERT_REQUIRED
    assert tls_context(False, certifi.where()).get_ca_certs() != []


def test_a_certificate_file_without_certificates_is_an_error(tmp_path: object) -> None:
    path = os.path.join(str(tmp_path), "empty.pem")
    with open(path, "w"):
        pass
    with pytest.raises(ssl.SSLError):
        tls_context(False, path)


def test_a_forked_process_gets_connections_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    http = Http(Settings(token="t", cluster_url="http://c.example"))
    parent = http.client
    with monkeypatch.context() as child:
        child.setattr(os, "getpid", lambda: -1)
        assert http.client is not parent
        http.close()
        assert not parent.is_closed
    assert http.client is parent
    http.close()


def test_a_connection_that_nobody_closes_is_closed_when_it_is_dropped() -> None:
    http = Http(Settings(token="t", cluster_url="http://c.example"))
    client = http.client
    del http
    gc.collect()
    assert client.is_closed


def test_another_event_loop_gets_connections_of_its_own() -> None:
    http = AsyncHttp(Settings(token="t", cluster_url="http://c.example"))

    async def client() -> httpx.AsyncClient:
        return http.client

    assert asyncio.run(client()) is not asyncio.run(client())
    asyncio.run(http.aclose())
