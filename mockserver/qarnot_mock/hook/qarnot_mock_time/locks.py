"""Locks and the queue of idle pool workers, with waits that the hub sees. They stand in for the interpreter's own."""

from __future__ import annotations

from collections import deque
from types import GenericAlias

from . import real
from .clock import deadline
from .hub import Member, hub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LONGEST = 2**63 / 1e9


class Lock:
    """``threading.Lock``."""

    __slots__ = ("__weakref__", "_real", "_waiters")

    def __init__(self) -> None:
        self._real = real.allocate_lock()
        self._waiters: deque[Member] = deque()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As documented."""
        limit = None if timeout == -1 else check_timeout(blocking, timeout)
        if self._real.acquire(False):
            return True
        return bool(blocking) and hub.wait_for(self._take, self._waiters, deadline(hub.clock.now(), limit))

    def _take(self) -> bool:
        return self._real.acquire(False)

    def release(self) -> None:
        """As documented."""
        self._real.release()
        if self._waiters:
            hub.wake_first(self._waiters)

    def locked(self) -> bool:
        """As documented."""
        return self._real.locked()

    acquire_lock, release_lock, locked_lock = acquire, release, locked
    __enter__ = acquire

    def __exit__(self, *exc_info: object) -> None:
        self.release()

    def _at_fork_reinit(self) -> None:
        self._real = real.allocate_lock()
        self._waiters = deque()

    def __repr__(self) -> str:
        state = "locked" if self.locked() else "unlocked"
        return f"<{state} {type(self).__module__}.{type(self).__qualname__} object at {id(self):#x}>"


class RLock:
    """``threading.RLock``."""

    __slots__ = ("__weakref__", "_block", "_count", "_owner")

    def __init__(self) -> None:
        self._at_fork_reinit()

    def _at_fork_reinit(self) -> None:
        self._block = Lock()
        self._owner: int | None = None
        self._count = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As documented."""
        me = real.get_ident()
        if self._owner == me:
            check_timeout(blocking, timeout)
            self._count += 1
            return True
        if not self._block.acquire(blocking, timeout):
            return False
        self._owner, self._count = me, 1
        return True

    def release(self) -> None:
        """As documented."""
        if self._owner != real.get_ident():
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1
        if not self._count:
            self._owner = None
            self._block.release()

    __enter__ = acquire

    def __exit__(self, *exc_info: object) -> None:
        self.release()

    def locked(self) -> bool:
        """As documented."""
        return self._block.locked()

    def _is_owned(self) -> bool:
        return self._owner == real.get_ident()

    def _recursion_count(self) -> int:
        return self._count if self._is_owned() else 0

    def _release_save(self) -> tuple[int, int | None]:
        if not self._count:
            raise RuntimeError("cannot release un-acquired lock")
        state = self._count, self._owner
        self._count, self._owner = 0, None
        self._block.release()
        return state

    def _acquire_restore(self, state: tuple[int, int | None]) -> None:
        self._block.acquire()
        self._count, self._owner = state

    def __repr__(self) -> str:
        state = "locked" if self.locked() else "unlocked"
        return f"<{state} threading.RLock object owner={self._owner} count={self._count} at {id(self):#x}>"


class SimpleQueue:
    """``queue.SimpleQueue``, where the idle workers of a pool sit. ``put`` takes no lock: it may come from anywhere."""

    __slots__ = ("__weakref__", "_items", "_waiters")

    @classmethod
    def __class_getitem__(cls, item: Any) -> GenericAlias:
        return GenericAlias(cls, item)

    def __init__(self) -> None:
        self._items: deque[Any] = deque()
        self._waiters: deque[Member] = deque()

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """As documented."""
        self._items.append(item)
        if self._waiters:
            hub.wake_first(self._waiters)

    def put_nowait(self, item: Any) -> None:
        """As documented."""
        self.put(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """As documented."""
        if timeout is not None and timeout < 0 and block:
            raise ValueError("'timeout' must be a non-negative number")
        taken: list[Any] = []

        def take() -> bool:
            try:
                taken.append(self._items.popleft())
            except IndexError:
                return False
            return True

        if not take() and not (block and hub.wait_for(take, self._waiters, deadline(hub.clock.now(), timeout))):
            from queue import Empty

            raise Empty
        return taken[0]

    def get_nowait(self) -> Any:
        """As documented."""
        return self.get(False)

    def empty(self) -> bool:
        """As documented."""
        return not self._items

    def qsize(self) -> int:
        """As documented."""
        return len(self._items)


def check_timeout(blocking: bool, timeout: float) -> float | None:
    """The limit in seconds that a lock's arguments mean; refuses what the interpreter refuses."""
    if not blocking and timeout != -1:
        raise ValueError("can't specify a timeout for a non-blocking call")
    if timeout < 0 and timeout != -1:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > LONGEST:
        raise OverflowError("timeout value is too large")
    return None if timeout == -1 else timeout
