"""Who runs and who waits in this process. Every wait that the hook sees goes through the hub, which marks a thread
as running at the moment something wakes it, not when it gets to run: so nobody ever looks idle between the two.

It moves no time: a keeper (see ``keeper.py``) is told when everybody waits, and wakes those whose time has come.
"""

from __future__ import annotations

import os
import select
import sys
from collections import deque
from contextlib import suppress

from . import real
from .clock import Clock, FlowingClock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Protocol

    Probe = Callable[[], bool]

    class Keeper(Protocol):
        """Who moves this process's time."""

        def idle(self, deadline: int | None, sealed: bool) -> None:
            """Everybody waits, the first until then. Sealed: nothing from outside this process can wake anybody."""

        def roused(self) -> None:
            """Somebody woke by himself after a sealed idle."""

        def signalled(self, pid: int) -> None:
            """A signal was sent to another process; 0 and less: to several."""

        def changed(self) -> None:
            """Somebody began a wait that must be looked at, or that ends earlier than all others."""


EXEMPT = {
    ("rich.live", "_RefreshThread"),
    ("rich.progress", "_TrackThread"),
    ("tqdm._monitor", "TMonitor"),
}
"""Threads that wake only to draw: their waits end when time has passed, but time does not move for them."""


class Member:
    """A thread, and what it waits for: until ``deadline``; for ``probe`` to be true, which is looked at every few
    milliseconds when ``watched``, and otherwise by the thread itself."""

    __slots__ = (
        "counted",
        "deadline",
        "depth",
        "ended",
        "exempt",
        "ident",
        "joiners",
        "nudged",
        "parker",
        "polls",
        "probe",
        "signal_fd",
        "waiting",
        "watched",
    )  # fmt: skip

    def __init__(self, counted: bool = True) -> None:
        self.ident = 0
        self.counted = counted
        self.exempt = self.polls = False
        self.depth = 0
        self.parker = real.allocate_lock()
        self.parker.acquire()
        self.signal_fd: int | None = None
        self.joiners: deque[Member] = deque()
        self.ended = False
        self.rest_over()

    def rest_over(self) -> None:
        """Nothing is waited for."""
        self.waiting = self.nudged = self.watched = False
        self.deadline: int | None = None
        self.probe: Probe | None = None

    def wake(self) -> None:
        """Let the thread go on, wherever it is blocked."""
        if self.polls and self.signal_fd is not None:
            os.eventfd_write(self.signal_fd, 1)
        elif not self.polls and self.parker.locked():
            self.parker.release()


class Interruption:
    """Lets a signal handler wait in the middle of a wait of the same thread: the outer one wakes for no reason then."""

    __slots__ = ("_hub", "_member", "_outer", "_outer_polls", "_was_waiting")

    def __init__(self, hub: Hub, member: Member) -> None:
        self._hub, self._member = hub, member

    def __enter__(self) -> None:
        member = self._member
        member.depth += 1
        if member.depth > 1:
            with self._hub.mutex:
                self._was_waiting = self._hub.rouse_self(member)
                self._outer, self._outer_polls = member.parker, member.polls
                member.parker = real.allocate_lock()
                member.parker.acquire()

    def __exit__(self, *exc_info: object) -> None:
        member = self._member
        member.depth -= 1
        if member.depth > 0:
            with self._hub.mutex:
                member.parker, member.polls = self._outer, self._outer_polls
                if self._was_waiting:
                    member.wake()


