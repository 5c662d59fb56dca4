"""The ASGI adapter: collects a request, refuses what must not get further, sends the response.

It decides nothing about the API: ``handle`` does. One adapter serves the REST port, another the storage port.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable

import attrs

from qarnot_mock.http import dialect
from qarnot_mock.http.asgi_types import Message, Receive, Send
from qarnot_mock.http.hosts import HostPolicy
from qarnot_mock.http.wire import TRANSPORT, Pause, Wire
from qarnot_mock.messages import Request, Response

Handler = Callable[[Request], Response]
AccessLog = Callable[[Request, int], None]

MEGABYTE = 1 << 20
REST_BODY_LIMIT = 32 * MEGABYTE
STORAGE_BODY_LIMIT = 5 * 1024 * MEGABYTE
OFFLOAD_FROM = MEGABYTE
"""Bodies from this size are hashed on a thread, so that other requests are answered meanwhile."""


class TooLarge(Exception):
    """The body is over the limit of its port."""


class Disconnected(Exception):
    """The client went away in the middle of its request."""


@attrs.frozen
class AsgiApp:
    """One port. ``access_log`` gets each request with the status of its answer, or is None.

    ``pause`` paces the answers that are to be slow. Bodies from ``offload_from`` bytes are handled on a thread; 0 is
    for a handler that waits for somebody else.
    """

    handle: Handler
    hosts: HostPolicy
    body_limit: int = REST_BODY_LIMIT
    access_log: AccessLog | None = None
    pause: Pause = asyncio.sleep
    offload_from: int = OFFLOAD_FROM

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]])
        request = Request(scope["method"], _raw_path(scope), scope["query_string"].decode("latin-1"), headers)
        try:
            request, response = await self._answer(request, receive)
        except Disconnected:
            return
        if self.access_log is not None:
            self.access_log(request, response.status)
        if response.delivery is None:
            await _send(send, response, bodiless=request.method == "HEAD")
        else:
            wire = Wire(scope["extensions"][TRANSPORT], receive, send, self.pause)
            await wire.deliver(response, response.delivery, head_of(response), bodiless=request.method == "HEAD")

    async def _answer(self, request: Request, receive: Receive) -> tuple[Request, Response]:
        if not self.hosts.allows(request.header("host")):
            return request, _foreign_host(request.header("host"))
        try:
            body = await _collect(request, receive, self.body_limit)
        except TooLarge:
            text = f"The body is larger than {self.body_limit} bytes"
            return request, dialect.message(413, text, (("connection", "close"),))
        request = Request(request.method, request.path, request.query, request.headers, body, streams=True)
        if len(body) < self.offload_from:
            return request, self.handle(request)
        return request, await asyncio.get_running_loop().run_in_executor(None, self.handle, request)


def _foreign_host(host: str) -> Response:
    text = f"This mock does not answer to the host {host!r}: use localhost or the address it was started with"
    return dialect.message(421, text)


def _raw_path(scope: Message) -> str:
    """The path as it was sent; some servers append the query to it."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode("utf-8")
    return raw.partition(b"?")[0].decode("latin-1")


async def _collect(request: Request, receive: Receive, limit: int) -> bytes:
    declared = request.header("content-length", "0")
    if declared.isdecimal() and int(declared) > limit:
        raise TooLarge
    message = await _next(receive, limit)
    if not message.get("more_body", False):
        return bytes(message.get("body", b""))
    # Unlike a list of chunks, which would be there beside the joined body, this gives its buffer away uncopied.
    body = io.BytesIO()
    body.write(message["body"])
    while message.get("more_body", False):
        message = await _next(receive, limit - body.tell())
        body.write(message.get("body", b""))
    return body.getvalue()


async def _next(receive: Receive, limit: int) -> Message:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Disconnected
    if len(message.get("body", b"")) > limit:
        raise TooLarge
    return message


async def _send(send: Send, response: Response, *, bodiless: bool) -> None:
    await send(head_of(response))
    if response.pieces is not None:
        for piece in response.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"" if bodiless else response.body})


def head_of(response: Response) -> Message:
    """The beginning of an answer, with the length of its body."""
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    if response.status not in (204, 304) and not any(name == b"content-length" for name, _ in headers):
        headers.append((b"content-length", str(len(response.body)).encode()))
    return {"type": "http.response.start", "status": response.status, "headers": headers}
