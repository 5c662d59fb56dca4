"""Waits for file descriptors: ``select``, and sockets that block. Whoever has data is never kept waiting."""

from __future__ import annotations

import select
import sys

from . import real
from .clock import deadline
from .hub import hub

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable
    from typing import Any

mock_ports: frozenset[int] = frozenset()
"""The ports of the mock."""

GRACE = 5
"""Milliseconds in which an answer of the mock is waited for before the wait is announced: most need no more."""

EMPTY_LOOKS = 10_000
"""So many looks in a row without waiting, at nothing, are a busy loop: from then on each takes a millisecond."""

_looks = [0, 0]  # Empty looks so far, and the hub's count of rests at the first.


class Poll:
    """``select.poll()``."""

    def __init__(self) -> None:
        self._real = real.poll()
        self._masks: dict[int, int] = {}

    def register(self, fd: Any, eventmask: int = select.POLLIN | select.POLLPRI | select.POLLOUT) -> None:
        """As documented."""
        self._real.register(fd, eventmask)
        self._masks[_number(fd)] = eventmask

    def modify(self, fd: Any, eventmask: int) -> None:
        """As documented."""
        self._real.modify(fd, eventmask)
        self._masks[_number(fd)] = eventmask

    def unregister(self, fd: Any) -> None:
        """As documented."""
        self._real.unregister(fd)
        self._masks.pop(_number(fd), None)

    def poll(self, timeout: float | None = None) -> list[tuple[int, int]]:
        """As documented; in milliseconds."""
        events = self._real.poll(0)
        seconds = None if timeout is None or timeout < 0 else timeout / 1000
        if events or _only_looks(seconds):
            return events
        if _wait(list(self._masks.items()), seconds):
            return self._real.poll(0)
        return []


class Epoll:
    """``select.epoll()``."""

    def __init__(self, sizehint: int = -1, flags: int = 0) -> None:
        self._real: Any = real.epoll(sizehint, flags)

    @classmethod
    def fromfd(cls, fd: int) -> Epoll:
        """As documented."""
        made = cls.__new__(cls)
        made._real = real.epoll.fromfd(fd)
        return made

    def poll(self, timeout: float | None = None, maxevents: int = -1) -> Any:
        """As documented; in seconds."""
        events = self._real.poll(0, maxevents)
        seconds = None if timeout is None or timeout < 0 else timeout
        if events or _only_looks(seconds):
            return events
        if _wait([(self._real.fileno(), select.POLLIN)], seconds):
            return self._real.poll(0, maxevents)
        return []

    def __enter__(self) -> Epoll:
        self._real.__enter__()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._real.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class Select:
    """``select.select`` as a bound method, which stays as it is when a class holds it."""

    def select(
        self, rlist: Iterable[Any], wlist: Iterable[Any], xlist: Iterable[Any], timeout: float | None = None, /
    ) -> Any:
        """As documented."""
        lists = [list(rlist), list(wlist), list(xlist)]
        ready = real.select_fds(lists[0], lists[1], lists[2], 0)
        if timeout is not None and timeout < 0:
            raise ValueError("timeout must be non-negative")
        if any(ready) or _only_looks(timeout):
            return ready
        masks: dict[int, int] = {}
        for files, mask in zip(lists, (select.POLLIN, select.POLLOUT, select.POLLPRI), strict=True):
            for file in files:
                masks[_number(file)] = masks.get(_number(file), 0) | mask
        _wait(list(masks.items()), timeout)
        return real.select_fds(lists[0], lists[1], lists[2], 0)


def _number(file: Any) -> int:
    number: int = file if isinstance(file, int) else file.fileno()
    return number


def _wait(fds: list[tuple[int, int]], seconds: float | None) -> bool:
    return hub.wait_for_fds(fds, deadline(hub.clock.now(), seconds))


def _only_looks(seconds: float | None) -> bool:
    """Whether a wait is none. Loops that look again and again must not keep time from moving for ever."""
    if seconds != 0:
        return False
    if _looks[1] != hub.rests:
        _looks[:] = 0, hub.rests
    _looks[0] += 1
    if _looks[0] > EMPTY_LOOKS:
        hub.sleep_until(hub.clock.now() + 1000)
        _looks[1] = hub.rests  # Our own rest does not end the loop.
    return True


# Blocking sockets.

RECEIVES = ("recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into", "accept")


def _receiving(method: Callable[..., Any]) -> Callable[..., Any]:
    from functools import wraps

    @wraps(method)
    def receive(self: socket.socket, *args: Any, **named: Any) -> Any:
        await_readable(self)
        return method(self, *args, **named)

    return receive


def await_readable(sock: socket.socket) -> None:
    """Block as the socket would; raises TimeoutError as it does."""
    timeout = sock.gettimeout()
    if timeout == 0 or sock.fileno() < 0:
        return
    fds = [(sock.fileno(), select.POLLIN)]
    first = real.poll()
    first.register(*fds[0])
    if first.poll(GRACE if _leads_to_mock(sock) else 0):
        return
    if not _wait(fds, timeout):
        raise TimeoutError("timed out")


def _leads_to_mock(sock: socket.socket) -> bool:
    try:
        peer = sock.getpeername()
    except OSError:
        return False
    return isinstance(peer, tuple) and len(peer) > 1 and peer[1] in mock_ports


def hook_sockets(module: Any) -> None:
    """Replace the receiving methods of ``socket.socket``."""
    for name in RECEIVES:
        setattr(module.socket, name, _receiving(getattr(module.socket, name)))


def hook_ssl(module: Any) -> None:
    """Wait before an encrypted socket reads, unless it has something left from before."""
    read = module.SSLSocket.read

    def waiting_read(self: Any, *args: Any, **named: Any) -> Any:
        if self._sslobj is not None and not self.pending():
            await_readable(self)
        return read(self, *args, **named)

    module.SSLSocket.read = waiting_read


def install(ports: frozenset[int]) -> None:
    """Put the functions of ``select`` in place, before ``selectors`` is imported."""
    global mock_ports
    mock_ports = ports
    select.select = Select().select
    select.poll = Poll  # type: ignore[misc, assignment]
    if real.epoll is not None:
        select.epoll = Epoll  # type: ignore[misc, assignment]
    selectors = sys.modules.get("selectors")
    for name, attribute in (("PollSelector", Poll), ("EpollSelector", Epoll)):
        if hasattr(selectors, name):
            getattr(selectors, name)._selector_cls = attribute
