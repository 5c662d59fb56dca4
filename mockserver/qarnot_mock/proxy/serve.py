"""The command ``proxy``: two ports, findings on the terminal as they come, and a report at the end."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator

import attrs

from qarnot_mock import contract
from qarnot_mock.clock import wall_clock
from qarnot_mock.http.asgi import REST_BODY_LIMIT, STORAGE_BODY_LIMIT, AsgiApp
from qarnot_mock.http.hosts import HostPolicy, is_loopback
from qarnot_mock.listening import Ports, listen_all, quiet_server, serve_all, stop_all, url_of
from qarnot_mock.proxy.exchange import Proxy
from qarnot_mock.proxy.report import Exchange, as_text, form_of
from qarnot_mock.proxy.upstream import Upstream


@attrs.define
class ProxyServer:
    """A proxy and its sockets. ``storage_url`` is None without a storage port."""

    url: str
    target: str
    storage_url: str | None
    exchanges: list[Exchange]
    _ports: Ports = attrs.field(repr=False)
    _upstream: Upstream = attrs.field(repr=False)

    async def serve(self, ready: Callable[[], None]) -> None:
        """Answer until :meth:`stop`."""
        try:
            await serve_all(self._ports, ready)
        finally:
            self._upstream.close()

    def stop(self) -> None:
        """End :meth:`serve` soon."""
        stop_all(self._ports)

    @contextlib.contextmanager
    def in_thread(self) -> Iterator[ProxyServer]:
        """Serve on a thread for the duration of a ``with`` block."""
        ready = threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(self.serve(ready.set)), name="proxy", daemon=True)
        thread.start()
        try:
            while not ready.wait(0.05):
                if not thread.is_alive():
                    raise RuntimeError("the proxy ended before it was ready")
            yield self
        finally:
            self.stop()
            thread.join()


def open_proxy(
    target: str,
    host: str = "127.0.0.1",
    port: int = 0,
    storage_port: int = 0,
    *,
    storage: bool = True,
    tell: Callable[[str], None] = lambda line: None,
) -> ProxyServer:
    """Bind the ports; ``tell`` gets a line for each finding. Raises ``ListenError``."""
    places = [(host, port, "--port"), *([(host, storage_port, "--storage-port")] if storage else [])]
    listeners = listen_all(places)
    url, *others = [url_of(listener, host) for listener in listeners]
    storage_url = others[0] if others else None
    exchanges: list[Exchange] = []

    def note(exchange: Exchange) -> None:
        exchanges.append(exchange)
        for line in exchange.lines():
            tell(line)

    upstream = Upstream()
    proxy = Proxy(contract.load(), target.rstrip("/"), storage_url, upstream.send, wall_clock, note)
    hosts = HostPolicy(host, frozenset() if is_loopback(host) else frozenset({socket.gethostname().lower()}))
    apps = [
        AsgiApp(proxy.rest, hosts, REST_BODY_LIMIT, offload_from=0),
        AsgiApp(proxy.s3, hosts, STORAGE_BODY_LIMIT, offload_from=0),
    ]
    ports = tuple((quiet_server(app, dates=False), listener) for app, listener in zip(apps, listeners, strict=False))
    return ProxyServer(url, target, storage_url, exchanges, ports, upstream)


def run_proxy(given: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C: 0, or 1 when something was found. Raises ``ListenError``, ``OSError``."""
    if given.report is not None:
        given.report.write_text("", encoding="utf-8")  # fails now, and not when all is done
    server = open_proxy(
        given.target, given.host, given.port, given.storage_port, storage=not given.no_storage,
        tell=lambda line: print(line, flush=True),
    )  # fmt: skip

    async def serve() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, server.stop)
        storage = "as the cluster says" if server.storage_url is None else server.storage_url
        await server.serve(lambda: print(f"ready {server.url} storage {storage}", flush=True))

    asyncio.run(serve())
    if given.report is not None:
        given.report.write_text(form_of(given.report)(server.exchanges), encoding="utf-8")
    print(as_text(server.exchanges), end="", flush=True)
    return int(any(one.findings for one in server.exchanges))
