"""The stage: one cloud in this process, on virtual time, that all its clients meet; and a way to end hangs.

A hang is a virtual deadline that has passed, a wait that nothing can end, or, for what neither sleeps nor asks, a
watchdog on the wall.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType
from unittest import mock

from benchmarks.fault_search.cases import Case, Place
from qarnot_hl._clock import standing_in
from qarnot_hl._s3.transport import HttpTransport
from qarnot_mock import contract
from qarnot_mock.assemble import build_cloud
from qarnot_mock.clock import SECOND, VirtualClock
from qarnot_mock.cloud import Cloud
from qarnot_mock.faults.identify import storage_operation
from qarnot_mock.faults.kinds import REST, S3
from qarnot_mock.http.document import Document, operations
from qarnot_mock.http.router import Match, Router
from qarnot_mock.http.tolerances import Rules
from qarnot_mock.messages import Request, Response
from qarnot_mock.testing.cloud import QarnotCloud
from qarnot_mock.testing.data_plane import engine_intercepted
from qarnot_mock.testing.guard import real_cloud_refused
from qarnot_mock.testing.intercept import intercepted
from qarnot_mock.testing.time_hooks import CloudClock, sleeping_on

CONTRACT = contract.load()
TOKEN = "a-token-that-must-never-be-shown"
REST_URL, STORAGE_URL = "https://api.qarnot.com", "https://storage.qarnot.com"
LONGEST = 6 * 3600
"""Virtual seconds that a workflow may take; undisturbed ones take minutes, and no client waits for hours."""

WATCHDOG = 60
"""Seconds of the wall after which a run is ended that neither sleeps nor asks."""


class Hang(BaseException):
    """A run that does not end; no handler of a client may swallow it."""


class Stage:
    """A cloud for one run after the other. ``seed`` is what its chance derives from."""

    def __init__(self, backend: Cloud, clock: VirtualClock, cloud: QarnotCloud) -> None:
        self.backend, self.clock, self.cloud = backend, clock, cloud
        self.places: list[Place] = []
        self.hits_before = 0
        self._router = Router(operations(Document(CONTRACT.openapi)), Rules(CONTRACT.tolerances))
        self._end = 0

    def strike(self, case: Case) -> None:
        """Put the faults of a case in force, counted from the next exchange."""
        first = self.backend.faults.asked
        self.places = []
        self.hits_before = len(self.backend.faults.hits())
        for place, variant in case:
            self.backend.faults.add(variant.at(first + place))

    def reset(self) -> None:
        """An empty account and no faults."""
        tenant = self.backend.authenticate(TOKEN)
        assert tenant is not None
        self.backend.reset(tenant)
        self.backend.faults.remove()
        self._end = self.clock.now() + LONGEST * SECOND

    def answer(self, host: str, request: Request) -> Response:
        """Serve a request, and remember what it was."""
        if host.startswith("storage."):
            self.places.append((S3, storage_operation(request)))
        else:
            match = self._router.match(request.method, request.path)
            self.places.append((REST, match.operation.id if isinstance(match, Match) else ""))
        return self.cloud.answer(host, request)

    def pause(self, seconds: float) -> None:
        """Let time pass. Raises :class:`Hang` at the end of what a workflow may take."""
        if self.clock.now() + seconds * SECOND > self._end:
            raise Hang(f"more than {LONGEST} virtual seconds")
        self.cloud.pause(seconds)


@contextlib.contextmanager
def stage(seed: int) -> Iterator[Stage]:
    """A cloud that all clients of this process meet for the duration of a ``with`` block."""
    clock = VirtualClock()
    backend = build_cloud(seed=seed, clock=clock, storage_url=STORAGE_URL)
    cloud = QarnotCloud(backend, TOKEN, REST_URL, STORAGE_URL, seed)
    it = Stage(backend, clock, cloud)
    environment = {"QARNOT_CLIENT_TOKEN": TOKEN, "NO_PROXY": "*", "no_proxy": "*"}
    removed = ("QARNOT_CLUSTER_URL", "QARNOT_STORAGE_URL", "QARNOT_CLUSTER_UNSAFE", "QARNOT_CLUSTER_TIMEOUT")
    with (
        mock.patch.dict(os.environ, environment),
        contextlib.closing(backend),
        intercepted(it.answer, it.pause),
        engine_intercepted(HttpTransport, it.answer, it.pause),
        real_cloud_refused(),
        standing_in(CloudClock(clock, it.pause)),
        sleeping_on(it.pause),
    ):
        for name in removed:
            os.environ.pop(name, None)
        yield it


@contextlib.contextmanager
def watchdog() -> Iterator[None]:
    """End what runs too long by the wall."""

    def bark(number: int, frame: FrameType | None) -> None:
        raise Hang(f"more than {WATCHDOG} seconds of the wall")

    previous = signal.signal(signal.SIGALRM, bark)
    signal.alarm(WATCHDOG)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
