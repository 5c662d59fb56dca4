"""Sends to the target over httpx, exactly what it is given: no header added, no redirect followed, no body decoded."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from qarnot_mock.messages import Request, Response
from qarnot_mock.proxy.exchange import Unanswered

TIMEOUT = httpx.Timeout(300.0, connect=20.0)


class Upstream:
    """Connections to the target, shared by threads."""

    def __init__(self) -> None:
        self._client = httpx.Client(follow_redirects=False)

    def send(self, url: str, request: Request) -> Response:
        """The answer of the server at ``url``. Raises :class:`Unanswered`."""
        base = urlsplit(url)
        target = base.path.rstrip("/") + request.path + (f"?{request.query}" if request.query else "")
        sent = httpx.Request(
            request.method,
            f"{base.scheme}://{base.netloc}/",
            headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers],
            content=request.body,
            extensions={"target": target.encode("latin-1"), "timeout": TIMEOUT.as_dict()},
        )
        try:
            answer = self._client.send(sent, stream=True)
            try:
                body = b"".join(answer.iter_raw())
            finally:
                answer.close()
        except httpx.TimeoutException as error:
            raise Unanswered(504, f"{url} did not answer in time ({type(error).__name__})") from error
        except httpx.HTTPError as error:
            raise Unanswered(502, f"{url} did not answer: {error or type(error).__name__}") from error
        headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in answer.headers.raw)
        return Response(answer.status_code, headers, body)

    def close(self) -> None:
        """End all connections."""
        self._client.close()
