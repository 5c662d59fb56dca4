"""A cloud on two sockets: the REST port and the storage port, served by uvicorn in one event loop.

With a TLS context two more loopback ports answer the same for the real cloud's names. Binding comes before building,
because a world must know the address of its storage.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

import attrs

from qarnot_mock.assemble import build_cloud
from qarnot_mock.clock import FIXED_EPOCH, VirtualClock, wall_clock
from qarnot_mock.cloud import Cloud
from qarnot_mock.furnishing import MakeExecutor
from qarnot_mock.http.asgi import REST_BODY_LIMIT, STORAGE_BODY_LIMIT, AccessLog, AsgiApp, Handler
from qarnot_mock.http.asgi_types import App
from qarnot_mock.http.hosts import HostPolicy, is_loopback
from qarnot_mock.listening import ListenError, Ports, listen_all, quiet_server, serve_all, stop_all, url_of
from qarnot_mock.messages import Request
from qarnot_mock.options import Options
from qarnot_mock.persistence import DataDirectory
from qarnot_mock.sim.commands import Instant
from qarnot_mock.sim.settings import WorldSettings
from qarnot_mock.storage.remote import RemoteStorage
from qarnot_mock.storage.store import StoreError

LOOPBACK = "127.0.0.1"
REAL_DOMAIN = "qarnot.com"

log = logging.getLogger("qarnot_mock.access")


class Companion(Protocol):
    """What lives beside the ports, in their event loop."""

    def around(self, app: AsgiApp) -> App:
        """The app of a port, with something done before and after each request."""
        ...

    def running(self) -> contextlib.AbstractAsyncContextManager[None]:
        """The time that the ports are served."""
        ...


class Waker:
    """Ticks the cloud when the next event of a world is due, so that time passes without requests."""

    def __init__(self, cloud: Cloud, loop: asyncio.AbstractEventLoop) -> None:
        self._cloud = cloud
        self._loop = loop
        self._armed: Instant | None = None
        self._timer: asyncio.TimerHandle | None = None

    def announce(self, due: Instant) -> None:
        """Something is due then; called from any thread, under the cloud's lock."""
        if self._armed is None or due < self._armed:
            self._armed = due
            with contextlib.suppress(RuntimeError):  # the loop is closing
                self._loop.call_soon_threadsafe(self._arm)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        delay = None if self._armed is None else self._cloud.clock.seconds_until(self._armed)
        if delay is not None:
            self._timer = self._loop.call_later(min(delay, 3600), self._ring)

    def _ring(self) -> None:
        self._armed = None
        self._cloud.tick()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


@attrs.define
class Server:
    """A cloud and its sockets. Serves once; ``stop`` may come from any thread or signal handler.

    ``tls_ports`` are the loopback ports for REST and storage under the real names, where there are such.
    """

    cloud: Cloud
    url: str
    storage_url: str
    seed: int
    admin_token: str = attrs.field(repr=False)
    tls_ports: tuple[int, int] | None
    _servers: Ports = attrs.field(repr=False)
    _companion: Companion | None = attrs.field(default=None, repr=False)

    async def serve(self, ready: Callable[[], None]) -> None:
        """Answer requests until :meth:`stop`; calls ``ready`` once all ports accept."""
        waker = Waker(self.cloud, asyncio.get_running_loop())
        if not isinstance(self.cloud.clock, VirtualClock):
            self.cloud.on_due = waker.announce
        try:
            async with contextlib.nullcontext() if self._companion is None else self._companion.running():
                await serve_all(self._servers, ready)
        finally:
            self.cloud.on_due = None
            waker.close()
            self.cloud.close()

    def loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop] | None:
        """What makes the event loop to serve in: uvloop's where it is installed."""
        return self._servers[0][0].config.get_loop_factory()

    def run(self, ready: Callable[[], None]) -> None:
        """:meth:`serve` in an event loop of its own."""
        with asyncio.Runner(loop_factory=self.loop_factory()) as runner:
            runner.run(self.serve(ready))

    def stop(self) -> None:
        """End :meth:`serve` soon; a second call does not wait for open connections."""
        stop_all(self._servers)

    @contextlib.contextmanager
    def in_thread(self) -> Iterator[Server]:
        """Serve on a thread for the duration of a ``with`` block."""
        ready = threading.Event()
        thread = threading.Thread(target=self.run, args=(ready.set,), name="qarnot-mock", daemon=True)
        thread.start()
        try:
            while not ready.wait(0.05):
                if not thread.is_alive():
                    raise RuntimeError("the mock server ended before it was ready")
            yield self
        finally:
            self.stop()
            thread.join()


