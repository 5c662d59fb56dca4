"""What a client without a socket sees of an answer that goes wrong on its way: bytes, an end, an error, and how long.

Each library has errors of its own for the same thing; which ones is known where the library is met (``intercept``,
``data_plane``). Here it is known when they come.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from qarnot_mock.messages import Response

Pause = Callable[[float], None]

BLOCK = 65536


class NeverAnsweredError(RuntimeError):
    """A client without a time limit waits for an answer that never comes. Where time is virtual, that is the end."""


class ResetError(ConnectionResetError):
    """The connection is gone without a farewell."""

    def __init__(self) -> None:
        super().__init__(104, "Connection reset by peer")


class ClosedEarlyError(Exception):
    """The server closed the connection in an orderly way before all bytes were there."""

    def __init__(self, missing: int) -> None:
        super().__init__(f"{missing} bytes are missing")
        self.missing = missing


class SilenceError(TimeoutError):
    """The client's time limit passed before the next byte."""


@attrs.define
class Arrival:
    """The body of an answer as it arrives, for a client that waits ``limit`` seconds for each byte (None: for ever).

    ``pause`` lets seconds pass in the cloud.
    """

    response: Response
    bodiless: bool
    limit: float | None
    pause: Pause
    _position: int = 0

    def begin(self) -> None:
        """Wait for the status. Raises one of the errors above when it never comes."""
        delivery = self.response.delivery
        if delivery is not None and delivery.silent:
            self._end()

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes of the body; none at its end. Raises one of the errors above."""
        body = b"" if self.bodiless else self.response.body
        delivery = self.response.delivery
        stop = len(body) if delivery is None or delivery.body_bytes is None else delivery.body_bytes
        piece = body[self._position : stop if size < 0 else min(stop, self._position + size)]
        if delivery is not None and delivery.bytes_per_second:
            self.pause(len(piece) / delivery.bytes_per_second)
        self._position += len(piece)
        if delivery is not None and delivery.then != "end" and (not piece or (size < 0)):
            self._end(len(body) - self._position)
        return piece

    def whole(self) -> bytes:
        """All of it."""
        return self.read()

    def _end(self, missing: int = 0) -> None:
        delivery = self.response.delivery
        if delivery is None or delivery.then == "reset":
            raise ResetError
        if delivery.then == "close":
            if missing:
                raise ClosedEarlyError(missing)
            return
        if self.limit is None:
            raise NeverAnsweredError("no answer will ever come, and this client has no time limit")
        self.pause(self.limit)
        raise SilenceError("timed out")
