"""Starting and joining threads so that the hub knows who runs: what ``threading`` is built on."""

from __future__ import annotations

import _thread

from . import real
from .clock import deadline
from .hub import Member, hub
from .locks import check_timeout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_joinable = getattr(_thread, "start_joinable_thread", None)  # Since Python 3.13; before it there are sentinels.
_sentinel = getattr(_thread, "_set_sentinel", None)
_shutdown = getattr(_thread, "_shutdown", None)
_Handle = getattr(_thread, "_ThreadHandle", None)
_undying: set[Member] = set()
"""Threads that Python waits for at its end, where it does so without asking ``threading``."""


def start_new_thread(
    function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any] | None = None
) -> int:
    """``_thread.start_new_thread``."""
    member = hub.expect()
    try:
        return real.start_new_thread(_run, (member, function, args, kwargs or {}))
    except BaseException:
        hub.leave(member)
        raise


def start_joinable_thread(function: Callable[[], object], handle: Handle | None = None, daemon: bool = True) -> Handle:
    """``_thread.start_joinable_thread``."""
    assert _joinable is not None
    handle = Handle() if handle is None else handle
    handle.member = member = hub.expect()
    if not daemon:
        _undying.add(member)
    try:
        _joinable(lambda: _run(member, function, (), {}), handle=handle.real, daemon=daemon)
    except BaseException:
        _undying.discard(member)
        hub.leave(member)
        raise
    return handle


def _run(member: Member, function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    hub.adopt(member)
    try:
        function(*args, **kwargs)
    finally:
        _undying.discard(member)
        hub.leave(member)


class Handle:
    """``_thread._ThreadHandle``."""

    def __init__(self) -> None:
        assert _Handle is not None
        self.real: Any = _Handle()
        self.member: Member | None = None

    def join(self, timeout: float | None = None) -> None:
        """As documented."""
        seconds = None if timeout is None or timeout < 0 else timeout
        member = self.member
        if member is None or _await_end(member, seconds):
            self.real.join(timeout)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def shutdown() -> None:
    """``_thread._shutdown``: what Python does at its end."""
    assert _shutdown is not None
    while _undying:
        _await_end(next(iter(_undying)), None)
    _shutdown()


class Sentinel:
    """The lock that the interpreter releases when the calling thread has ended; ``threading`` joins by it."""

    __slots__ = ("__weakref__", "_lock", "_member")

    def __init__(self) -> None:
        assert _sentinel is not None
        self._lock = _sentinel()
        self._member = hub.member()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As for any lock."""
        limit = check_timeout(blocking, timeout)
        if self._lock.acquire(False):
            return True
        if not blocking or not hub.wait_for(self._is_over, self._member.joiners, deadline(hub.clock.now(), limit)):
            return False
        return bool(self._lock.acquire())

    def _is_over(self) -> bool:
        return self._member.ended or not self._lock.locked()

    def release(self) -> None:
        """As for any lock; ``threading`` does it for the main thread."""
        self._lock.release()
        while self._member.joiners:
            hub.wake_first(self._member.joiners)

    def locked(self) -> bool:
        """As for any lock."""
        return bool(self._lock.locked())

    def _at_fork_reinit(self) -> None:
        self._lock._at_fork_reinit()
        self._member = hub.member()


def _await_end(member: Member, seconds: float | None) -> bool:
    return hub.wait_for(lambda: member.ended, member.joiners, deadline(hub.clock.now(), seconds))


def install() -> None:
    """Put them in place, before anybody imports ``threading``."""
    _thread.start_new_thread = _thread.start_new = start_new_thread
    if _sentinel is not None:
        _thread._set_sentinel = Sentinel  # type: ignore[attr-defined]
    if _joinable is not None:
        _thread.start_joinable_thread = start_joinable_thread  # type: ignore[attr-defined]
        _thread._ThreadHandle = Handle  # type: ignore[attr-defined]
        _thread._shutdown = shutdown  # type: ignore[attr-defined]
