"""Our HTTP over real sockets: connections are kept, and replaced when the server closed them; what fails is told."""

from __future__ import annotations

import gc
import io
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from qarnot_hl._clock import WallClock
from qarnot_hl._core.settings import Settings
from qarnot_hl._core.storage_access import StorageAccess
from qarnot_hl._s3.own_plane import OwnPlane
from qarnot_hl._s3.plane import BodyBroken
from qarnot_hl._s3.planes import build_plane, is_proxied, own_plane
from qarnot_hl._s3.transport import HttpTransport
from qarnot_hl.exceptions import ConnectionFailed, QarnotGenericException, RequestTimeout

MIB = 1024 * 1024
SECRET = "s3cr3t-t0ken"


class Server(ThreadingHTTPServer):
    """Answers with what ``answer`` writes; counts connections and requests."""

    daemon_threads = True

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler, bytes], None]) -> None:
        self.connections = 0
        self.requests: list[tuple[str, bytes]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                server.connections += 1
                super().setup()

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                server.requests.append((f"{self.command} {self.path}", body))
                answer(self, body)

            do_GET = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(answer: Callable[[BaseHTTPRequestHandler, bytes], None]) -> Server:
        servers.append(Server(answer))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


class NoPause(WallClock):
    """The wall's time, without its pauses."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.fixture
def plane() -> Iterator[Callable[..., OwnPlane]]:
    made: list[OwnPlane] = []

    def build(endpoint: str, clock: WallClock | None = None, wait: float = 60.0, **changes: Any) -> OwnPlane:
        settings = Settings(token=SECRET, **{"retry_count": 0, **changes})
        access = StorageAccess(endpoint, "me@example.com", SECRET)
        transport = HttpTransport(endpoint, (10.0, wait), None)
        made.append(own_plane(settings, access, clock or NoPause(), transport))
        return made[-1]

    yield build
    for one in made:
        one.close()


def reply(handler: BaseHTTPRequestHandler, body: bytes = b"", status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"content-length": str(len(body)), "etag": '"e"', **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def test_a_connection_is_kept(serve: Any, plane: Any) -> None:
    server = serve(lambda handler, body: reply(handler))
    used = plane(server.endpoint)
    for number in range(5):
        used.put("b", f"k{number}", b"content")
    assert (server.connections, len(server.requests)) == (1, 5)
    assert server.requests[0] == ("PUT /b/k0", b"content")


def test_connections_that_nobody_closed_are_closed_when_nobody_can_use_them(serve: Any) -> None:
    server = serve(lambda handler, body: reply(handler))
    transport = HttpTransport(server.endpoint, (10.0, 60.0), None)
    answer = transport.send("GET", "/", {"host": "x"}, b"")
    answer.read()
    answer.close()
    (kept,) = transport._idle
    del transport, answer
    gc.collect()
    assert kept.sock.fileno() == -1


def test_a_connection_that_the_server_closed_is_replaced(serve: Any, plane: Any) -> None:
    def closing(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        reply(handler)
        handler.close_connection = True  # without a word of it

    server = serve(closing)
    used = plane(server.endpoint)
    for _ in range(3):
        used.put("b", "k", io.BytesIO(b"content"))
    assert [body for _, body in server.requests] == [b"content"] * 3


def test_an_answer_that_was_not_read_does_not_disturb_the_next(serve: Any, plane: Any) -> None:
    server = serve(lambda handler, body: reply(handler, handler.path.encode() * 1000))
    used = plane(server.endpoint)
    with used.get("b", "first") as answer:
        assert answer.size == 8000
    with used.get("b", "second") as answer:
        assert b"".join(answer.chunks()) == b"/b/second" * 1000
    assert server.connections == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_uses_connections_of_its_own(serve: Any) -> None:
    server = serve(lambda handler, body: reply(handler))
    transport = HttpTransport(server.endpoint, (10.0, 60.0), None)
    answer = transport.send("GET", "/", {"host": "x"}, b"")
    answer.read()
    answer.close()
    assert len(transport._idle) == 1
    transport._process = -1  # as after a fork
    assert transport._kept() is None
    transport.close()


def test_a_busy_server_is_asked_again_with_growing_pauses(serve: Any, plane: Any) -> None:
    def busy(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        if len(server.requests) < 4:
            reply(handler, b"<Error><Code>SlowDown</Code></Error>", 503)
        else:
            reply(handler)

    server = serve(busy)
    clock = NoPause()
    plane(server.endpoint, clock, retry_count=3).put("b", "k", io.BytesIO(b"again"))
    assert [body for _, body in server.requests] == [b"again"] * 4
    assert len(clock.pauses) == 3
    assert all(0 <= pause <= 2**number for number, pause in enumerate(clock.pauses))


@pytest.mark.parametrize(("asked", "requests"), [("7", 2), ("100000", 1)])
def test_a_pause_that_the_server_asks_for_is_kept_or_not_begun(
    serve: Any, plane: Any, asked: str, requests: int
) -> None:
    def busy(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        handler.send_response(503)
        handler.send_header("retry-after", asked)
        handler.send_header("content-length", "0")
        handler.end_headers()

    server, clock = serve(busy), NoPause()
    with pytest.raises(QarnotGenericException, match="503"):
        plane(server.endpoint, clock, retry_count=1).put("b", "k", b"")
    assert len(server.requests) == requests
    assert clock.pauses == [7.0] * (requests - 1)


def test_a_refusal_is_not_repeated(serve: Any, plane: Any) -> None:
    refusal = b"<Error><Code>InvalidArgument</Code><Message>no</Message><RequestId>r1</RequestId></Error>"
    server = serve(lambda handler, body: reply(handler, refusal, 400))
    with pytest.raises(QarnotGenericException, match="InvalidArgument: no") as caught:
        plane(server.endpoint, retry_count=3).put("b", "k", b"")
    assert (len(server.requests), caught.value.status, caught.value.request_id) == (1, 400, "r1")


def test_a_refusal_that_comes_before_the_body_was_taken_is_read(plane: Any) -> None:
    refusal = b"<Error><Code>QuotaExceeded</Code><Message>full</Message></Error>"
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def refuse() -> None:
            accepted, _ = listening.accept()
            with accepted:
                accepted.recv(1000)
                accepted.sendall(
                    b"HTTP/1.1 403 No\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s" % (len(refusal), refusal)
                )
                accepted.shutdown(socket.SHUT_WR)
                while accepted.recv(MIB):
                    pass

        refusing = threading.Thread(target=refuse)
        refusing.start()
        with pytest.raises(QarnotGenericException, match="QuotaExceeded: full"):
            plane(f"http://127.0.0.1:{listening.getsockname()[1]}").put("b", "k", b"1" * 8 * MIB)
        refusing.join()


def test_an_error_within_an_answer_of_success_is_one(serve: Any, plane: Any) -> None:
    server = serve(lambda handler, body: reply(handler, b"<Error><Code>InternalError</Code></Error>"))
    with pytest.raises(QarnotGenericException, match="InternalError"):
        plane(server.endpoint).complete_upload("b", "k", "u", ["e"])
    with pytest.raises(QarnotGenericException, match="InternalError"):
        plane(server.endpoint).copy("b", "s", "k")


def test_an_answer_that_breaks_off_is_told(serve: Any, plane: Any) -> None:
    def breaking(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        reply(handler, b"12345", content_length="10")
        handler.close_connection = True

    with plane(serve(breaking).endpoint).get("b", "k") as answer:
        chunks = answer.chunks()
        with pytest.raises(BodyBroken):
            list(chunks)


def test_a_server_that_says_nothing_is_waited_for_as_long_as_allowed(serve: Any, plane: Any) -> None:
    silence = threading.Event()
    server = serve(lambda handler, body: silence.wait(60))
    with pytest.raises(RequestTimeout):
        plane(server.endpoint, wait=0.05).put("b", "k", b"")
    silence.set()


def test_nobody_there_is_told_with_the_way_out(plane: Any) -> None:
    with pytest.raises(ConnectionFailed, match="bucket 'b'") as caught:
        plane("http://127.0.0.1:9").put("b", "k", b"")
    assert "storage_url" in (caught.value.next_step or "")
    assert SECRET not in f"{caught.value!r}{caught.value.__cause__!r}"


def test_a_large_body_is_sent_from_its_file(serve: Any, plane: Any) -> None:
    content = os.urandom(5 * MIB)
    server = serve(lambda handler, body: reply(handler))
    plane(server.endpoint).put("b", "k", io.BytesIO(content))
    assert server.requests == [("PUT /b/k", content)]


@pytest.mark.parametrize(
    ("environment", "proxied"),
    [
        ({}, False),
        ({"https_proxy": "http://proxy:3128"}, True),
        ({"http_proxy": "http://proxy:3128"}, False),
        ({"all_proxy": "http://proxy:3128"}, True),
        ({"https_proxy": "http://proxy:3128", "no_proxy": "storage.example.com"}, False),
    ],
)
def test_a_proxy_in_the_environment_is_seen(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], proxied: bool
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        for spelled in (name, name.upper()):
            monkeypatch.delenv(spelled, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert is_proxied("https://storage.example.com") == proxied


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(serve: Any, authority: trustme.CA) -> Server:
    """A server whose certificate is signed by an authority that nobody knows."""
    server: Server = serve(lambda handler, body: reply(handler))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server


@pytest.mark.parametrize("trust", ["named", "not asked", "unknown"])
def test_the_storage_must_prove_who_it_is_unless_told_otherwise(
    secure: Server, authority: trustme.CA, tmp_path: Path, trust: str
) -> None:
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    settings = Settings(
        token=SECRET,
        retry_count=0,
        storage_unsafe=trust == "not asked",
        storage_custom_certificate=str(bundle) if trust == "named" else None,
    )
    access = StorageAccess(secure.endpoint.replace("http:", "https:"), "me@example.com", SECRET)
    plane = build_plane(settings, access, NoPause())
    if trust == "unknown":
        with pytest.raises(ConnectionFailed, match="CERTIFICATE_VERIFY_FAILED"):
            plane.put("b", "k", b"content")
        assert secure.requests == []
    else:
        plane.put("b", "k", b"content")
        assert secure.requests == [("PUT /b/k", b"content")]
    plane.close()
