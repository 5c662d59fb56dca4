"""Decides when virtual time may jump, and to where. Pure: it knows what processes said and does no I/O.

A process says when all its threads wait, and for how long. Time may jump when every process has said so, those whose
threads could be woken from outside (by a file descriptor, say) have confirmed it since, and nothing is under way in
the mock. It then jumps to the earliest wake-up.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from qarnot_mock.sim.commands import Instant

Key = int
"""Names a connected process for as long as it is connected."""


@attrs.frozen
class Idle:
    """All threads of a process wait, the first of them until ``deadline`` (None: nobody's time will come).

    ``sequence`` tells this rest from the next. ``sealed``: only the process itself or time can end it.
    """

    sequence: int
    deadline: Instant | None
    sealed: bool


@attrs.define
class Process:
    """A connected process. ``idle`` is None while a thread of it runs; ``ancestors`` are the pids above it."""

    pid: int
    ancestors: tuple[int, ...] = ()
    member: bool = True
    title: str = ""
    idle: Idle | None = None
    confirmed: bool = False


@attrs.frozen
class Stand:
    """Time stands still; ``waited_for``: somebody waits for it, ``because``: those who run."""

    because: tuple[Key, ...] = ()
    waited_for: bool = False


@attrs.frozen
class Ask:
    """These processes must confirm that they still wait as they said."""

    proposal: int
    whom: tuple[tuple[Key, int], ...]


@attrs.frozen
class Jump:
    """Everybody waits: time goes there."""

    to: Instant


Decision = Stand | Ask | Jump


class Coordinator:
    """The processes of one run."""

    def __init__(self) -> None:
        self.processes: dict[Key, Process] = {}
        self.pauses: list[Instant] = []
        """When answers go on that the mock itself holds back."""
        self.version = 0
        """Changes whenever something happens that a decision depends on."""
        self._proposal = 0
        self._asked: frozenset[Key] = frozenset()

    def joined(self, key: Key, process: Process) -> list[Key]:
        """A process has connected; returns those among whose descendants it is."""
        self.processes[key] = process
        self.disturbed()
        return self._above(process)

    def left(self, key: Key) -> list[Key]:
        """A process has gone; returns those above it, which must look whether it was theirs to wait for."""
        process = self.processes.pop(key, None)
        self.disturbed()
        above = self._above(process) if process is not None else []
        for other in above:
            self.processes[other].idle = None
        return above

    def rested(self, key: Key, idle: Idle) -> None:
        """All threads of a process wait."""
        process = self.processes[key]
        process.idle, process.confirmed = idle, idle.sealed
        self.disturbed()

    def roused(self, key: Key) -> None:
        """A thread of a process does not wait any more."""
        self.processes[key].idle = None
        self.disturbed()

    def signalled(self, pid: int) -> list[Key]:
        """A signal was sent to a process (0 and less: to several); returns those that must say if they still wait."""
        hit = [key for key, process in self.processes.items() if process.pid == pid or pid <= 0]
        for key in hit:
            self.processes[key].idle = None
        self.disturbed()
        return hit

    def answered(self, key: Key, proposal: int, *, still_idle: bool) -> None:
        """A process has answered a question; answers to old questions mean nothing."""
        if proposal != self._proposal or key not in self._asked:
            return
        if still_idle:
            self.processes[key].confirmed = True
        else:
            self.roused(key)

    def disturbed(self) -> None:
        """Something has happened since the questions were asked: what was confirmed may not hold any more."""
        self.version += 1
        self._asked = frozenset()
        for process in self.processes.values():
            process.confirmed = process.idle is not None and process.idle.sealed

    def decide(self) -> Decision:
        """What may happen now. An :class:`Ask` is given once; while its answers come in, time stands."""
        members = [(key, process) for key, process in self.processes.items() if process.member]
        if not members:
            return Stand()
        running = tuple(key for key, process in members if process.idle is None)
        deadlines = [p.idle.deadline for _, p in members if p.idle is not None and p.idle.deadline is not None]
        deadlines += self.pauses
        if running or not deadlines:
            return Stand(running, bool(deadlines))
        unsure = tuple((key, p.idle.sequence) for key, p in members if p.idle is not None and not p.confirmed)
        if not unsure:
            return Jump(min(deadlines))
        if self._asked:
            return Stand(waited_for=True)
        self._proposal += 1
        self._asked = frozenset(key for key, _ in unsure)
        return Ask(self._proposal, unsure)

    def moved(self, now: Instant) -> list[Key]:
        """Time has moved; returns those that must be told. Whoever has a thread whose time has come runs again."""
        told = []
        for key, process in self.processes.items():
            idle = process.idle
            if idle is None:
                continue
            due = idle.deadline is not None and idle.deadline <= now
            if due:
                process.idle = None
            if due or not idle.sealed:
                told.append(key)
        self.disturbed()
        return told

    def _above(self, process: Process) -> list[Key]:
        return [key for key, other in self.processes.items() if other.pid in process.ancestors]


def names(processes: Iterable[Process]) -> str:
    """For people."""
    return ", ".join(f"process {process.pid} ({process.title})" for process in processes)
