"""The seam to httpx: the only hand-written module of this package that imports it.

Builds one client per connection and flavour from the settings, sends a request, and gives back an
``ApiResponse`` or a ``NoAnswer``; it never raises for what a network can do. It decides nothing: retries and
errors are ``_core``'s business.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import time
import weakref
from collections.abc import Iterator, Mapping
from math import inf
from threading import Lock
from typing import Any

import httpx

from qarnot_hl._core.errors import error_from, guessed_operation, object_of
from qarnot_hl._core.exchange import ApiResponse, Breakdown, NoAnswer, Outcome
from qarnot_hl._core.limits import current
from qarnot_hl._core.settings import Settings
from qarnot_hl._version import __version__

USER_AGENT = f"qarnot-hl/{__version__} httpx/{httpx.__version__}"
# A server closes idle connections after its own time; a request on such a one fails as "lost". Ours must be shorter.
KEEPALIVE_EXPIRY = 20.0
DEFAULT_TIMEOUT = httpx.Timeout(60.0, connect=10.0)

# Most specific first: the classes form a tree.
BREAKDOWNS: tuple[tuple[type[httpx.HTTPError], Breakdown], ...] = (
    (httpx.ConnectTimeout, Breakdown.CONNECT_TIMEOUT),
    (httpx.PoolTimeout, Breakdown.CONNECT_TIMEOUT),
    (httpx.TimeoutException, Breakdown.READ_TIMEOUT),
    (httpx.ConnectError, Breakdown.NOT_SENT),
    (httpx.ProxyError, Breakdown.NOT_SENT),
    (httpx.UnsupportedProtocol, Breakdown.NOT_SENT),
    (httpx.NetworkError, Breakdown.LOST),
    (httpx.RemoteProtocolError, Breakdown.LOST),
    (httpx.HTTPError, Breakdown.UNUSABLE),
)


def tls_context(unsafe: bool, certificate: str | None) -> ssl.SSLContext:
    """The TLS settings of one server: the usual authorities, a PEM file's instead, or no check at all.

    ``SSL_CERT_FILE``, ``REQUESTS_CA_BUNDLE`` and ``CURL_CA_BUNDLE`` are honoured like a custom certificate,
    because the official package, built on requests, honours the latter two.
    """
    if unsafe:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    bundle = certificate or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if bundle and os.path.isdir(bundle):
        return ssl.create_default_context(capath=bundle)
    if bundle:
        return ssl.create_default_context(cafile=bundle)
    return httpx.create_ssl_context()


def timeout_of(settings: Settings) -> httpx.Timeout:
    """None is our default (10 s to connect, 60 s for the rest), 0 no limit."""
    if settings.cluster_timeout is None:
        return DEFAULT_TIMEOUT
    return httpx.Timeout(settings.cluster_timeout or None)


def timeout_within(settings: Settings, limit: float | None) -> httpx.Timeout:
    """The same, but no part longer than ``limit`` seconds; None: no further limit."""
    usual = timeout_of(settings)
    if limit is None:
        return usual
    parts = {name: limit if part is None else min(part, limit) for name, part in usual.as_dict().items()}
    return httpx.Timeout(**{name: None if part == inf else part for name, part in parts.items()})


def client_options(settings: Settings) -> dict[str, Any]:
    """What both kinds of httpx client are built with. The token goes in bare, without a scheme word
    (reference 1.2).
    """
    options: dict[str, Any] = {
        "base_url": settings.cluster_url,
        "headers": {"Authorization": settings.token, "User-Agent": USER_AGENT, "Accept": "application/json, */*"},
        "timeout": timeout_of(settings),
        "limits": httpx.Limits(max_connections=64, max_keepalive_connections=20, keepalive_expiry=KEEPALIVE_EXPIRY),
        "follow_redirects": False,
    }
    if settings.cluster_url.startswith("https://"):
        options["verify"] = tls_context(settings.cluster_unsafe, settings.cluster_custom_certificate)
    return options


def answer_of(response: httpx.Response, content: bytes | None = None) -> ApiResponse:
    """Our answer from a response that has been read, or from its content."""
    headers = {k.lower(): v for k, v in response.headers.items()}
    return ApiResponse(response.status_code, headers, response.content if content is None else content)


def in_time(chunks: Iterator[bytes], limit: float) -> Iterator[bytes]:
    """The same chunks. Raises :class:`httpx.ReadTimeout` when they take longer: each has a timeout of its own only."""
    began = time.monotonic()
    for chunk in chunks:
        yield chunk
        if time.monotonic() - began > limit:
            raise httpx.ReadTimeout(f"the answer was not complete within {limit:.1f} s")


def refusal_of(response: httpx.Response) -> Exception:
    """Our exception for a refusal that has been read."""
    path = response.request.url.path
    return error_from(guessed_operation(response.request.method, path), answer_of(response), object_of(path))


def no_answer(error: httpx.HTTPError | OSError) -> NoAnswer:
    """Our account of httpx's failure."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return NoAnswer(Breakdown.UNTRUSTED, str(error), error)
    for kind, breakdown in BREAKDOWNS:
        if isinstance(error, kind):
            return NoAnswer(breakdown, str(error) or type(error).__name__, error)
    broken = Breakdown.READ_TIMEOUT if isinstance(error, TimeoutError) else Breakdown.LOST
    return NoAnswer(broken, str(error) or type(error).__name__, error)


