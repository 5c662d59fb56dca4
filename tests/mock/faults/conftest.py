"""A mock on real sockets, and a client that is nothing but a socket, so that a reset is seen as one."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import attrs
import pytest

from qarnot_mock.options import Options
from qarnot_mock.server import Server, open_server

TOKEN = "token-of-a-fault-test"


@attrs.frozen
class Seen:
    """What came over a socket: the status (None: no answer began), headers, body, and how it ended."""

    status: int | None
    headers: Mapping[str, str]
    body: bytes
    end: str
    """complete, reset, close (before all bytes were there) or silence."""

    def json(self) -> Any:
        return json.loads(self.body)


def ask(url: str, request: bytes, patience: float) -> Seen:
    """Send raw bytes, and read until the answer is complete or cannot become so."""
    parts = urlsplit(url)
    received, end = b"", "complete"
    with socket.create_connection((parts.hostname, parts.port), timeout=patience) as connection:
        try:
            connection.sendall(request)
            while not _complete(received, bodiless=request.startswith(b"HEAD")):
                piece = connection.recv(65536)
                if not piece:
                    end = "close"
                    break
                received += piece
        except ConnectionResetError:
            end = "reset"
        except TimeoutError:
            end = "silence"
    return _seen(received, end)


def _complete(received: bytes, *, bodiless: bool) -> bool:
    head, separator, body = received.partition(b"\r\n\r\n")
    return bool(separator) and (bodiless or len(body) >= int(_headers(head).get("content-length", "0")))


def _headers(head: bytes) -> dict[str, str]:
    pairs = (line.partition(": ") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.lower(): value for name, _, value in pairs}


def _seen(received: bytes, end: str) -> Seen:
    head, separator, body = received.partition(b"\r\n\r\n")
    if not separator:
        return Seen(None, {}, b"", end)
    return Seen(int(head.split()[1]), _headers(head), body, end)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A mock on two ports, whose time stands still."""
    options = Options("127.0.0.1", 0, 0, "virtual", None, "simulated", None, 7, False)
    opened = open_server(options, None, fixed_epoch=True)
    with opened.in_thread():
        yield opened


@pytest.fixture
def token(server: Server, request: pytest.FixtureRequest) -> str:
    """An account of this test alone, without a fault left from another."""
    server.cloud.faults.remove()
    return f"{TOKEN}-{request.node.name}"


@pytest.fixture
def rest(server: Server, token: str) -> Callable[..., Seen]:
    """``rest("POST", "/tasks", {...})`` over a socket of its own."""

    def send(method: str, path: str, body: object = None, *, patience: float = 20) -> Seen:
        content = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        return ask(server.url, head.encode() + content, patience)

    return send


@pytest.fixture
def storage(server: Server, token: str, rest: Callable[..., Seen]) -> Callable[..., Seen]:
    """``storage("PUT", "/bucket/key", b"...")``, signed as the account, over a socket of its own."""
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    email = rest("GET", "/info").json()["email"]
    signer = S3SigV4Auth(Credentials(email, token), "s3", "us-east-1")

    def send(method: str, path: str, content: bytes = b"", *, patience: float = 20) -> Seen:
        request = AWSRequest(method, f"{server.storage_url}{path}", data=content)
        signer.add_auth(request)
        host = urlsplit(server.storage_url).netloc
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(content)}"]
        lines += [f"{name}: {value}" for name, value in request.headers.items() if name.lower() != "content-length"]
        return ask(server.storage_url, "\r\n".join(lines).encode() + b"\r\n\r\n" + content, patience)

    return send
