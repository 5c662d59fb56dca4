"""HTTP/1.1 over kept-alive connections for the data plane: sends one signed request, gives the answer to be read.

It interprets nothing: no redirects, no cookies, no compression. The protocol is the seam where a test puts a storage
without a socket.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import ssl
import threading
import weakref
from collections.abc import Mapping
from math import inf
from typing import Protocol
from urllib.parse import urlsplit

from qarnot_hl._core.limits import current
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
        self._idle: list[http.client.HTTPConnection] = []
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
        self, connection: http.client.HTTPConnection, method: str, target: str, headers: Mapping[str, str], body: Body
    ) -> Reply:
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            # A server that refuses a large body may answer and close before it is sent.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.endheaders(body or None)
            connection.sock.settimeout(min(self.wait, in_time()))
            return _HttpReply(self, connection, connection.getresponse())
        except BaseException:
            connection.close()
            raise

    def _connected(self) -> http.client.HTTPConnection:
        connect, wait = self._timeouts
        connect = min(connect, in_time())
        connection = (
            http.client.HTTPSConnection(self._host, self._port, timeout=connect, context=self._context)
            if self._context
            else http.client.HTTPConnection(self._host, self._port, timeout=connect)
        )
        connection.blocksize = 1024 * 1024
        connection.connect()
        connection.sock.settimeout(min(wait, in_time()))
        return connection

    def _kept(self) -> http.client.HTTPConnection | None:
        """An idle connection of this process: after a fork the parent's must not be used."""
        with self._lock:
            if self._process != os.getpid():
                _close_all(self._idle)  # this process's ends of them; the parent goes on with its own
                self._process = os.getpid()
            return self._idle.pop() if self._idle else None

    def _keep(self, connection: http.client.HTTPConnection) -> None:
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


def _close_all(connections: list[http.client.HTTPConnection]) -> None:
    while connections:
        connections.pop().close()


class _HttpReply:
    def __init__(
        self, transport: HttpTransport, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse
    ) -> None:
        self._transport, self._connection, self._answer = transport, connection, answer
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.getheaders()}

    def read(self, size: int = -1) -> bytes:
        if in_time() == inf:
            return self._answer.read(None if size < 0 else size)
        if size >= 0:
            return self._answer.read1(size)  # what there is: a slow server must not hold the read beyond the deadline
        pieces: list[bytes] = []
        while piece := self.read(PIECE):
            pieces.append(piece)
        return b"".join(pieces)

    def close(self) -> None:
        whole = self._answer.isclosed()
        with contextlib.suppress(OSError):
            self._answer.close()
        if whole and not self._answer.will_close:
            self._transport._keep(self._connection)
        else:
            self._connection.close()