def open_server(
    options: Options,
    make_executor: MakeExecutor | None,
    *,
    fixed_epoch: bool,
    world_settings: WorldSettings | None = None,
    tls: ssl.SSLContext | None = None,
    watch: AccessLog | None = None,
    handlers: Callable[[Cloud], tuple[Handler, Handler]] = lambda cloud: (cloud.rest, cloud.s3),
    companion: Callable[[Cloud], Companion] | None = None,
) -> Server:
    """Bind the ports and build the cloud behind them. Raises :class:`ListenError`, also for a silent ``--storage-url``.

    Raises :class:`~qarnot_mock.persistence.DataError` where ``--data`` cannot be used.

    Virtual time starts at the fixed epoch or, without ``fixed_epoch``, now. ``world_settings`` is what each account
    has instead of the ordinary quotas, nodes and durations. ``tls`` opens the ports that answer for the real names.
    ``watch`` sees every REST request with the status of its answer. ``handlers`` are what answers on the two ports.
    ``companion`` makes what lives beside them.
    """
    remote_storage = _reachable(options.storage)
    data = None if options.data is None else DataDirectory(options.data)
    places = [(options.host, options.port, "--port"), (options.host, options.storage_port, "--storage-port")]
    listeners = listen_all([*places, *([(LOOPBACK, 0, "--port")] * 2 if tls else [])])
    url, storage_url = (url_of(listener, options.host) for listener in listeners[:2])
    seed, latest = secrets.randbits(32) if options.seed is None else options.seed, None
    if data is not None:
        seed, latest = data.seed(options.seed, seed), data.latest()
    admin_token = secrets.token_hex(16)
    cloud = build_cloud(
        seed=seed,
        clock=options.clock(wall_clock, (lambda: FIXED_EPOCH) if fixed_epoch else wall_clock, latest),
        storage_url=storage_url,
        accounts=options.accounts,
        admin_token=admin_token,
        make_executor=make_executor,
        world_settings=world_settings,
        scenario=options.scenario,
        remote_storage=remote_storage,
        data=data,
    )
    apps = _apps(handlers(cloud), options, watch)
    beside = None if companion is None else companion(cloud)
    around: Callable[[AsgiApp], App] = (lambda app: app) if beside is None else beside.around
    servers = [quiet_server(around(app)) for app in apps]
    if tls is not None:
        hosts = HostPolicy(LOOPBACK, domain=REAL_DOMAIN)
        servers += [quiet_server(around(attrs.evolve(app, hosts=hosts)), tls) for app in apps]
    rest_port, storage_port = (listener.getsockname()[1] for listener in listeners[-2:])
    tls_ports = (rest_port, storage_port) if tls is not None else None
    ports = tuple(zip(servers, listeners, strict=True))
    return Server(cloud, url, cloud.settings.storage_url or storage_url, seed, admin_token, tls_ports, ports, beside)


def _reachable(storage: RemoteStorage | None) -> RemoteStorage | None:
    """The storage, after it has answered once. Raises :class:`ListenError`."""
    if storage is not None:
        try:
            storage.check()
        except StoreError as error:
            raise ListenError(error.message) from error
    return storage


def _apps(handlers: tuple[Handler, Handler], options: Options, watch: AccessLog | None) -> tuple[AsgiApp, AsgiApp]:
    """What answers on the REST port and on the storage port."""
    names = frozenset() if is_loopback(options.host) else frozenset({socket.gethostname().lower()})
    hosts = HostPolicy(options.host, names)
    rest, s3 = handlers
    return (
        AsgiApp(rest, hosts, REST_BODY_LIMIT, _both(_access_log(options, "rest"), watch)),
        AsgiApp(s3, hosts, STORAGE_BODY_LIMIT, _access_log(options, "s3")),
    )


def _both(one: AccessLog | None, other: AccessLog | None) -> AccessLog | None:
    if one is None or other is None:
        return one or other

    def write(request: Request, status: int) -> None:
        one(request, status)
        other(request, status)

    return write


def _access_log(options: Options, port: str) -> AccessLog | None:
    if not options.verbose:
        return None

    def write(request: Request, status: int) -> None:
        # The query of a presigned URL holds a signature, so only the path is written.
        log.info("%s %s %s %d", port, request.method, request.path, status)

    return write
