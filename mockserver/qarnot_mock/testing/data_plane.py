"""Brings the SDK's own S3 engine to a cloud without a socket, at its transport: a class that is handed in, because
nothing here imports a client.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import attrs

from qarnot_mock.messages import Response
from qarnot_mock.testing.guard import is_real_name
from qarnot_mock.testing.intercept import Answer, read_body, replaced_method, request_of, response_headers


@attrs.define
class Reply:
    """An answer that is read in pieces, as the engine reads it from a connection."""

    status: int
    headers: Mapping[str, str]
    _body: io.BytesIO

    @classmethod
    def of(cls, response: Response, method: str) -> Reply:
        """What a connection would have given."""
        body = b"" if method == "HEAD" else response.body
        return cls(response.status, dict(response_headers(response, method)), io.BytesIO(body))

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes; none at the end."""
        return self._body.read(size)

    def close(self) -> None:
        """There is no connection to give back."""


@contextlib.contextmanager
def engine_intercepted(transport: type, answer: Answer) -> Iterator[None]:
    """Let all engines whose transports are of this class meet the cloud, for the duration of a ``with`` block."""

    def send(original: Any, self: Any, method: str, target: str, headers: Mapping[str, str], body: Any) -> Any:
        host = next((value for name, value in headers.items() if name.lower() == "host"), "")
        if not is_real_name(urlsplit(f"//{host}").hostname):
            return original(self, method, target, headers, body)
        return Reply.of(answer(*request_of(method, f"https://{host}{target}", headers, read_body(body))), method)

    with replaced_method(transport, "send", send):
        yield
