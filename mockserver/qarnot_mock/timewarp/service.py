"""Moves virtual time for the processes of a run: listens to them, asks the coordinator, jumps when it may.

It lives in the server's event loop, so that whatever a process had sent to the mock before it said that it waits has
been read before time jumps.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol, cast

import attrs

from qarnot_mock.clock import SECOND, VirtualClock
from qarnot_mock.http.asgi import AsgiApp
from qarnot_mock.http.asgi_types import App, Message, Receive, Send
from qarnot_mock.sim.commands import Instant
from qarnot_mock.timewarp.coordinator import Ask, Coordinator, Decision, Jump, Key, Process, Stand, names
from qarnot_mock.timewarp.page import Page
from qarnot_mock.timewarp.wire import WireError, line, parse_hello, parse_idle

log = logging.getLogger("qarnot_mock")

ROUNDS = 4
"""Turns of the event loop in which a request that has arrived is accepted, read and begun."""

PATIENCE = 5.0
"""Seconds of real time that nothing moves, though somebody waits for it, before a person is told why."""

LOOK_AGAIN = 0.02
"""Seconds between looks at what ends without telling."""

REPEATS = 100
LONGEST_HOLD = 10.0
"""So many equal questions in a row cost nothing; each further one a millisecond, doubled up to these seconds."""

AFTER_REQUEST = 0.001
"""Seconds in which the one who asked is expected to be heard of."""


class Mock(Protocol):
    """What the service needs of the mock."""

    def busy(self) -> bool:
        """A local process runs."""
        ...

    def next_stop(self) -> Instant | None:
        """An instant that time must not jump over, as a local process begins there."""
        ...

    def catch_up(self) -> None:
        """Time has moved."""
        ...


class Requests:
    """Counts the requests that are under way, and all there ever were. Those that are held back are not."""

    def __init__(self) -> None:
        self.under_way = 0
        self.begun = 0
        self.ended: Callable[[], None] = lambda: None

    def begin(self) -> None:
        """One begins, or goes on."""
        self.under_way += 1
        self.begun += 1

    def end(self) -> None:
        """One has ended, or is held back."""
        self.under_way -= 1
        if not self.under_way:
            self.ended()


class TimeService:
    """The time of one run. ``say`` tells a person why time stands still, once for each reason."""

    def __init__(self, clock: VirtualClock, mock: Mock, directory: Path, say: Callable[[str], None]) -> None:
        self.coordinator = Coordinator()
        self.jumps = 0
        self._clock, self._mock, self._say = clock, mock, say
        self._requests = Requests()
        self._page = Page(directory / "clock", clock.now())
        self._socket = directory / "coordinator"
        self._lines: dict[Key, Line] = {}
        self._requests_seen = 0
        self._draining = self._planned = False
        self._pauses: list[tuple[Instant, asyncio.Future[None]]] = []
        self._asked: tuple[str, bytes, bytes] = ("", b"", b"")
        self._asked_at = self._repeats = 0
        self._told: set[str] = set()
        self._waited_for = False
        self._stir()

    def around(self, app: AsgiApp) -> App:
        """The app of a port; time never jumps while it answers, and its pauses are virtual time."""
        paced = attrs.evolve(app, pause=self.pause)

        async def counted(scope: Message, receive: Receive, send: Send) -> None:
            whole = False

            async def receive_and_watch() -> Message:
                nonlocal whole
                if not whole:
                    message = await receive()
                    whole = not message.get("more_body", False)
                    return message
                # It only waits for its client to go, which may be a matter of time.
                with self._held_back():
                    return await receive()

            self._requests.begin()
            try:
                await self._slow_down(scope)
                await paced(scope, receive_and_watch, send)
            finally:
                self._requests.end()

        return counted

    async def pause(self, seconds: float) -> None:
        """Hold an answer back for so long; time may jump over it."""
        until = self._clock.now() + round(seconds * SECOND)
        over = self._loop.create_future()
        self._pauses.append((until, over))
        self.coordinator.pauses.append(until)
        try:
            with self._held_back():
                await over
        finally:
            self.coordinator.pauses.remove(until)

    @contextlib.contextmanager
    def _held_back(self) -> Iterator[None]:
        self._requests.end()
        try:
            yield
        finally:
            self._requests.begin()

    async def _slow_down(self, scope: Message) -> None:
        """A client that asks the same again and again without a pause is held back: its time would never come."""
        asked = (str(scope["method"]), bytes(scope.get("raw_path") or b""), bytes(scope["query_string"]))
        now = self._clock.now()
        if asked != self._asked or now != self._asked_at or asked[0] not in ("GET", "HEAD"):
            self._asked, self._asked_at, self._repeats = asked, now, 0
            return
        self._repeats += 1
        if self._repeats > REPEATS:
            await self.pause(min(2.0 ** (self._repeats - REPEATS) / 1000, LONGEST_HOLD))
            self._asked_at = self._clock.now()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve in the running loop for the duration of a ``with`` block."""
        self._loop = loop = asyncio.get_running_loop()
        self._clock.on_move = self._moved
        self._requests.ended = lambda: self._plan(AFTER_REQUEST)
        server = await loop.create_unix_server(lambda: Line(self), str(self._socket))
        watcher = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watcher.cancel()
            server.close()
            for connected in list(self._lines.values()):
                connected.transport.close()
            self._requests.ended = lambda: None
            self._clock.on_move = None

    # What processes say.

    def joined(self, connection: Line, process: Process) -> None:
        """A process says hello."""
        self._stir()
        self._lines[connection.key] = connection
        self._send(
            self.coordinator.joined(connection.key, process), "joined", process.pid, process.pid, *process.ancestors
        )

    def left(self, connection: Line) -> None:
        """A process has gone, in whatever way."""
        if self._lines.pop(connection.key, None) is not None:
            pid = self.coordinator.processes[connection.key].pid
            self._send(self.coordinator.left(connection.key), "left", pid)
            self._consider()

    def heard(self, key: Key, verb: str, rest: str) -> None:
        """A line from a process that has said hello."""
        self._stir()
        if verb == "idle":
            self.coordinator.rested(key, parse_idle(rest))
        elif verb == "roused":
            self.coordinator.roused(key)
        elif verb in ("yes", "no"):
            self.coordinator.answered(key, int(rest), still_idle=verb == "yes")
        elif verb == "signalled":
            self._send(self.coordinator.signalled(int(rest)), "signalled")
        elif verb == "stuck":
            self._tell_stuck(key, *rest.split(" ", 1))
            return
        else:
            raise WireError(verb)
        self._consider()

    # What follows.

    def _consider(self) -> None:
        """Jump, ask, or leave it to whatever happens next."""
        if self._draining or self._requests.under_way:
            return
        decision = self._decide()
        if isinstance(decision, Ask):
            for key, sequence in decision.whom:
                self._send([key], "ask", decision.proposal, sequence)
        elif isinstance(decision, Jump):
            if self._mock.busy():
                self._plan(LOOK_AGAIN)
            else:
                self._draining = True
                self._loop.call_soon(self._drain, ROUNDS, self.coordinator.version)

    def _decide(self) -> Decision:
        if self._requests.begun != self._requests_seen:
            self._requests_seen = self._requests.begun
            self._stir()
            self.coordinator.disturbed()
        return self.coordinator.decide()

    def _drain(self, rounds: int, version: int) -> None:
        """Everything that was sent before the last process said that it waits is read first."""
        if rounds:
            self._loop.call_soon(self._drain, rounds - 1, version)
            return
        self._draining = False
        decision = self._decide()
        if isinstance(decision, Jump) and version == self.coordinator.version and not self._requests.under_way:
            self._jump(decision.to)
        else:
            self.coordinator.disturbed()
            self._consider()

    def _jump(self, to: Instant) -> None:
        stop = self._mock.next_stop()
        self.jumps += 1
        self._clock.jump_to(to if stop is None else min(to, stop))
        self._mock.catch_up()

    def _moved(self, now: Instant) -> None:
        """The clock was moved, here or by the control API, on any thread."""
        self._page.show(now)
        self._loop.call_soon_threadsafe(self._tell_time)

    def _tell_time(self) -> None:
        self._stir()
        now = self._clock.now()
        for until, over in self._pauses:
            if until <= now and not over.done():
                over.set_result(None)
        self._pauses = [(until, over) for until, over in self._pauses if until > now]
        self._send(self.coordinator.moved(now), "wake")
        self._consider()

    def _plan(self, delay: float) -> None:
        """Consider again soon: what has just been answered will first be heard of from the one who asked."""
        if not self._planned:
            self._planned = True
            self._loop.call_later(delay, self._carry_out)

    def _carry_out(self) -> None:
        self._planned = False
        self._consider()

    def _send(self, keys: Iterable[Key], *words: object) -> None:
        for key in keys:
            self._lines[key].transport.write(line(*words))

    # Why nothing moves.

    def _stir(self) -> None:
        self._last_stir = time.monotonic()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(PATIENCE / 5)
            if time.monotonic() - self._last_stir > PATIENCE:
                self._stir()  # Asked again later: who computes now may wait then.
                self._ask_why()

    def _ask_why(self) -> None:
        processes = self.coordinator.processes
        members = [process for process in processes.values() if process.member]
        decision = self.coordinator.decide()
        if not members:
            self._tell("no Python process has joined the run (one that is started with -I, -S or -E cannot)")
        elif self._requests.under_way:
            self._tell("a request is under way")
        elif isinstance(decision, Stand) and decision.because:
            self._waited_for = decision.waited_for
            self._send(decision.because, "explain")
        elif isinstance(decision, Stand) and not decision.waited_for:
            self._tell(f"nobody waits for a time; all of {names(members)} wait for each other or for something outside")

    def _tell_stuck(self, key: Key, waited_for: str, text: str) -> None:
        if text != "-" and (self._waited_for or waited_for != "-"):
            waiting = "a wait that the hook cannot see; time moves on when it is over"
            self._tell(f"{names([self.coordinator.processes[key]])} is in {waiting}: {text}")

    def _tell(self, reason: str) -> None:
        if reason not in self._told:
            self._told.add(reason)
            self._say(f"virtual time has not moved for {PATIENCE:g} s: {reason}")


class Line(asyncio.Protocol):
    """The connection of one process."""

    _keys = itertools.count()

    def __init__(self, service: TimeService) -> None:
        self.key: Key = next(self._keys)
        self.transport: asyncio.WriteTransport
        self._service = service
        self._received = b""
        self._known = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A process has connected."""
        self.transport = cast("asyncio.WriteTransport", transport)  # uvloop's is one in all but name.

    def data_received(self, data: bytes) -> None:
        """Take the lines that are complete. One that makes no sense ends the connection."""
        *lines, self._received = (self._received + data).split(b"\n")
        try:
            for text in lines:
                self._take(*text.decode("utf-8", "replace").partition(" "))
        except ValueError as error:
            log.error("a process of the run sent a line that makes no sense: %s", error)
            self.transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        """A process has ended."""
        self._service.left(self)

    def _take(self, verb: str, _: str, rest: str) -> None:
        if self._known:
            self._service.heard(self.key, verb, rest)
        elif verb == "hello":
            self._known = True
            self._service.joined(self, parse_hello(rest))
        else:
            raise WireError(verb)