def close_own(clients: dict[int, httpx.Client]) -> None:
    """Close the client of this process, if there is one."""
    client = clients.pop(os.getpid(), None)
    if client is not None:
        client.close()


class Http:
    """The blocking transport. The client is built at the first request, and again after a fork; it is closed
    at the latest when this object is no longer in use, because documented scripts never close a
    connection.
    """

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        self.settings = settings
        self._transport = transport
        self._clients: dict[int, httpx.Client] = {}
        self._locks: dict[int, Lock] = {}
        weakref.finalize(self, close_own, self._clients)

    @property
    def client(self) -> httpx.Client:
        """The httpx client of this process.

        A forked child shares its parent's sockets: using or even closing them would garble the parent's
        requests, so the parent's client stays untouched in the child. Of threads that come first together, one
        builds it, since that reads certificates; the lock is the process's own, as a parent's may be held for ever.
        """
        pid = os.getpid()
        if pid not in self._clients:
            with self._locks.setdefault(pid, Lock()):
                if pid not in self._clients:
                    self._clients[pid] = httpx.Client(**client_options(self.settings), transport=self._transport)
        return self._clients[pid]

    def raising_client(self) -> httpx.Client:
        """A client of its own that raises our exception for every answer of status 400 and above."""

        def check(response: httpx.Response) -> None:
            if response.status_code >= 400:
                response.read()
                raise refusal_of(response)

        hooks = {"response": [check]}
        return httpx.Client(**client_options(self.settings), transport=self._transport, event_hooks=hooks)

    def send(self, request: Mapping[str, Any], limit: float | None = None) -> Outcome:
        """Send what a generated operation describes; ``limit``: seconds that it may take, the answer included."""
        timeout = timeout_within(current().settings(self.settings), limit)
        try:
            if limit is None:
                return answer_of(self.client.request(**request, timeout=timeout))
            with self.client.stream(**request, timeout=timeout) as response:
                content = b"".join(in_time(response.iter_bytes(), limit))
                return answer_of(response, content)
        except (httpx.HTTPError, OSError) as error:
            return no_answer(error)

    def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        close_own(self._clients)


class AsyncHttp:
    """The asynchronous transport. The client is built at the first request, and again after a fork or in
    another event loop: connections belong to the loop that opened them.
    """

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.settings = settings
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self._owner: tuple[int, asyncio.AbstractEventLoop] | None = None

    @property
    def client(self) -> httpx.AsyncClient:
        """The httpx client of this process and event loop."""
        owner = (os.getpid(), asyncio.get_running_loop())
        if self._client is None or self._owner != owner:
            self._client = httpx.AsyncClient(**client_options(self.settings), transport=self._transport)
            self._owner = owner
        return self._client

    def raising_client(self) -> httpx.AsyncClient:
        """A client of its own that raises our exception for every answer of status 400 and above."""

        async def check(response: httpx.Response) -> None:
            if response.status_code >= 400:
                await response.aread()
                raise refusal_of(response)

        hooks = {"response": [check]}
        return httpx.AsyncClient(**client_options(self.settings), transport=self._transport, event_hooks=hooks)

    async def send(self, request: Mapping[str, Any], limit: float | None = None) -> Outcome:
        """Send what a generated operation describes; ``limit``: seconds that it may take, the answer included."""
        timeout = timeout_within(current().settings(self.settings), limit)
        try:
            async with asyncio.timeout(limit):
                return answer_of(await self.client.request(**request, timeout=timeout))
        except (httpx.HTTPError, OSError) as error:
            return no_answer(error)

    async def aclose(self) -> None:
        """Close the connections; a later request opens new ones."""
        client, self._client = self._client, None
        if client is not None and self._owner == (os.getpid(), asyncio.get_running_loop()):
            await client.aclose()
