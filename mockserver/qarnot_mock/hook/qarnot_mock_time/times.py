"""The clocks of ``time`` and ``datetime`` by the hub's clock. No class is replaced: ``datetime`` stays what it is."""

from __future__ import annotations

import gc
import sys
import time
from time import struct_time
from types import SimpleNamespace

from . import real
from .clock import SECOND, FlowingClock, deadline
from .hub import hub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STOPWATCH_START = 100 * SECOND
"""What a monotonic clock shows when the run begins. Small, so that a float still holds its microseconds."""

BLOCK = 1000
BUSY_BLOCKS = 200
BUSY_READ = 10_000
"""So many blocks of a thousand reads in a row, each within 10 microseconds of computing (here in
nanoseconds), are a busy loop."""

BUSY_STEP = 100
"""Reads of a busy loop between two steps of time."""

LONGEST_STEP = SECOND

WALLS = tuple(getattr(time, name) for name in ("CLOCK_REALTIME", "CLOCK_TAI") if hasattr(time, name))
STOPWATCHES = tuple(
    getattr(time, name) for name in ("CLOCK_MONOTONIC", "CLOCK_MONOTONIC_RAW", "CLOCK_BOOTTIME") if hasattr(time, name)
)
_real_time = {name: getattr(time, name) for name in ("clock_gettime", "clock_gettime_ns", "get_clock_info", "gmtime",
              "localtime", "strftime", "asctime", "ctime")}  # fmt: skip


def _module(name: str) -> Any:
    return sys.modules[name]


class Times:
    """The functions of ``time``, as bound methods: a class that holds one does not become its first argument."""

    def __init__(self) -> None:
        self._reads = self._blocks = self._block_began = self._spinning_since = 0
        self._rests = -1

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        # So a pickled time.sleep is the other process's time.sleep.
        return _module, ("time",)

    def _now(self) -> int:
        self._reads += 1
        if self._reads >= (BUSY_STEP if self._spinning_since else BLOCK):
            self._watch_for_busy_loop()
        return hub.clock.now()

    def _watch_for_busy_loop(self) -> None:
        """A loop that does nothing but read the clock sleeps a little now and then, or its time would never come: a
        millisecond, later a hundredth of what it has slept so far, at most a second. What waits between reads, or
        works, is none; a program that takes very many readings is held for one, so the steps are small.
        """
        now = real.computed_ns()
        busy = self._rests == hub.rests and now - self._block_began < self._reads * BUSY_READ
        self._reads, self._block_began, self._rests = 0, now, hub.rests
        self._blocks = self._blocks + 1 if busy else 0
        if not busy:
            self._spinning_since = 0
        elif self._blocks >= BUSY_BLOCKS and not isinstance(hub.clock, FlowingClock):
            instant = hub.clock.now()
            self._spinning_since = self._spinning_since or instant
            hub.sleep_until(instant + min(max(1000, (instant - self._spinning_since) // 100), LONGEST_STEP))
            self._rests, self._block_began = hub.rests, real.computed_ns()

    def time(self) -> float:
        return self._now() / SECOND

    def time_ns(self) -> int:
        return self._now() * 1000

    def monotonic(self) -> float:
        return (self._now() - hub.clock.start + STOPWATCH_START) / SECOND

    def monotonic_ns(self) -> int:
        return (self._now() - hub.clock.start + STOPWATCH_START) * 1000

    def perf_counter(self) -> float:
        return (self._now() - hub.clock.start + STOPWATCH_START) / SECOND

    def perf_counter_ns(self) -> int:
        return (self._now() - hub.clock.start + STOPWATCH_START) * 1000

    def sleep(self, seconds: float, /) -> None:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        if seconds == 0:
            real.sleep(0)
            return
        hub.sleep_until(deadline(hub.clock.now(), seconds))

    def clock_gettime(self, clock: int, /) -> float:
        return self.clock_gettime_ns(clock) / 1e9

    def clock_gettime_ns(self, clock: int, /) -> int:
        if clock in WALLS:
            return self.time_ns()
        if clock in STOPWATCHES:
            return self.monotonic_ns()
        nanoseconds: int = _real_time["clock_gettime_ns"](clock)
        return nanoseconds

    def get_clock_info(self, name: str, /) -> Any:
        info = _real_time["get_clock_info"](name)
        if name not in ("time", "monotonic", "perf_counter"):
            return info
        # asyncio takes what is due within one resolution for due: it must be that of this clock.
        return SimpleNamespace(**{**vars(info), "implementation": "qarnot-mock", "resolution": 1e-6})

    def gmtime(self, seconds: float | None = None, /) -> struct_time:
        moment: struct_time = _real_time["gmtime"](self.time() if seconds is None else seconds)
        return moment

    def localtime(self, seconds: float | None = None, /) -> struct_time:
        moment: struct_time = _real_time["localtime"](self.time() if seconds is None else seconds)
        return moment

    def ctime(self, seconds: float | None = None, /) -> str:
        text: str = _real_time["ctime"](self.time() if seconds is None else seconds)
        return text

    def asctime(self, moment: Any = None, /) -> str:
        text: str = _real_time["asctime"](self.localtime() if moment is None else moment)
        return text

    def strftime(self, form: str, moment: Any = None, /) -> str:
        text: str = _real_time["strftime"](form, self.localtime() if moment is None else moment)
        return text


NAMES = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep", "clock_gettime",
         "clock_gettime_ns", "get_clock_info", "gmtime", "localtime", "ctime", "asctime", "strftime")  # fmt: skip


def hook_datetime(module: Any) -> None:
    """Let ``datetime.now`` and ``utcnow`` follow ``time.time``; ``today`` does so by itself.

    The methods are replaced in the type's own dictionary, right after it was made and before anybody looked them up.
    """
    cls, utc = module.datetime, module.timezone.utc

    def now(cls: Any, tz: Any = None) -> Any:
        """Returns new datetime object representing current time local to tz."""
        return cls.fromtimestamp(time.time(), tz)

    def utcnow(cls: Any) -> Any:
        """Return a new datetime representing UTC day and time."""
        if sys.version_info >= (3, 12):
            import warnings

            text = "datetime.datetime.utcnow() is deprecated: use timezone-aware objects to represent datetimes in UTC"
            warnings.warn(text, DeprecationWarning, stacklevel=2)
        return cls.fromtimestamp(time.time(), utc).replace(tzinfo=None)

    (attributes,) = gc.get_referents(cls.__dict__)
    attributes["now"], attributes["utcnow"] = classmethod(now), classmethod(utcnow)
    clear = getattr(sys, "_clear_internal_caches", None) or sys._clear_type_cache
    clear()
    if abs(cls.now(utc).timestamp() - time.time()) > 1:
        raise RuntimeError("this interpreter's datetime cannot be led by the mock's clock")


def install() -> dict[Any, Any]:
    """Put the functions of ``time`` in place; what stands for what."""
    times = Times()
    replaced = {getattr(time, name): getattr(times, name) for name in NAMES}
    for name in NAMES:
        setattr(time, name, getattr(times, name))
    return replaced