class Hub:
    """All threads of this process, and the processes it started that nobody speaks for."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.keeper: Keeper | None = None
        self._start()

    def _start(self) -> None:
        self.mutex = real.RLock()
        self.members: dict[int, Member] = {}
        self.children: set[int] = set()
        self.spoken_for: dict[int, frozenset[int]] = {}
        self.running = 0
        self.sequence = 0
        self.rests = 0
        self._sealed = False
        self.main = self.expect()
        self.adopt(self.main)

    def start_again(self) -> None:
        """In a forked child: the thread that forked is the only one."""
        for member in self.members.values():
            if member.signal_fd is not None:
                os.close(member.signal_fd)
        self._start()

    # Threads come and go.

    def expect(self) -> Member:
        """A thread is about to be started: it counts as running from here."""
        with self.mutex:
            self.running += 1
        return Member()

    def adopt(self, member: Member) -> None:
        """The calling thread is that member."""
        member.ident = real.get_ident()
        self.members[member.ident] = member

    def leave(self, member: Member) -> None:
        """The calling thread ends, or could not be started."""
        with self.mutex:
            if self.members.get(member.ident) is member:
                del self.members[member.ident]
            member.ended = True
            while member.joiners:
                self.wake_first(member.joiners)
            self.running -= 1
            self._tell_if_idle()
        if member.signal_fd is not None:
            os.close(member.signal_fd)

    def member(self) -> Member:
        """The calling thread. One that was not started by Python is not counted, because its end is not seen."""
        ident = real.get_ident()
        member = self.members.get(ident)
        if member is None:
            member = Member(counted=False)
            self.adopt(member)
        return member

    # Processes come and go.

    def add_child(self, pid: int) -> None:
        """A process was started: it counts as running until it ends or one that it started, or itself, has a hook."""
        with self.mutex:
            self.children.add(pid)
            self.running += not self._is_spoken_for(pid)
        self._changed()

    def remove_child(self, pid: int) -> None:
        """A process has ended."""
        with self.mutex:
            if pid in self.children:
                self.running -= not self._is_spoken_for(pid)
                self.children.discard(pid)
                self._tell_if_idle()

    def speak_for(self, pid: int, chain: Iterable[int] | None) -> None:
        """A hooked process with these ancestors has joined the run, or (None) has left it."""
        with self.mutex:
            before = sum(map(self._is_spoken_for, self.children))
            if chain is None:
                self.spoken_for.pop(pid, None)
            else:
                self.spoken_for[pid] = frozenset(chain)
            self.running -= sum(map(self._is_spoken_for, self.children)) - before
            self._tell_if_idle()

    def _is_spoken_for(self, pid: int) -> bool:
        return any(pid in chain for chain in self.spoken_for.values())

    def unseen_children(self) -> list[int]:
        """The processes that count as running."""
        return [pid for pid in self.children if not self._is_spoken_for(pid)]

    # Waits.

    def park(self, deadline: int | None, probe: Probe | None = None) -> None:
        """Block the calling thread until something wakes it, at the latest when time reaches ``deadline``.

        ``probe``: it is woken, within a few milliseconds, when this is true; it may be asked from another thread.
        It may also wake for no reason.
        """
        if sys.is_finalizing():
            return  # Nobody is left who could wake it.
        member = self.member()
        with Interruption(self, member):
            try:
                with self.mutex:
                    if member.nudged:
                        member.nudged = False
                        return
                    self._rest(member, deadline, probe, watched=probe is not None)
                member.parker.acquire()
            except BaseException:  # A signal handler has raised.
                with self.mutex:
                    if not self.rouse_self(member):
                        member.parker.acquire(False)
                raise

    def sleep_until(self, deadline: int | None) -> None:
        """Block the calling thread for so long, whatever else happens."""
        while (deadline is None or self.clock.now() < deadline) and not sys.is_finalizing():
            self.park(deadline)

    def wait_for(self, attempt: Callable[[], bool], waiters: deque[Member], deadline: int | None) -> bool:
        """Block until ``attempt`` succeeds; each :meth:`wake_first` is worth a try. False at ``deadline``."""
        member = self.member()
        try:
            while True:
                # In the queue before the attempt: what is let go of after it finds us there.
                if member not in waiters:
                    waiters.append(member)
                if attempt():
                    return True
                if deadline is not None and self.clock.now() >= deadline:
                    return False
                self.park(deadline)
                if sys.is_finalizing():
                    return attempt()
        except BaseException:
            if member not in waiters:
                self.wake_first(waiters)  # The turn was ours, and we cannot take it.
            raise
        finally:
            if member in waiters:
                waiters.remove(member)

    def wake_first(self, waiters: deque[Member]) -> None:
        """Let the first of a queue try."""
        with self.mutex:
            if not waiters:
                return
            member = waiters.popleft()
            if not self._rouse(member):
                member.nudged = True

    def wait_for_fds(self, fds: Iterable[tuple[int, int]], deadline: int | None) -> bool:
        """Block until a file descriptor has one of its ``select.POLL*`` events; False at ``deadline``."""
        ready, blocking = real.poll(), real.poll()
        for fd, events in fds:
            ready.register(fd, events)
            blocking.register(fd, events)
        member = self.member()
        if member.signal_fd is None:
            member.signal_fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        blocking.register(member.signal_fd, select.POLLIN)
        while not ready.poll(0):
            if sys.is_finalizing() or (deadline is not None and self.clock.now() >= deadline):
                return False
            with Interruption(self, member):
                self._wait_for_fds(member, blocking, lambda: bool(ready.poll(0)), deadline)
        return True

    def _wait_for_fds(self, member: Member, blocking: select.poll, probe: Probe, deadline: int | None) -> None:
        assert member.signal_fd is not None
        try:
            with self.mutex:
                self._rest(member, deadline, probe, watched=False)
            blocking.poll()
        finally:
            with self.mutex:
                if not self.rouse_self(member):
                    with suppress(BlockingIOError):
                        os.eventfd_read(member.signal_fd)

    # What the keeper does.

    def wake_due(self) -> None:
        """Let those go on whose deadline has come, the earliest first."""
        with self.mutex:
            now = self.clock.now()
            due = [(m.deadline, m.ident, m) for m in self.members.values() if m.waiting and m.deadline is not None]
            for deadline, _, member in sorted(due, key=lambda item: item[:2]):
                if deadline <= now:
                    self._rouse(member)

    def nudge_main(self) -> None:
        """A signal has come for this process: its main thread wakes for no reason, and runs the handler."""
        with self.mutex:
            self._rouse(self.main)

    def look(self) -> None:
        """Look at what tells nobody: watched waits, and started processes."""
        with self.mutex:
            for member in list(self.members.values()):
                if member.waiting and member.watched and member.probe is not None and member.probe():
                    self._rouse(member)
            for pid in list(self.children):
                if has_ended(pid):
                    self.remove_child(pid)

    def next_due(self) -> int | None:
        """When the first of all waits is over, those of threads that only draw included."""
        return min((m.deadline for m in list(self.members.values()) if m.deadline is not None), default=None)

    @property
    def must_look(self) -> bool:
        """Whether anything has to be looked at every few milliseconds."""
        return bool(self.children) or any(m.watched for m in list(self.members.values()))

    def is_idle(self, sequence: int) -> bool:
        """Whether everybody still waits as was told then, and nothing has come from outside."""
        with self.mutex:
            self.look()
            waiting = [member for member in self.members.values() if member.waiting]
            return self.running == 0 and self.sequence == sequence and not any(m.probe and m.probe() for m in waiting)

    def tell(self) -> None:
        """Tell the keeper again if everybody waits."""
        with self.mutex:
            self._tell_if_idle()

    # The books.

    def _rest(self, member: Member, deadline: int | None, probe: Probe | None, watched: bool) -> None:
        member.deadline, member.probe, member.watched = deadline, probe, watched
        member.polls = probe is not None and not watched
        member.exempt = _is_exempt(member.ident)
        member.waiting = True
        self.rests += 1
        if member.counted:
            self.running -= 1
        self._tell_if_idle()
        self._changed()

    def _rouse(self, member: Member) -> bool:
        if not member.waiting:
            return False
        member.wake()
        self._count_in(member)
        return True

    def rouse_self(self, member: Member) -> bool:
        """The calling thread goes on by itself; False when it was woken."""
        if not member.waiting:
            return False
        self._count_in(member)
        return True

    def _count_in(self, member: Member) -> None:
        member.rest_over()
        if member.counted:
            self.running += 1
            if self._sealed and self.keeper is not None:
                self.keeper.roused()
            self._sealed = False

    def _tell_if_idle(self) -> None:
        if self.running or self.keeper is None:
            return
        self.sequence += 1
        waiting = [member for member in self.members.values() if member.waiting]
        self._sealed = not any(m.probe is not None or (m.exempt and m.deadline is not None) for m in waiting)
        deadlines = [m.deadline for m in waiting if m.deadline is not None and not m.exempt]
        self.keeper.idle(min(deadlines, default=None), self._sealed)

    def _changed(self) -> None:
        if self.keeper is not None:
            self.keeper.changed()


def has_ended(pid: int) -> bool:
    """Whether a child is over, without taking its exit code from whoever waits for it."""
    try:
        return real.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def _is_exempt(ident: int) -> bool:
    threading = sys.modules.get("threading")
    thread = getattr(threading, "_active", {}).get(ident)
    return (type(thread).__module__, type(thread).__qualname__) in EXEMPT


hub = Hub(FlowingClock(1, 0, 0))
"""The hub of this process. Its clock and its keeper are given when the hook is installed."""
