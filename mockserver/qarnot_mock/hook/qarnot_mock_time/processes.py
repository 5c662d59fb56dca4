"""Processes that this one starts and waits for, and what ``multiprocessing`` blocks on between them."""

from __future__ import annotations

import os
import select
import sys

from . import real
from .clock import deadline
from .hub import has_ended, hub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_fork = os.fork


def fork() -> int:
    """``os.fork``."""
    pid = _fork()
    if pid:
        hub.add_child(pid)
    return pid


def starting(start: Callable[..., int]) -> Callable[..., int]:
    """A function that starts a process and returns its pid."""

    def started(*args: Any, **named: Any) -> int:
        pid = start(*args, **named)
        hub.add_child(pid)
        return pid

    return started


def system(command: Any) -> int:
    """``os.system``."""
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", command], os.environ)
    return waitpid(pid, 0)[1]


def waitpid(pid: int, options: int, /) -> tuple[int, int]:
    """``os.waitpid``."""
    if not options & os.WNOHANG:
        _await(lambda: _is_waitable(*_which(pid), os.WEXITED | (os.WSTOPPED if options & os.WUNTRACED else 0)))
    result: tuple[int, int] = _reaped(real.waitpid(pid, options))
    return result


def wait() -> tuple[int, int]:
    """``os.wait``."""
    return waitpid(-1, 0)


def _waiting_like_waitpid(function: Callable[..., Any]) -> Callable[..., Any]:
    """``os.wait3`` and ``os.wait4``: the options come last."""

    def waits(*args: Any) -> Any:
        waitpid_of = args[0] if len(args) == 2 else -1
        if not args[-1] & os.WNOHANG:
            _await(lambda: _is_waitable(*_which(waitpid_of), os.WEXITED))
        return _reaped(function(*args))

    return waits


def waitid(kind: int, ident: int, options: int, /) -> Any:
    """``os.waitid``."""
    if not options & os.WNOHANG:
        _await(lambda: _is_waitable(kind, ident, options & ~os.WNOWAIT))
    result = real.waitid(kind, ident, options)
    if result is not None and not options & os.WNOWAIT and has_ended(result.si_pid):
        hub.remove_child(result.si_pid)
    return result


def kill(pid: int, number: int, /) -> None:
    """``os.kill``."""
    real.kill(pid, number)
    _signalled(pid)


def killpg(group: int, number: int, /) -> None:
    """``os.killpg``."""
    real.killpg(group, number)
    _signalled(-group)


def _signalled(pid: int) -> None:
    """Whoever gets a signal may wake by it, or die: that comes before time moves."""
    if pid == os.getpid() or pid <= 0:
        hub.nudge_main()
    if pid != os.getpid() and hub.keeper is not None:
        hub.keeper.signalled(pid)


def hook_signal(module: Any) -> None:
    """``signal.pthread_kill`` and ``raise_signal`` are for this process."""
    for name in ("pthread_kill", "raise_signal"):
        setattr(module, name, _for_ourselves(getattr(module, name)))


def _for_ourselves(function: Callable[..., None]) -> Callable[..., None]:
    def sends(*args: Any) -> None:
        function(*args)
        hub.nudge_main()

    return sends


def _which(pid: int) -> tuple[int, int]:
    if pid > 0:
        return os.P_PID, pid
    return (os.P_ALL, 0) if pid == -1 else (os.P_PGID, -pid or os.getpgrp())


def _is_waitable(kind: int, ident: int, options: int) -> bool:
    try:
        return real.waitid(kind, ident, options | os.WNOHANG | os.WNOWAIT) is not None
    except OSError:
        return True  # There is no such child: whoever waits finds out at once.


def _reaped(result: Any) -> Any:
    if result[0] and has_ended(result[0]):
        hub.remove_child(result[0])
    return result


def _await(probe: Callable[[], bool], limit: int | None = None) -> bool:
    while not probe():
        if limit is not None and hub.clock.now() >= limit:
            return False
        if sys.is_finalizing():
            break
        hub.park(limit, probe)
    return True


def hook_subprocess(module: Any) -> None:
    """``Popen.wait(timeout)`` looks again and again; here it waits once."""
    look = module.Popen._wait

    def wait_once(self: Any, timeout: float | None) -> Any:
        if timeout is not None and self.returncode is None:
            limit = deadline(hub.clock.now(), timeout)
            _await(lambda: self.returncode is not None or has_ended(self.pid), limit)
            if self.returncode is None and not has_ended(self.pid):
                raise module.TimeoutExpired(self.args, timeout)
            timeout = None
        return look(self, timeout)

    module.Popen._wait = wait_once


def hook_connections(module: Any) -> None:
    """A pipe of ``multiprocessing`` is waited for before it is read."""
    receive = module.Connection._recv

    def await_and_receive(self: Any, size: int, *args: Any) -> Any:
        if size > 0:
            hub.wait_for_fds([(self._handle, select.POLLIN)], None)
        return receive(self, size, *args)

    module.Connection._recv = await_and_receive


def hook_semaphores(module: Any) -> None:
    """Semaphores between processes: nobody is told when one is let go of, so they are looked at."""
    original = module.SemLock

    class SemLock:
        SEM_VALUE_MAX = original.SEM_VALUE_MAX

        def __init__(self, *args: Any) -> None:
            self._real = args[0] if isinstance(args[0], original) else original(*args)

        @classmethod
        def _rebuild(cls, *state: Any) -> SemLock:
            return cls(original._rebuild(*state))

        def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
            """As documented."""
            if self._real.acquire(False):
                return True
            if not block:
                return False
            limit = deadline(hub.clock.now(), None if timeout is None else max(0, timeout))
            while _await(lambda: not self._real._is_zero(), limit):
                if self._real.acquire(False):
                    return True
                if sys.is_finalizing():
                    break
            return False

        __enter__ = acquire

        def __exit__(self, *exc_info: object) -> None:
            self._real.release()

        def __getattr__(self, name: str) -> Any:
            return getattr(self._real, name)

    module.SemLock = SemLock


def install() -> None:
    """Put the functions of ``os`` and those that ``subprocess`` is made of in place."""
    import _posixsubprocess

    _posixsubprocess.fork_exec = starting(_posixsubprocess.fork_exec)
    os.fork, os.system = fork, system
    os.posix_spawn, os.posix_spawnp = starting(os.posix_spawn), starting(os.posix_spawnp)
    os.waitpid, os.wait, os.waitid = waitpid, wait, waitid
    os.kill, os.killpg = kill, killpg
    os.wait3, os.wait4 = _waiting_like_waitpid(os.wait3), _waiting_like_waitpid(os.wait4)
