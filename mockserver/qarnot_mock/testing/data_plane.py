"""Brings the SDK's own S3 engine to a cloud without a socket, at its transport: a class that is handed in, because
nothing here imports a client.
"""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import attrs

from qarnot_mock.testing.guard import is_real_name
from qarnot_mock.testing.intercept import Answer, read_body, replaced_method, request_of, response_headers
from qarnot_mock.testing.mishaps import Arrival, ClosedEarlyError, Pause


@attrs.define
class Reply:
    """An answer that is read in pieces, as the engine reads it from a connection."""

    status: int
    headers: Mapping[str, str]
    _arrival: Arrival

    @classmethod
    def of(cls, arrival: Arrival, method: str) -> Reply:
        """What a connection would have given. Raises OSError when it would have given none."""
        arrival.begin()
        response = arrival.response
        return cls(response.status, dict(response_headers(response, method)), arrival)

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes; none at the end."""
        try:
            return self._arrival.read(size)
        except ClosedEarlyError as error:
            raise http.client.IncompleteRead(b"", error.missing) from error

    def close(self) -> None:
        """There is no connection to give back."""


@contextlib.contextmanager
def engine_intercepted(transport: type, answer: Answer, pause: Pause) -> Iterator[None]:
    """Let all engines whose transports are of this class meet the cloud, for the duration of a ``with`` block."""

    def send(original: Any, self: Any, method: str, target: str, headers: Mapping[str, str], body: Any) -> Any:
        host = next((value for name, value in headers.items() if name.lower() == "host"), "")
        if not is_real_name(urlsplit(f"//{host}").hostname):
            return original(self, method, target, headers, body)
        response = answer(*request_of(method, f"https://{host}{target}", headers, read_body(body)))
        return Reply.of(Arrival(response, method == "HEAD", self.wait, pause), method)

    with replaced_method(transport, "send", send):
        yield
