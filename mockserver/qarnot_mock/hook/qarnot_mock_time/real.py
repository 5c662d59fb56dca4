"""What this package itself waits and measures with: the interpreter's own functions, taken before they are replaced."""

from __future__ import annotations

import _thread
import os
import select
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

allocate_lock = _thread.allocate_lock
RLock = _thread.RLock
get_ident = _thread.get_ident
start_new_thread = _thread.start_new_thread
poll = select.poll
epoll: Any = getattr(select, "epoll", None)
select_fds = select.select
sleep = time.sleep
wall_ns = time.time_ns
stopwatch_ns = time.monotonic_ns
computed_ns = time.process_time_ns
waitid = os.waitid
waitpid = os.waitpid
kill = os.kill
killpg = os.killpg
