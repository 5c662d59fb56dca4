"""Sends answers that go wrong on their way: cut off, too slow, never sent. It performs; what goes wrong is decided
elsewhere.

The connection below ASGI is needed for that, so the servers here hand it to their applications.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any, cast

import attrs
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from qarnot_mock.http.asgi_types import Message, Receive, Send
from qarnot_mock.messages import Delivery, Response

Pause = Callable[[float], Awaitable[Any]]

TRANSPORT = "qarnot_mock.transport"
"""The extension of the ASGI scope that holds the connection's transport."""

PIECE = 0.05
"""Seconds of slow sending between two pieces."""

_NO_LINGER = struct.pack("ii", 1, 0)


class ConnectionProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which shows the connection to the application."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = cast(Any, {TRANSPORT: self.transport})


@attrs.frozen
class Wire:
    """The connection of one exchange. ``pause`` waits for seconds."""

    transport: asyncio.Transport
    receive: Receive
    send: Send
    pause: Pause

    async def deliver(self, response: Response, delivery: Delivery, head: Message, *, bodiless: bool) -> None:
        """Send an answer as far and as fast as its delivery says, and end as it says."""
        body = b"" if bodiless else response.body
        if not delivery.silent:
            await self.send(head)
            await self._send_body(body[: delivery.body_bytes], delivery.bytes_per_second)
        if delivery.then == "end":
            await self.send({"type": "http.response.body", "body": b""})
            return
        if delivery.then == "reset":
            self._reset()
        elif delivery.then == "close":
            self.transport.close()
        await self._until_gone()

    async def _send_body(self, body: bytes, bytes_per_second: float | None) -> None:
        size = len(body) if bytes_per_second is None else max(1, int(bytes_per_second * PIECE))
        for start in range(0, len(body), size or 1):
            await self.send({"type": "http.response.body", "body": body[start : start + size], "more_body": True})
            if bytes_per_second is not None:
                await self.pause(len(body[start : start + size]) / bytes_per_second)

    def _reset(self) -> None:
        """Close without a farewell: the peer's kernel reports a reset, not an end."""
        descriptor = self.transport.get_extra_info("socket").fileno()
        with contextlib.suppress(OSError), socket.socket(fileno=socket.dup(descriptor)) as same:
            same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()

    async def _until_gone(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass
