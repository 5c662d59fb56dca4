"""HTTP/1.1 over kept-alive connections for the data plane: sends one signed request, gives the answer to be read.

It interprets nothing: no redirects, no cookies, no compression. The protocol is the seam where a test puts a storage
without a socket.
"""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import threading
import weakref
from collections.abc import Mapping
from math import inf
from typing import Protocol
from urllib.parse import urlsplit

from qarnot_hl._core.limits import current
from qarnot_hl._s3.http1 import Connection, Content
from qarnot_hl._s3.plane import Body

KEPT = 64  # idle connections
PIECE = 64 * 1024  # bytes


class Reply(Protocol):
    """An answer whose body is still to be read. Header names are in lower case."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes; none at the end. Raises OSError or :class:`http.client.HTTPException`."""
        ...

    def close(self) -> None:
        """Done with it; a connection whose answer was not read to its end is not used again."""
        ...


class Transport(Protocol):
    """Sends requests to one server, from any thread."""

    def send(self, method: str, target: str, headers: Mapping[str, str], body: Body) -> Reply:
        """One attempt. Raises OSError or :class:`http.client.HTTPException`."""
        ...

    def close(self) -> None:
        """Close idle connections."""
        ...


class HttpTransport:
    """A :class:`Transport` over sockets. ``timeouts``: seconds to connect, and to wait for the next byte."""

    def __init__(self, endpoint: str, timeouts: tuple[float, float], context: ssl.SSLContext | None) -> None:
        url = urlsplit(endpoint)
        self._host, self._port = url.hostname or "", url.port
        self._context, self._timeouts = context, timeouts
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._process = os.getpid()
        weakref.finalize(self, _close_all, self._idle)

    @property
    def wait(self) -> float:
        """Seconds to wait for the next byte."""
        return self._timeouts[1]

    def send(self, method: str, target: str, headers: Mapping[str, str], body: Body) -> Reply:
        """A kept connection that the server has closed meanwhile is replaced once.

        Raises TimeoutError when the deadline of the surrounding block has passed, here and while the answer is read.
        """
        in_time()
        kept = self._kept()
        if kept is not None:
            try:
                return self._exchanged(kept, method, target, headers, body)
            except (OSError, http.client.HTTPException):
                if not isinstance(body, bytes):
                    body.seek(0)
        return self._exchanged(self._connected(), method, target, headers, body)

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            _close_all(self._idle)

    def _exchanged(
        self, connection: Connection, method: str, target: str, headers: Mapping[str, str], body: Body
    ) -> Reply:
        try:
            connection.send(method, target, headers, body)
            connection.sock.settimeout(min(self.wait, in_time()))
            return _HttpReply(self, connection)
        except BaseException:
            connection.close()
            raise

    def _connected(self) -> Connection:
        connect, wait = self._timeouts
        port = self._port or (443 if self._context else 80)
        sock = socket.create_connection((self._host, port), min(connect, in_time()))
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context:
                sock = self._context.wrap_socket(sock, server_hostname=self._host)
            sock.settimeout(min(wait, in_time()))
        except BaseException:
            sock.close()
            raise
        return Connection(sock)

    def _kept(self) -> Connection | None:
        """An idle connection of this process: after a fork the parent's must not be used."""
        with self._lock:
            if self._process != os.getpid():
                _close_all(self._idle)  # this process's ends of them; the parent goes on with its own
                self._process = os.getpid()
            return self._idle.pop() if self._idle else None

    def _keep(self, connection: Connection) -> None:
        with self._lock:
            if len(self._idle) < KEPT and self._process == os.getpid():
                self._idle.append(connection)
                return
        connection.close()


def in_time() -> float:
    """Seconds that are left of the deadline of the surrounding block. Raises TimeoutError when none are."""
    left = current().left()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left


def _close_all(connections: list[Connection]) -> None:
    while connections:
        connections.pop().close()


class _HttpReply:
    def __init__(self, transport: HttpTransport, connection: Connection) -> None:
        self._transport, self._connection = transport, connection
        self.status, modern, self.headers = connection.head()
        self._content = Content(connection, self.status, modern, self.headers)

    def read(self, size: int = -1) -> bytes:
        if size >= 0:
            # With a deadline, what there is: a slow server must not hold the read beyond it.
            return self._content.read(size, wait=in_time() == inf)
        pieces: list[bytes] = []
        while piece := self.read(PIECE):
            pieces.append(piece)
        return b"".join(pieces)

    def close(self) -> None:
        if self._content.complete and self._content.reusable and self._connection.is_clean:
            self._transport._keep(self._connection)
        else:
            self._connection.close()
