"""How late the end of a task is noticed, against how many requests that took, for tasks of one second to a day.

Ours runs `wait()` itself, on a clock that moves only when it sleeps, against an answer that takes no time; the official
package looks every 10 seconds, its constant. Of each duration 20 tasks are waited for, ending at different moments.
"""

from __future__ import annotations

import json
from math import ceil
from statistics import mean

import httpx
from attrs import define

from qarnot_hl._core.settings import Settings
from qarnot_hl._sync.connection import Connection
from qarnot_hl._sync.task import Task

DURATIONS = {
    "1 s": 1,
    "5 s": 5,
    "10 s": 10,
    "30 s": 30,
    "1 min": 60,
    "5 min": 300,
    "1 h": 3600,
    "6 h": 21_600,
    "24 h": 86_400,
}
PHASES = 20
SPREAD = 10.0
OFFICIAL_PAUSE = 10.0


@define
class StillClock:
    """Time that passes only while somebody sleeps."""

    time: float = 0.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def ours(duration: float) -> tuple[float, int]:
    """Seconds from the end of a task until ``wait`` returns, and how many requests it sent."""
    clock, requests = StillClock(), 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal requests
        requests += 1
        state = "Success" if clock.time >= duration else "FullyExecuting"
        return httpx.Response(200, content=json.dumps({"uuid": "1", "name": "task", "state": state}))

    settings = Settings(cluster_url="http://cloud.example", token="t")
    with Connection._from_settings(settings, transport=httpx.MockTransport(answer), clock=clock) as connection:
        assert Task.from_json(connection, {"uuid": "1", "name": "task", "state": "Submitted"}).wait()
    return clock.time - duration, requests


def official(duration: float) -> tuple[float, int]:
    """The same for looks at 0, 10, 20, ... seconds."""
    looks = ceil(duration / OFFICIAL_PAUSE)
    return looks * OFFICIAL_PAUSE - duration, looks + 1


def table() -> list[list[str]]:
    """A row for each duration."""
    rows = [["duration", "ours: late by (mean, worst)", "requests", "official: late by (mean, worst)", "requests"]]
    for name, duration in DURATIONS.items():
        spread = min(SPREAD, float(duration))
        cells = [name]
        for way in ours, official:
            found = [way(duration + spread * phase / PHASES) for phase in range(PHASES)]
            late = [seconds for seconds, _ in found]
            cells += [f"{mean(late):.2f} s, {max(late):.2f} s", f"{mean(count for _, count in found):.0f}"]
        rows.append(cells)
    return rows
