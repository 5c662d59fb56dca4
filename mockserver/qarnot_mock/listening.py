"""Ports: bound before anything is built behind them, and served by uvicorn without a word of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence

import uvicorn

from qarnot_mock.http.asgi_types import App
from qarnot_mock.http.wire import ConnectionProtocol

KEEP_ALIVE = 75
"""Seconds an idle connection is kept: longer than the pools of the usual clients keep theirs."""


class ListenError(Exception):
    """A port cannot be listened on; the message is one line for a person."""


def listen(host: str, port: int, option: str) -> socket.socket:
    """A bound, listening socket. Raises :class:`ListenError` naming the option to change."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ListenError(f"cannot listen on {host}: {error.strerror or error}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        advice = f"stop what uses it, or choose another {option} (0 picks a free one)"
        raise ListenError(f"cannot listen on {host}:{port}: {error.strerror}; {advice}") from error
    return listener


def listen_all(places: Sequence[tuple[str, int, str]]) -> list[socket.socket]:
    """:func:`listen` on every place, or on none."""
    listeners: list[socket.socket] = []
    try:
        for host, port, option in places:
            listeners.append(listen(host, port, option))
    except ListenError:
        for listener in listeners:
            listener.close()
        raise
    return listeners


def url_of(listener: socket.socket, host: str) -> str:
    """The address under which this machine reaches a listener."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    bracketed = f"[{reachable}]" if ":" in reachable else reachable
    return f"http://{bracketed}:{listener.getsockname()[1]}"


class QuietServer(uvicorn.Server):
    """Leaves signals alone, because whoever runs the loop decides what they mean, and says when it accepts."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepts = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.accepts.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def quiet_server(app: App, tls: ssl.SSLContext | None = None, *, dates: bool = True) -> QuietServer:
    """A server of one port, which says no more than its application does but for ``dates``; with ``tls`` over TLS."""
    return QuietServer(
        uvicorn.Config(
            app,
            http=ConnectionProtocol,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=dates,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=2,
            ssl_context_factory=None if tls is None else lambda *_: tls,
        )
    )


Ports = tuple[tuple[QuietServer, socket.socket], ...]
"""Servers, each with the socket that it listens on."""


async def serve_all(ports: Ports, ready: Callable[[], None]) -> None:
    """Answer on all ports until :func:`stop_all`; calls ``ready`` once all of them accept."""
    async with asyncio.TaskGroup() as group:
        for server, listener in ports:
            group.create_task(server.serve(sockets=[listener]))
        for server, _ in ports:
            await server.accepts.wait()
        ready()


def stop_all(ports: Ports) -> None:
    """End :func:`serve_all` soon; a second call does not wait for open connections."""
    for server, _ in ports:
        server.force_exit = server.should_exit
        server.should_exit = True
