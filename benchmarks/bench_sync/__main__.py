"""Measures synchronisations: ``python -m benchmarks.bench_sync [--case S-upload,M] [--tools ours,rclone] [--runs 1]``.

Runs are interleaved: every tool has its turn before any has its second. With everything (no ``--case``, ``--tools`` or
``--server``), or with ``--write``, the tables go to ``results-sync.md``.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import servers
from benchmarks.bench_sync.data import DATA_SETS
from benchmarks.bench_sync.measure import Cost
from benchmarks.bench_sync.rounds import round_of
from benchmarks.bench_sync.table import Costs, report
from benchmarks.bench_sync.tools import CASES, TOOLS, Site
from benchmarks.s3_servers import KEY, SECRET, SERVERS

RESULTS = Path(__file__).parent.parent / "results-sync.md"
STORAGES = {"SeaweedFS": "SeaweedFS", "mock": "mock, in memory"}


def main() -> None:
    """Measure, print, and write."""
    options = _options()
    if Path("/dev/shm").is_dir():
        tempfile.tempdir = os.environ["TMPDIR"] = "/dev/shm"  # files in memory: no disk is measured
    parts = [report(name, _measured(name, options), options.runs) for name in options.server]
    text = "\n\n".join(parts)
    print(text)
    if options.write or len(options.case) * len(options.tools) * len(options.server) == options.everything:
        RESULTS.write_text(f"# Synchronisation\n\n{text}\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    cells = [f"{data}-{case}" for data in DATA_SETS for case in CASES]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_sync", description=__doc__)
    parser.add_argument("--case", default=",".join(cells), help="data sets (S), cases (S-upload), separated by commas")
    parser.add_argument("--tools", default=",".join(TOOLS), help="separated by commas: " + ", ".join(TOOLS))
    parser.add_argument("--server", default=",".join(STORAGES), help="separated by commas: " + ", ".join(STORAGES))
    parser.add_argument("--runs", type=int, default=5, help="of each cell")
    parser.add_argument("--enough", type=float, default=20.0, help="seconds of a cell after which no run is begun")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name} whatever was measured")
    options = parser.parse_args()
    asked = options.case.split(",")
    options.case = [cell for cell in cells if cell in asked or cell.partition("-")[0] in asked]
    options.tools, options.server = options.tools.split(","), options.server.split(",")
    options.everything = len(cells) * len(TOOLS) * len(STORAGES)
    for name, known in (("tools", TOOLS), ("server", STORAGES)):
        if unknown := set(getattr(options, name)) - set(known):
            parser.error(f"--{name}: {', '.join(sorted(unknown))} is none of {', '.join(known)}")
    if not options.case:
        parser.error(f"--case: none of {', '.join(cells)}")
    return options


def _measured(server: str, options: argparse.Namespace) -> Costs:
    """Cost of every run by data set, case and tool."""
    costs: Costs = {}
    with _site(server) as (rest, storage), tempfile.TemporaryDirectory(prefix="bench-sync-") as folder:
        for name, data in DATA_SETS.items():
            cases = [cell.partition("-")[2] for cell in options.case if cell.startswith(f"{name}-")]
            if not cases:
                continue
            source = Path(folder) / name
            data.write(source)
            time.sleep(2)  # like files that were not written just now
            for number in range(options.runs):
                for tool in options.tools:
                    found = {case: costs.setdefault((name, case, tool), []) for case in cases}
                    wanted = [case for case, runs in found.items() if sum(each.wall for each in runs) < options.enough]
                    label = f"{name.lower()}-{number}-{list(TOOLS).index(tool)}"
                    site = Site(rest, storage, f"bench-{label}", Path(folder) / f"home-{label}")
                    for case, cost in round_of(TOOLS[tool], site, data, source, wanted, number + 1):
                        found[case].append(cost)
                        print(f"{server} {name} {case} {tool}: {_told(cost)}", flush=True)
    return costs


@contextlib.contextmanager
def _site(server: str) -> Iterator[tuple[str, str]]:
    """A REST API and a storage."""
    account = f"{SECRET}={KEY}"
    with (
        servers.mock("qarnot_mock", "serve", "--port", "0", "--account", account, core=None) as (port, _),
        SERVERS[STORAGES[server]]() as storage,
    ):
        yield f"http://127.0.0.1:{port}", storage


def _told(cost: Cost) -> str:
    return f"{cost.wall:.3f} s, CPU {cost.cpu:.2f} s, {cost.memory:.0f} MB"


if __name__ == "__main__":
    main()
