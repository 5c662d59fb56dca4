"""The adapter between a server and a handler: what it hands on, what it refuses, what it sends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import attrs

from qarnot_mock.http.asgi import OFFLOAD_FROM, AsgiApp
from qarnot_mock.http.hosts import HostPolicy
from qarnot_mock.messages import Request, Response

OK = Response(200, (("X-Thing", "é"),), b"body")


@attrs.define
class Exchange:
    """What one request led to: what the handler saw and what was sent."""

    seen: list[Request]
    sent: list[Any]

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])


def exchange(
    chunks: list[bytes] | None = None,
    *,
    method: str = "POST",
    headers: dict[str, str] | None = None,
    limit: int = 100,
    answer: Response = OK,
    log: Callable[[Request, int], None] | None = None,
    hang_up: bool = False,
) -> Exchange:
    """Drive the app with a request to ``/a%2Fb?q=%20`` on localhost."""
    made = Exchange([], [])
    parts = chunks or [b""]
    messages = [
        {"type": "http.request", "body": part, "more_body": index < len(parts) - 1 or hang_up}
        for index, part in enumerate(parts)
    ]

    def handle(request: Request) -> Response:
        made.seen.append(request)
        return answer

    async def receive() -> Any:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        made.sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": "/a/b",
        "raw_path": b"/a%2Fb",
        "query_string": b"q=%20",
        "headers": [(k.encode(), v.encode("latin-1")) for k, v in {"host": "localhost", **(headers or {})}.items()],
    }
    asyncio.run(AsgiApp(handle, HostPolicy("127.0.0.1"), limit, log)(scope, receive, send))
    return made


def test_a_request_is_handed_on_as_it_was_sent() -> None:
    made = exchange([b"ab", b"cd"], headers={"authorization": "t"})
    headers = (("host", "localhost"), ("authorization", "t"))
    assert made.seen == [Request("POST", "/a%2Fb", "q=%20", headers, b"abcd")]


def test_a_request_does_not_show_its_token() -> None:
    request = Request("GET", "/info", "X-Amz-Signature=secret", (("authorization", "secret"),))
    assert "secret" not in repr(request)


def test_a_response_gets_its_length_and_no_cors_headers() -> None:
    made = exchange()
    assert made.headers == {b"x-thing": "é".encode("latin-1"), b"content-length": b"4"}
    assert made.sent[1]["body"] == b"body"


def test_an_answer_to_head_has_a_length_and_no_body() -> None:
    made = exchange(method="HEAD", answer=Response(200, (("content-length", "12345"),)))
    assert made.headers == {b"content-length": b"12345"}
    assert made.sent[1]["body"] == b""


def test_an_answer_without_content_has_no_length() -> None:
    assert exchange(answer=Response(204)).headers == {}


def test_a_foreign_host_reaches_nothing() -> None:
    made = exchange(headers={"host": "evil.example"})
    assert made.status == 421
    assert made.seen == []
    assert b"localhost" in made.sent[1]["body"]


def test_a_body_over_the_limit_is_refused_by_what_it_declares_or_by_what_arrives() -> None:
    declared = exchange(headers={"content-length": "101"})
    arrived = exchange([b"x" * 60, b"x" * 60])
    assert (declared.status, arrived.status) == (413, 413)
    assert declared.seen == arrived.seen == []
    assert exchange([b"x" * 100]).status == 200


def test_a_large_body_is_handled_on_another_thread_with_the_same_outcome() -> None:
    made = exchange([b"x" * OFFLOAD_FROM], limit=OFFLOAD_FROM)
    assert made.status == 200
    assert len(made.seen[0].body) == OFFLOAD_FROM


def test_a_client_that_hangs_up_is_forgotten() -> None:
    made = exchange([b"half"], hang_up=True)
    assert made.seen == made.sent == []


def test_the_access_log_gets_request_and_status() -> None:
    lines: list[tuple[str, int]] = []
    exchange(log=lambda request, status: lines.append((request.path, status)))
    assert lines == [("/a%2Fb", 200)]


def test_an_answer_in_pieces_is_sent_piece_by_piece() -> None:
    answer = Response(200, (("content-length", "5"),), pieces=iter([b"abc", b"de"]))
    made = exchange(answer=answer)
    assert [message.get("body") for message in made.sent] == [None, b"abc", b"de", b""]
    assert [message.get("more_body", False) for message in made.sent] == [False, True, True, False]
    assert made.headers[b"content-length"] == b"5"
    assert made.seen[0].streams
