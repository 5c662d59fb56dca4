"""One round of one tool on one data set: a new bucket, then every case after the other, each in a process of its own.

What a case left behind is counted: a tool that moved nothing would otherwise look fast.
"""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from benchmarks.bench_sync.data import DataSet
from benchmarks.bench_sync.measure import Cost, run
from benchmarks.bench_sync.tools import CASES, Site, Tool


def round_of(
    tool: Tool, site: Site, data: DataSet, source: Path, wanted: Collection[str], generation: int
) -> Iterator[tuple[str, Cost]]:
    """The cost of each wanted case. What it needs before it is done, too, and not told."""
    _ask_server(site, "create")
    target = site.home / "downloaded"
    target.mkdir(parents=True)
    try:
        for case in _needed(tool.cases & set(wanted), tool.cases):
            if case == "1 %":
                data.change(source, generation)
            directory = target if "download" in case else source
            cost, said = run(tool.command(site, case, str(directory)), site.environment())
            if case == "running":
                cost = Cost(statistics.median(float(line) for line in said.split()), cost.cpu, cost.memory)
            _check(site, case, data, target)
            if case in wanted:
                yield case, cost
    finally:
        _ask_server(site, "drop")
        shutil.rmtree(site.home, ignore_errors=True)


def _needed(wanted: Collection[str], possible: Collection[str]) -> list[str]:
    """The wanted cases with those that prepare them, in their order."""
    needed = set(wanted)
    if wanted:
        needed.add("upload")
    if "no-op download" in wanted:
        needed.add("download")
    return [case for case in CASES if case in needed & set(possible)]


def _check(site: Site, case: str, data: DataSet, target: Path) -> None:
    if "download" in case:
        there = [path for path in target.rglob("*") if path.is_file()]
        found, size = len(there), sum(path.stat().st_size for path in there)
        if size != data.files * data.size:
            raise RuntimeError(f"{case}: {size} bytes came instead of {data.files * data.size}")
    else:
        found = int(_ask_server(site, "count"))
    if found != data.files:
        raise RuntimeError(f"{case}: {found} files instead of {data.files}")


def _ask_server(site: Site, verb: str) -> str:
    command = [sys.executable, "-m", "benchmarks.bench_sync.child", "server", verb, "."]
    return run(command, site.environment())[1]
