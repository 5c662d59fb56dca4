"""The tables of a measurement: medians, ratios, and whether the ratios that were aimed for are there. No I/O."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import attrs

from benchmarks.__main__ import markdown
from benchmarks.bench_sync.data import DATA_SETS
from benchmarks.bench_sync.measure import Cost
from benchmarks.bench_sync.tools import CASES, TOOLS, versions

Costs: TypeAlias = dict[tuple[str, str, str], list[Cost]]
"""The cost of every run, by data set, case and tool."""

REACHED = 0.85  # of a ratio that is aimed for: within 15 % counts
MEMORY = 100.0  # MB


@attrs.frozen
class Target:
    """How many times faster than the official package, and than the fastest of the named peers."""

    official: float
    peer: float = 0.0
    peers: tuple[str, ...] = ()


RCLONE = ("rclone", "rclone --checksum")
FASTEST = ("s5cmd", *RCLONE)
TARGETS: Mapping[tuple[str, str], Target] = {
    ("S", "upload"): Target(7.5, 1.5, RCLONE),
    ("S", "download"): Target(6, 1.1, RCLONE),
    ("S", "no-op"): Target(8, 1, FASTEST),
    ("S", "1 %"): Target(6.5, 1, FASTEST),
    ("S", "no-op download"): Target(60, 1, FASTEST),
    ("M", "upload"): Target(4.5, 1.3, ("s5cmd",)),
    ("M", "download"): Target(4, 1.25, ("s5cmd",)),
    ("L", "upload"): Target(1.9, 1.2, RCLONE),
    ("L", "download"): Target(1.9, 1, ("s5cmd",)),
    ("S", "running"): Target(9),
    ("M", "running"): Target(50),
    ("L", "running"): Target(300),
}


def report(server: str, costs: Costs, runs: int) -> str:
    """The part about one server."""
    head = (
        f"Medians of up to {runs} interleaved runs; wall seconds of a whole process (CPU s, peak MB, runs); `running`: "
        f"a call without changes inside a process. Client and server share {os.cpu_count()} cores; load "
        f"{os.getloadavg()[0]:.1f} at the end. Python {platform.python_version()}, {versions()}."
    )
    parts = [f"## {server}", head]
    for data in DATA_SETS:
        if rows := list(_rows(data, costs)):
            cases = [case for case in CASES if any(each[:2] == (data, case) for each in costs)]
            parts += [f"### {data}", markdown([["tool", *cases], *rows])]
    parts += ["### Ratios", markdown([["case", "official ÷ ours", "aim", "peer ÷ ours", "aim"], *_ratios(costs)])]
    most = max(
        (cost.memory for (_, _, tool), all_runs in costs.items() if tool == "ours" for cost in all_runs), default=0
    )
    return "\n\n".join([*parts, f"Most memory of ours in any run: {most:.0f} MB (aim: below {MEMORY:.0f})."])


def _rows(data: str, costs: Costs) -> Iterator[list[str]]:
    for tool in TOOLS:
        found = [costs[data, case, tool] for case in CASES if (data, case, tool) in costs]
        if any(found):
            yield [tool, *(_cell(runs) for runs in found)]


def _cell(runs: list[Cost]) -> str:
    if not runs:
        return "–"
    cpu, memory = statistics.median(run.cpu for run in runs), max(run.memory for run in runs)
    return f"{_median(runs):.3g} ({cpu:.2g}, {memory:.0f}, {len(runs)})"


def _ratios(costs: Costs) -> Iterator[list[str]]:
    for (data, case), target in TARGETS.items():
        ours = costs.get((data, case, "ours"))
        if not ours:
            continue
        official = costs.get((data, case, "official"), [])
        row = [f"{data} {case}", *_ratio(_median(ours), {"": official}, target.official)]
        peers = {peer: costs.get((data, case, peer), []) for peer in target.peers}
        yield [*row, *_ratio(_median(ours), peers, target.peer)]


def _ratio(ours: float, others: Mapping[str, list[Cost]], aim: float) -> tuple[str, str]:
    """The ratio to the fastest of the others, and the aim with whether it is reached."""
    measured = {_median(runs): name for name, runs in others.items() if runs}
    if not measured or not aim:
        return "–", f"≥ {aim:g}" if aim else "–"
    best = min(measured)
    ratio = best / ours
    said = "reached" if ratio >= aim else "reached within 15 %" if ratio >= aim * REACHED else "**missed**"
    return f"{ratio:.2f} {measured[best]}".strip(), f"≥ {aim:g}: {said}"


def _median(runs: list[Cost]) -> float:
    return statistics.median(run.wall for run in runs)
