"""The framing of answers: whatever pieces the socket gives, the same bytes; what is no HTTP is told."""

from __future__ import annotations

import io
import socket
import threading
from http.client import HTTPException, IncompleteRead
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl._s3.http1 import Connection, Content

LENGTH = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\nETag:  "e" \r\n\r\nhello world'
CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nX: y\r\n\r\n"
UNTIL_END = b"HTTP/1.0 200 OK\r\n\r\nhello world"
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n" + LENGTH


class Pieces:
    """A socket that gives what the server sent in pieces of the wanted sizes."""

    def __init__(self, sent: bytes, sizes: list[int]) -> None:
        self._sent, self._sizes = sent, sizes

    def recv(self, size: int) -> bytes:
        step = min(size, self._sizes.pop(0) if self._sizes else size)
        piece, self._sent = self._sent[:step], self._sent[step:]
        return piece


def read(sent: bytes, sizes: list[int], asked: int = 4, *, wait: bool = True) -> tuple[bytes, Content]:
    connection = Connection(Pieces(sent, sizes))  # type: ignore[arg-type]
    content = Content(connection, *connection.head())
    pieces = []
    while piece := content.read(asked, wait=wait):
        assert len(piece) <= asked
        pieces.append(piece)
    return b"".join(pieces), content


@pytest.mark.parametrize(
    ("sent", "reusable"),
    [(LENGTH, True), (CHUNKS, True), (UNTIL_END, False), (INTERIM, True)],
    ids=["length", "chunks", "until the end", "interim"],
)
@given(sizes=st.lists(st.integers(1, 20), max_size=60), asked=st.integers(1, 30), wait=st.booleans())
def test_any_pieces_give_the_same_content(
    sent: bytes, reusable: bool, sizes: list[int], asked: int, wait: bool
) -> None:
    body, content = read(sent, sizes, asked, wait=wait)
    assert body == b"hello world"
    assert (content.complete, content.reusable) == (True, reusable)


@pytest.mark.parametrize("sent", [LENGTH[:-1], CHUNKS[:-20], CHUNKS[:-8]])
def test_an_answer_that_ends_too_early_is_told(sent: bytes) -> None:
    with pytest.raises(IncompleteRead):
        read(sent, [])


@pytest.mark.parametrize(
    "sent",
    [b"", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"x" * 100_000,
     b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", CHUNKS.replace(b"5;a=b", b"zz")],
)  # fmt: skip
def test_what_is_no_http_is_told(sent: bytes) -> None:
    with pytest.raises((HTTPException, ConnectionError)):
        read(sent, [])


@pytest.mark.parametrize("closing", [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", UNTIL_END])
def test_a_connection_that_ends_is_not_used_again(closing: bytes) -> None:
    assert not read(closing, [])[1].reusable


def test_an_answer_without_a_body_is_complete_at_once() -> None:
    assert read(b"HTTP/1.1 204 No Content\r\n\r\n", [])[1].complete


def test_bytes_after_the_answer_are_seen() -> None:
    connection = Connection(Pieces(LENGTH + b"junk", []))  # type: ignore[arg-type]
    content = Content(connection, *connection.head())
    while content.read(100, wait=True):
        pass
    assert not connection.is_clean


@pytest.mark.parametrize(
    "body", [b"", b"small", b"x" * 200_000, io.BytesIO(b"y" * 200_000)], ids=["none", "small", "large", "file"]
)
def test_a_request_arrives_as_it_is(body: Any) -> None:
    here, there = socket.socketpair()
    received: list[bytes] = []

    def listen() -> None:
        while piece := there.recv(65536):
            received.append(piece)

    listener = threading.Thread(target=listen)
    listener.start()
    Connection(here).send("PUT", "/a", {"host": "h"}, body)
    here.close()
    listener.join()
    there.close()
    content = body if isinstance(body, bytes) else body.getvalue()
    assert b"".join(received) == b"PUT /a HTTP/1.1\r\nhost: h\r\n\r\n" + content


@pytest.mark.parametrize(("target", "value"), [("/a\r\nx: y", "h"), ("/a", "h\r\nx: y")])
def test_a_line_break_cannot_smuggle_a_header(target: str, value: str) -> None:
    here, there = socket.socketpair()
    with here, there, pytest.raises(ValueError, match="line break"):
        Connection(here).send("GET", target, {"host": value}, b"")
