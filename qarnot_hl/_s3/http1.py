"""HTTP/1.1 on one socket, as far as a storage speaks it: sends a request, reads an answer in whatever framing it has.

The standard library's client costs more CPU per request than all the rest of a small transfer. No redirects, no
compression, no pipelining; what is no HTTP raises :class:`http.client.HTTPException`.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping
from http.client import BadStatusLine, HTTPException, IncompleteRead, LineTooLong, RemoteDisconnected

from qarnot_hl._core.etag import MIB
from qarnot_hl._s3.plane import Body

HEAD = 64 * 1024  # bytes that the head of an answer may have
RECEIVED = 256 * 1024  # bytes asked of the socket at a time
WORTHWHILE = 64 * 1024  # bytes below which a read goes on, if it may wait
JOINED = 64 * 1024  # bytes of a body that are sent together with the head
BODILESS = frozenset({204, 304})


class Connection:
    """A socket and what was received and not yet read."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._buffer = b""

    def send(self, method: str, target: str, headers: Mapping[str, str], body: Body) -> None:
        """Send a request. A server that refuses a large body may answer and close before it is sent: no error."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        if "\r" in target or "\n" in target or lines.count("\n") != len(headers):
            raise ValueError("a header or an address contains a line break")
        head = f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if isinstance(body, bytes) and len(body) <= JOINED:
                self.sock.sendall(head + body)
                return
            self.sock.sendall(head)
            if isinstance(body, bytes):
                self.sock.sendall(body)
                return
            while piece := body.read(MIB):
                self.sock.sendall(piece)

    def head(self) -> tuple[int, bool, dict[str, str]]:
        """Status, whether the version is 1.1, and headers (names in lower case) of the answer, without interim ones."""
        while True:
            while (end := self._buffer.find(b"\r\n\r\n")) < 0:
                if len(self._buffer) > HEAD:
                    raise LineTooLong("the head of an answer")
                if not self._more():
                    raise RemoteDisconnected("the server closed the connection without an answer")
            first, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
            self._buffer = self._buffer[end + 4 :]
            version, _, rest = first.partition(" ")
            if not version.startswith("HTTP/1.") or not rest[:3].isdecimal():
                raise BadStatusLine(first)
            status = int(rest[:3])
            if status >= 200:
                pairs = (line.partition(":") for line in lines)
                return status, version == "HTTP/1.1", {name.lower(): value.strip() for name, _, value in pairs}

    def read(self, size: int, *, wait: bool) -> bytes:
        """At most so many bytes, none at the end. ``wait``: rather for more bytes than give few."""
        if self._buffer:
            taken, self._buffer = self._buffer[:size], self._buffer[size:]
        else:
            taken = self.sock.recv(min(size, RECEIVED))
        if not wait or not taken or len(taken) >= min(size, WORTHWHILE):
            return taken
        pieces, left = [taken], min(size, RECEIVED) - len(taken)
        while left > 0 and (piece := self.sock.recv(left)):
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def line(self) -> bytes:
        """The next line without its end."""
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > HEAD:
                raise LineTooLong("a line of an answer")
            if not self._more():
                raise IncompleteRead(self._buffer)
        found, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        return found

    @property
    def is_clean(self) -> bool:
        """Whether nothing was received beyond what was read."""
        return not self._buffer

    def close(self) -> None:
        """Close the socket."""
        with contextlib.suppress(OSError):
            self.sock.close()

    def _more(self) -> bool:
        received = self.sock.recv(HEAD)
        self._buffer += received
        return bool(received)


class Content:
    """The body of the answer that comes next on a connection: of a known length, in chunks, or until the end."""

    def __init__(self, connection: Connection, status: int, modern: bool, headers: Mapping[str, str]) -> None:
        self._connection = connection
        self._chunked = "chunked" in headers.get("transfer-encoding", "").lower()
        length = "0" if status in BODILESS else headers.get("content-length", "")
        if not self._chunked and length and not length.isdecimal():
            raise HTTPException(f"an answer of {length!r} bytes")
        self._left: int | None = 0 if self._chunked else int(length) if length else None
        self.complete = self._left == 0 and not self._chunked
        said = headers.get("connection", "").lower()
        self.reusable = modern and "close" not in said and (self._chunked or self._left is not None)

    def read(self, size: int, *, wait: bool) -> bytes:
        """At most so many bytes; none at the end. Raises :class:`http.client.IncompleteRead` when it ends too early."""
        if self._chunked and not self._left and not self.complete:
            self._next_chunk()
        if self.complete:
            return b""
        wanted = size if self._left is None else min(size, self._left)
        piece = self._connection.read(wanted, wait=wait)
        if self._left is None:
            self.complete = not piece
            return piece
        if not piece and wanted:
            raise IncompleteRead(b"", self._left)
        self._left -= len(piece)
        if not self._left:
            self._end()
        return piece

    def _next_chunk(self) -> None:
        told = self._connection.line().partition(b";")[0].strip()
        try:
            self._left = int(told, 16)
        except ValueError:
            raise HTTPException(f"a chunk of {told!r} bytes") from None
        if not self._left:
            while self._connection.line():
                pass
            self.complete = True

    def _end(self) -> None:
        if self._chunked:
            self._connection.line()
        else:
            self.complete = True
