"""The two values that cross every protocol shell of the mock: a request and a response.

They are plain data, so that the same handler serves uvicorn, an in-process httpx or botocore hook, and a test.
Nothing here parses, routes or validates.
"""

from __future__ import annotations

import attrs


@attrs.frozen
class Request:
    """One HTTP request as it arrived.

    ``path`` and ``query`` keep their percent-encoding, because signatures cover the bytes that were sent.
    Header names are lower case; a repeated header appears several times, in order. The repr shows no headers and no
    query: tokens and signatures stand there.
    """

    method: str
    path: str
    query: str = attrs.field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)
    body: bytes = b""

    def header(self, name: str, default: str = "") -> str:
        """The first value of a header, whatever the case of ``name``."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), default)


@attrs.frozen
class Response:
    """One HTTP response, complete.

    The shell adds ``content-length`` from the body, unless ``headers`` holds one: the answer to a HEAD has no body and
    still says how long it would be.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str, default: str = "") -> str:
        """The first value of a header, whatever the case of ``name``."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), default)
