"""Ties the time of a Python process to the clock of ``qarnot-mock run``: every wait that Python code can begin is seen,
and ends when the mock's clock says so. Loaded before anything else by ``sitecustomize``; standard library only.
"""

from __future__ import annotations

import _thread
import os
import sys

from . import keeper, locks, polling, processes, threads, times
from .clock import FlowingClock, PageClock
from .hub import hub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    WhenImported = Callable[[str, Callable[[Any], None]], None]


def install(description: str, when_imported: WhenImported) -> None:
    """Begin. ``description``: ``virtual PORTS DIRECTORY`` (where the page and the socket are) or
    ``x<factor> <wall> <start>`` (microseconds).
    """
    mode, first, second = description.split(" ", 2)
    socket_path: str | None = None
    ports: frozenset[int] = frozenset()
    if mode == "virtual":
        hub.clock = PageClock(os.path.join(second, "clock"))
        socket_path = os.path.join(second, "coordinator")
        ports = frozenset(map(int, first.split(",")))
    else:
        hub.clock = FlowingClock(float(mode[1:]), int(first), int(second))
    replaced = times.install()
    threads.install()
    replaced |= _install_locks()
    polling.install(ports)
    processes.install()
    _replace_copies(replaced)
    for name, change in (
        ("datetime", times.hook_datetime),
        ("socket", polling.hook_sockets),
        ("ssl", polling.hook_ssl),
        ("signal", processes.hook_signal),
        ("subprocess", processes.hook_subprocess),
        ("multiprocessing.synchronize", lambda module: processes.hook_semaphores(module._multiprocessing)),
        ("multiprocessing.connection", processes.hook_connections),
        ("uvloop", _without_uvloop),
    ):
        when_imported(name, change)
    keeper.start(socket_path)
    os.register_at_fork(after_in_child=lambda: _begin_again(socket_path))


def _begin_again(socket_path: str | None) -> None:
    assert isinstance(hub.keeper, keeper.Link | keeper.Stopwatch)
    hub.keeper.close()
    hub.keeper = None
    hub.start_again()
    keeper.start(socket_path)


def _install_locks() -> dict[Any, Any]:
    replaced: dict[Any, Any] = {
        getattr(_thread, name): new
        for name, new in (
            ("allocate_lock", locks.Lock),
            ("lock", locks.Lock),
            ("LockType", locks.Lock),
            ("RLock", locks.RLock),
        )
        if hasattr(_thread, name)
    }
    for name in ("allocate_lock", "allocate", "lock", "LockType"):
        if hasattr(_thread, name):
            setattr(_thread, name, locks.Lock)
    _thread.RLock = locks.RLock  # type: ignore[misc, assignment]
    import _queue

    replaced[_queue.SimpleQueue] = locks.SimpleQueue
    _queue.SimpleQueue = locks.SimpleQueue  # type: ignore[misc, assignment]
    return replaced


def _replace_copies(replaced: dict[Any, Any]) -> None:
    """What modules that are loaded already have imported by name."""
    for module in list(sys.modules.values()):
        if module is None or module.__name__.startswith(__name__):
            continue
        for name, value in list(vars(module).items()):
            try:
                new = replaced.get(value)
            except TypeError:  # unhashable
                continue
            if new is not None:
                setattr(module, name, new)


def _without_uvloop(module: Any) -> None:
    """Its timers cannot be seen; asyncio's own loop does the same."""
    import asyncio

    module.new_event_loop = asyncio.new_event_loop
    module.EventLoopPolicy = asyncio.DefaultEventLoopPolicy
    module.install = lambda: None
    module.run = asyncio.run
