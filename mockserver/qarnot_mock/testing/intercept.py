"""Brings the clients of this process to a cloud without a socket: httpx through respx, requests, and botocore.

Each is met at one place that all its clients share, whenever they were made: so a connection that a module opened at
import is reached too, and no other host is touched. Packages that are not imported are left alone.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from qarnot_mock.messages import Request, Response
from qarnot_mock.testing.guard import REAL_DOMAIN, is_real_name
from qarnot_mock.testing.mishaps import BLOCK, Arrival, ClosedEarlyError, Pause, ResetError, SilenceError

Answer = Callable[[str, Request], Response]
"""The cloud: host name and request in, response out."""

_REAL_HOST = re.compile(rf"^(.+\.)?{re.escape(REAL_DOMAIN)}$", re.IGNORECASE)


@contextlib.contextmanager
def intercepted(answer: Answer, pause: Pause) -> Iterator[None]:
    """Meet all three kinds of client for the duration of a ``with`` block. ``pause`` lets seconds pass in the cloud."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(_httpx(answer, pause))
        for patch in (_requests, _botocore):
            with contextlib.suppress(ImportError):
                stack.enter_context(patch(answer, pause))
        yield


def request_of(method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[str, Request]:
    """The host that a request goes to, and the request as a server reads it."""
    parts = urlsplit(url)
    given = tuple((name.lower(), value) for name, value in headers.items())
    if not any(name == "host" for name, _ in given):
        given = (("host", parts.netloc), *given)
    return parts.hostname or "", Request(method.upper(), parts.path or "/", parts.query, given, body)


def response_headers(response: Response, method: str) -> list[tuple[str, str]]:
    """The headers as a server sends them: with the length of the body, unless they hold one."""
    headers = [(name.lower(), value) for name, value in response.headers]
    if response.status not in (204, 304) and not any(name == "content-length" for name, _ in headers):
        headers.append(("content-length", str(len(response.body))))
    return headers


@contextlib.contextmanager
def _httpx(answer: Answer, pause: Pause) -> Iterator[None]:
    import httpx
    import respx

    class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
        """A body that arrives as its delivery says, for clients of both flavours."""

        def __init__(self, arrival: Arrival, request: httpx.Request) -> None:
            self._arrival, self._request = arrival, request

        def __iter__(self) -> Iterator[bytes]:
            with _httpx_errors(self._request):
                while piece := self._arrival.read(BLOCK):
                    yield piece

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for piece in self:
                yield piece

    def respond(request: httpx.Request) -> httpx.Response:
        host, asked = request_of(request.method, str(request.url), _raw_headers(request), request.content)
        response = answer(host, asked)
        headers = response_headers(response, request.method)
        if response.delivery is None:
            content = b"" if request.method == "HEAD" else response.body
            return httpx.Response(response.status, headers=headers, content=content)
        limit = request.extensions.get("timeout", {}).get("read")
        arrival = Arrival(response, request.method == "HEAD", limit, pause)
        with _httpx_errors(request):
            arrival.begin()
        return httpx.Response(response.status, headers=headers, stream=Stream(arrival, request))

    with respx.mock(assert_all_called=False, assert_all_mocked=False) as router:
        router.route(host__regex=_REAL_HOST).mock(side_effect=respond)
        router.route().pass_through()
        yield


@contextlib.contextmanager
def _httpx_errors(request: Any) -> Iterator[None]:
    import httpx

    try:
        yield
    except ResetError as error:
        raise httpx.ReadError(str(error), request=request) from error
    except ClosedEarlyError as error:
        text = f"peer closed connection without sending complete message body ({error})"
        raise httpx.RemoteProtocolError(text, request=request) from error
    except SilenceError as error:
        raise httpx.ReadTimeout(str(error), request=request) from error


def _raw_headers(request: Any) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers.raw}


