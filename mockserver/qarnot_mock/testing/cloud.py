"""The cloud that a test holds: its address and token, its clock, what was asked of it, and what it did.

The same object whether it is in this process or on a socket. It imports no client.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from qarnot_mock.clock import SECOND, Clock, VirtualClock
from qarnot_mock.cloud import Cloud
from qarnot_mock.faults.injection import Faults
from qarnot_mock.journal import Entry
from qarnot_mock.messages import Request, Response
from qarnot_mock.sim.commands import Json
from qarnot_mock.tenants import Tenant
from qarnot_mock.testing.assertions import Assertions
from qarnot_mock.testing.exchanges import Exchange, exchange, tail
from qarnot_mock.testing.guard import REAL_DOMAIN
from qarnot_mock.testing.toll import TOLL, Toll

REST_HOST, STORAGE_HOST = f"api.{REAL_DOMAIN}", f"storage.{REAL_DOMAIN}"
_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)


class _AtWork(threading.local):
    """Whether this thread is inside of the cloud."""

    now = False

    def __enter__(self) -> None:
        self.now = True

    def __exit__(self, *error: object) -> None:
        self.now = False


class QarnotCloud(Assertions):
    """One account of a cloud of its own; any other token is another account, as empty.

    ``url`` and ``storage_url``: where clients find it. ``token`` and ``email``: the account's. ``seed``: what its
    identifiers are made of.
    """

    def __init__(self, cloud: Cloud, token: str, url: str, storage_url: str, seed: int) -> None:
        self._cloud = cloud
        self._exchanges: list[Exchange] = []
        self._toll = Toll()
        self._lock = threading.Lock()
        self._nobody = threading.Event()  # never set: waiting for it is a pause that no hook shortens
        self._at_work = _AtWork()
        self.token, self.url, self.storage_url, self.seed = token, url, storage_url, seed
        cloud.authenticate(token)

    def __repr__(self) -> str:
        return f"QarnotCloud({self.url!r}, now={self.now:%Y-%m-%dT%H:%M:%SZ}, exchanges={len(self._exchanges)})"

    @property
    def email(self) -> str:
        """The account's e-mail address: the access key of its storage."""
        return self._tenant.identity.email

    @property
    def now(self) -> datetime:
        """The time in the cloud."""
        return _ORIGIN + timedelta(microseconds=self._cloud.clock.now())

    def advance(self, seconds: float) -> datetime:
        """Let so much time pass; returns the new one. Raises RuntimeError where time moves by itself."""
        self.pause(seconds)
        return self.now

    def pause(self, seconds: float) -> None:
        """What a sleep does: it ends at once, and so many seconds have passed in the cloud.

        While a local process runs it lasts, but no longer than it says.
        """
        clock = self._cloud.clock
        if not isinstance(clock, VirtualClock):
            raise RuntimeError(f"time is {clock.mode} here and moves by itself: it cannot be advanced")
        if self._at_work.now:  # the cloud itself sleeps, as it waits for a process to start
            self._nobody.wait(seconds)
            return
        self._let_work(seconds)
        with self._lock:
            clock.jump_to(clock.now() + round(seconds * SECOND))
            self._toll = Toll()
        with self._at_work:
            self._cloud.tick()

    def settle(self, limit: float = 30 * 86_400.0) -> datetime:
        """Let everything happen that is under way: until nothing is due any more, or ``limit`` seconds have passed.

        An elastic pool looks at its load for ever: there the limit ends it.
        """
        clock = self._cloud.clock
        end = clock.now() + round(limit * SECOND)
        self._let_work(limit)
        while (due := self._cloud.next_due()) is not None and due <= end:
            self.pause(max(0, due - clock.now()) / SECOND)
            self._let_work(limit)
        return self.now

    def _let_work(self, seconds: float) -> None:
        """Wait until no local process runs, so many seconds of the wall at most."""
        end = time.monotonic() + seconds
        while self._cloud.busy and time.monotonic() < end:
            self._nobody.wait(0.005)

    @property
    def faults(self) -> Faults:
        """What goes wrong: ``cloud.faults.add({"kind": "answer-lost", "operation": "tasks_create"})``."""
        return self._cloud.faults

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every request so far with the status of its answer, those of all accounts, oldest first."""
        return tuple(self._exchanges)

    @property
    def journal(self) -> tuple[Entry, ...]:
        """The commands that the account's world has accepted; those that only look are left out."""
        return self._tenant.journal.since()

    @property
    def operations(self) -> list[str]:
        """The operationIds of the journal, like ``["tasks_create", "task_abort"]``."""
        return [entry.command.operation for entry in self.journal]

    @property
    def contract_errors(self) -> list[str]:
        """Answers of the mock that broke its own contract: bugs of the mock. The fixture fails a test that has any."""
        return list(self._cloud.contract_errors)

    def state(self) -> Json:
        """The whole state of the account's world, as data."""
        self._cloud.catch_up(self._tenant)
        return self._tenant.world.dump()

    def tail(self) -> str:
        """The latest exchanges, for people."""
        return tail(self._exchanges)

    def answer(self, host: str, request: Request) -> Response:
        """Serve a request that was sent to a host of the real cloud."""
        return self.s3(request) if host == STORAGE_HOST or host.endswith(f".{STORAGE_HOST}") else self.rest(request)

    def rest(self, request: Request) -> Response:
        """Serve a request to the API."""
        return self._served("rest", self._cloud.rest, request)

    def s3(self, request: Request) -> Response:
        """Serve a request to the storage."""
        return self._served("s3", self._cloud.s3, request)

    @property
    def clock(self) -> Clock:
        """What its time comes from."""
        return self._cloud.clock

    def _served(self, service: str, handle: Callable[[Request], Response], request: Request) -> Response:
        with self._lock:
            self._toll = self._toll.after(request)
            clock = self._cloud.clock
            if isinstance(clock, VirtualClock):
                clock.advance(TOLL if self._cloud.busy else self._toll.cost)
        with self._at_work:
            response = handle(request)
        self._exchanges.append(exchange(self._cloud.clock.now(), service, request, response))
        return response

    @property
    def _tenant(self) -> Tenant:
        tenant = self._cloud.authenticate(self.token)
        assert tenant is not None, "the account was made with the cloud"
        return tenant
