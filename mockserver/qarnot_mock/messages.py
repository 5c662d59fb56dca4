"""The two values that cross every protocol shell of the mock: a request and a response.

They are plain data, so that the same handler serves uvicorn, an in-process httpx or botocore hook, and a test.
Nothing here parses, routes or validates.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import attrs


@attrs.frozen
class Request:
    """One HTTP request as it arrived.

    ``path`` and ``query`` keep their percent-encoding, because signatures cover the bytes that were sent.
    Header names are lower case; a repeated header appears several times, in order. The repr shows no headers and no
    query: tokens and signatures stand there. ``streams``: whoever asks can take a large answer in ``pieces``.
    """

    method: str
    path: str
    query: str = attrs.field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)
    body: bytes = b""
    streams: bool = attrs.field(default=False, eq=False)

    def header(self, name: str, default: str = "") -> str:
        """The first value of a header, whatever the case of ``name``."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), default)


@attrs.frozen
class Delivery:
    """How an answer is sent that is not simply sent.

    With ``silent`` not even its status is; otherwise its head, then ``body_bytes`` of its body (None: all of it), no
    more than ``bytes_per_second``. What follows (``then``) is the ordinary end, a reset of the connection, an orderly
    close that is too early, or nothing at all.
    """

    then: Literal["end", "reset", "close", "nothing"] = "end"
    silent: bool = False
    body_bytes: int | None = None
    bytes_per_second: float | None = None


@attrs.frozen
class Response:
    """One HTTP response, complete.

    The shell adds ``content-length`` from the body, unless ``headers`` holds one: the answer to a HEAD has no body and
    still says how long it would be. ``delivery`` is None unless it is to go wrong on its way. ``pieces``, only in the
    answer to a request that ``streams``, are the body instead of ``body``; ``headers`` hold their length.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    delivery: Delivery | None = None
    pieces: Iterator[bytes] | None = None

    def header(self, name: str, default: str = "") -> str:
        """The first value of a header, whatever the case of ``name``."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), default)