@contextlib.contextmanager
def _requests(answer: Answer, pause: Pause) -> Iterator[None]:
    import requests.adapters
    import requests.exceptions
    import urllib3.exceptions

    def send(original: Callable[..., Any], adapter: Any, request: Any, *rest: Any, **options: Any) -> Any:
        if not is_real_name(urlsplit(request.url).hostname):
            return original(adapter, request, *rest, **options)
        response = answer(*request_of(request.method, request.url, request.headers, read_body(request.body)))
        named = dict(zip(("stream", "timeout"), rest, strict=False)) | options
        arrival = Arrival(response, request.method == "HEAD", _read_limit(named.get("timeout")), pause)
        try:
            arrival.begin()
        except ResetError as error:
            cause = urllib3.exceptions.ProtocolError("Connection aborted.", error)
            raise requests.exceptions.ConnectionError(cause, request=request) from error
        except SilenceError as error:
            raise requests.exceptions.ReadTimeout(error, request=request) from error
        return adapter.build_response(request, _urllib3_response(arrival, request.method))

    with replaced_method(requests.adapters.HTTPAdapter, "send", send):
        yield


def _read_limit(timeout: Any) -> float | None:
    """The seconds that requests waits for a byte, in the forms in which it takes them."""
    read = timeout[1] if isinstance(timeout, tuple) else getattr(timeout, "read_timeout", timeout)
    return read if isinstance(read, int | float) else None


@contextlib.contextmanager
def _botocore(answer: Answer, pause: Pause) -> Iterator[None]:
    """One step below the event ``before-send``, whose handlers run all the same."""
    import botocore.awsrequest
    import botocore.exceptions
    import botocore.httpsession
    import urllib3.exceptions

    def send(original: Callable[..., Any], session: Any, request: Any) -> Any:
        if not is_real_name(urlsplit(request.url).hostname):
            return original(session, request)
        headers = {name: _text(value) for name, value in request.headers.items()}
        response = answer(*request_of(request.method, request.url, headers, read_body(request.body)))
        limit = _read_limit(getattr(session, "_timeout", None))
        arrival = Arrival(response, request.method == "HEAD", limit, pause)
        try:
            arrival.begin()
            raw = _urllib3_response(arrival, request.method)
            found = botocore.awsrequest.AWSResponse(request.url, response.status, raw.headers, raw)
            if not request.stream_output:
                _ = found.content  # read now, as the real one does
        except (ResetError, urllib3.exceptions.ProtocolError) as error:
            raise botocore.exceptions.ConnectionClosedError(
                error=error, request=request, endpoint_url=request.url
            ) from error
        except (SilenceError, urllib3.exceptions.ReadTimeoutError) as error:
            raise botocore.exceptions.ReadTimeoutError(endpoint_url=request.url, error=error) from error
        return found

    with replaced_method(botocore.httpsession.URLLib3Session, "send", send):
        yield


@contextlib.contextmanager
def replaced_method(holder: type, name: str, replacement: Callable[..., Any]) -> Iterator[None]:
    """Put ``replacement``, which gets the original first, in place of a method of all objects of a class."""
    original = getattr(holder, name)

    def method(self: Any, *arguments: Any, **named: Any) -> Any:
        return replacement(original, self, *arguments, **named)

    setattr(holder, name, method)
    try:
        yield
    finally:
        setattr(holder, name, original)


def _urllib3_response(arrival: Arrival, method: str) -> Any:
    import urllib3

    headers = urllib3.HTTPHeaderDict(response_headers(arrival.response, method))
    return urllib3.HTTPResponse(
        _Body(arrival),
        headers,
        arrival.response.status,
        preload_content=False,
        request_method=method,
        decode_content=False,
    )


class _Body(io.RawIOBase):
    """A body as urllib3 reads it from ``http.client``, with the errors that this has."""

    def __init__(self, arrival: Arrival) -> None:
        self._arrival = arrival

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        try:
            return self._arrival.read(-1 if size is None else size)
        except ClosedEarlyError as error:
            raise http.client.IncompleteRead(b"", error.missing) from error


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def read_body(body: Any) -> bytes:
    """All of a body, in whatever form a client holds it."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if hasattr(body, "read"):
        content = body.read()
        return content.encode() if isinstance(content, str) else bytes(content)
    return bytes(body) if isinstance(body, bytes | bytearray | memoryview) else b"".join(body)
