"""Who moves the time of this process: the mock, told over a socket when everybody waits, or a stopwatch.

Each is a thread of its own that the hub does not count. When the mock goes away, time goes on by the wall.
"""

from __future__ import annotations

import _socket
import os
import select
import sys
from contextlib import suppress

from . import real
from .clock import FlowingClock
from .hub import Hub, hub
from .witness import stuck_threads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_EVERY = 2
"""Milliseconds between two looks at what cannot tell that it is over."""

LONGEST = 0.5
LINE = b"\n"


def start(socket_path: str | None) -> None:
    """Give the hub its keeper: the mock behind that socket or, without one, its own flowing clock."""
    if socket_path is None:
        assert isinstance(hub.clock, FlowingClock)
        hub.keeper = Stopwatch(hub, hub.clock)
    else:
        hub.keeper = Link(hub, socket_path)
    real.start_new_thread(hub.keeper.run, ())


class Stopwatch:
    """Wakes those whose time has come by the hub's flowing clock."""

    def __init__(self, hub: Hub, clock: FlowingClock) -> None:
        self._hub = hub
        self._clock = clock
        self._bell = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._planned: int | None = 0

    def idle(self, deadline: int | None, sealed: bool) -> None:
        """Time passes all the same."""

    def roused(self) -> None:
        """As above."""

    def changed(self) -> None:
        """Plan again when something is due before the next look."""
        due = self._hub.next_due()
        if self._hub.must_look or (due is not None and (self._planned is None or due < self._planned)):
            os.eventfd_write(self._bell, 1)

    def signalled(self, pid: int) -> None:
        """As above."""

    def run(self) -> None:
        """Until the process ends."""
        bell = real.poll()
        bell.register(self._bell, select.POLLIN)
        while True:
            self._planned = due = self._hub.next_due()
            pause = LONGEST if due is None else self._clock.wall_seconds(due - self._clock.now())
            pause = min(max(pause, 0), LOOK_EVERY / 1000 if self._hub.must_look else LONGEST)
            if bell.poll(pause * 1000):
                os.eventfd_read(self._bell)
            self._hub.look()
            self._hub.wake_due()

    def close(self) -> None:
        """In a forked child, which has a keeper of its own."""
        os.close(self._bell)


class Link:
    """The line to the mock: says when everybody waits, wakes those whose time has come when it says so.

    The words are those of ``qarnot_mock/timewarp/wire.py``.
    """

    def __init__(self, hub: Hub, path: str) -> None:
        self._hub = hub
        self._path = path
        self._bell = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._looking = False
        self._received = b""
        self._socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        self._socket.connect(path)
        self._say("hello", os.getpid(), ",".join(map(str, ancestors())), "bystander" if is_bystander() else "member",
                  " ".join(sys.orig_argv[1:3]))  # fmt: skip

    def idle(self, deadline: int | None, sealed: bool) -> None:
        """Everybody waits."""
        self._say("idle", self._hub.sequence, "-" if deadline is None else deadline, "sealed" if sealed else "open")

    def roused(self) -> None:
        """Somebody does not any more."""
        self._say("roused")

    def changed(self) -> None:
        """Begin to look."""
        if not self._looking and self._hub.must_look:
            self._looking = True
            os.eventfd_write(self._bell, 1)

    def signalled(self, pid: int) -> None:
        """A signal was sent to that process; 0 and less: to several."""
        self._say("signalled", pid)

    def run(self) -> None:
        """Until the process ends, or the mock does."""
        events = real.poll()
        events.register(self._bell, select.POLLIN)
        events.register(self._socket.fileno(), select.POLLIN)
        while True:
            self._looking = self._hub.must_look
            ready = [fd for fd, _ in events.poll(LOOK_EVERY if self._looking else None)]
            if self._bell in ready:
                os.eventfd_read(self._bell)
            if self._socket.fileno() in ready and not self._listen():
                break
            self._hub.look()
        self._go_on_alone()

    def close(self) -> None:
        """In a forked child, which has a keeper of its own."""
        self._socket.close()
        os.close(self._bell)

    def _listen(self) -> bool:
        try:
            received = self._socket.recv(65536)
        except OSError:
            received = b""
        *lines, self._received = (self._received + received).split(LINE)
        for line in lines:
            verb, *words = line.decode().split(" ")
            ORDERS[verb](self, *words)
        return bool(received)

    def _wake(self) -> None:
        self._hub.wake_due()
        # Nobody may have been due here: those who only draw, or whose wait was over already.
        if self._hub.running == 0:
            self._hub.tell()

    def _signalled(self) -> None:
        self._hub.nudge_main()
        self._wake()

    def _ask(self, proposal: str, sequence: str) -> None:
        self._say("yes" if self._hub.is_idle(int(sequence)) else "no", proposal)

    def _speak_for(self, pid: str, *chain: str) -> None:
        self._hub.speak_for(int(pid), map(int, chain))

    def _silent(self, pid: str) -> None:
        self._hub.speak_for(int(pid), None)
        self._hub.look()
        self._hub.tell()

    def _explain(self) -> None:
        waited_for = self._hub.next_due() is not None
        self._say("stuck", "waited-for" if waited_for else "-", "; ".join(stuck_threads()) or "-")

    def _say(self, *words: object) -> None:
        with suppress(OSError):  # The mock is gone; the reading side finds out.
            self._socket.sendall(" ".join(map(str, words)).replace("\n", " ").encode("utf-8", "replace") + LINE)

    def _go_on_alone(self) -> None:
        hub = self._hub
        hub.clock = FlowingClock(1, real.wall_ns() // 1000, hub.clock.now())
        hub.keeper = Stopwatch(hub, hub.clock)
        hub.keeper.run()


ORDERS: dict[str, Callable[..., None]] = {
    "wake": Link._wake,
    "ask": Link._ask,
    "joined": Link._speak_for,
    "left": Link._silent,
    "explain": Link._explain,
    "signalled": Link._signalled,
}


def is_bystander() -> bool:
    """Whether this process does nothing for anybody: multiprocessing's tracker sits in a read until all others end."""
    return any("resource_tracker import main" in word for word in sys.orig_argv)


def ancestors() -> list[int]:
    """The processes above this one, the nearest first."""
    chain, pid = [], os.getppid()
    while pid > 1:
        chain.append(pid)
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
                # The name in brackets may hold anything, brackets too.
                pid = int(file.read().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            break
    return chain
