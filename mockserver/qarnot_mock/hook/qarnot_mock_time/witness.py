"""Who keeps time from moving in this process, for a person: threads that neither wait where the hook sees it nor
compute, and processes that have no hook.
"""

from __future__ import annotations

import os
import sys
import time
from types import FrameType

from . import real
from .hub import hub

SAMPLE = 0.05
BUSY = 0.2
"""The share of a sample that a thread must have computed to be left in peace."""

HERE = os.path.dirname(__file__)


def stuck_threads() -> list[str]:
    """A phrase for each."""
    running = [ident for ident, member in list(hub.members.items()) if member.counted and not member.waiting]
    before = {ident: _computed(ident) for ident in running}
    real.sleep(SAMPLE)
    frames = sys._current_frames()
    idle = [ident for ident in running if _computed(ident) - before[ident] < SAMPLE * BUSY]
    phrases = [f"thread {_name(ident)!r} {_place(frames.get(ident))}" for ident in idle if ident in hub.members]
    return phrases + [f"process {pid} ({_command(pid)}), which has no hook" for pid in hub.unseen_children()]


def _computed(ident: int) -> float:
    try:
        return time.clock_gettime(time.pthread_getcpuclockid(ident))
    except (OSError, AttributeError):
        return 0.0


def _name(ident: int) -> str:
    thread = getattr(sys.modules.get("threading"), "_active", {}).get(ident)
    return thread.name if thread is not None else str(ident)


def _place(frame: FrameType | None) -> str:
    while frame is not None and os.path.dirname(frame.f_code.co_filename) == HERE:
        frame = frame.f_back
    if frame is None:
        return "outside Python"
    return f"in {frame.f_code.co_name}() at {frame.f_code.co_filename}:{frame.f_lineno}"


def _command(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()[:80]
    except OSError:
        return "ended"
