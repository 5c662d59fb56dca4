"""How long ``run()`` takes for a task whose execution lasts one second, and all its phases on the mock seven:
ours against the official package.

Both are a whole process: start the interpreter, import, connect, submit, wait, read the output. The mock's clock is
real.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

from benchmarks import servers

RUNS = 5
SCRIPT = """
import time, {package} as qarnot
conn = qarnot.connection.Connection()
task = conn.create_task("one second", "docker-batch", 1)
task.constants["DOCKER_CMD"] = "echo done"
task.constants["MOCK_DURATION"] = "1"
began = time.perf_counter()
task.run()
assert "done" in task.stdout()
print(time.perf_counter() - began)
"""


def once(package: str, port: int, storage: str) -> tuple[float, float]:
    """(seconds in ``run()``, seconds of the whole process)."""
    environment = os.environ | {
        "QARNOT_CLUSTER_URL": f"http://127.0.0.1:{port}",
        "QARNOT_STORAGE_URL": storage,
        "QARNOT_CLIENT_TOKEN": "benchmark-token",
    }
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT.format(package=package)],
        env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return float(done.stdout.split()[-1]), time.perf_counter() - began


def table() -> list[list[str]]:
    """Medians of interleaved runs."""
    samples: dict[str, list[tuple[float, float]]] = {"qarnot_hl": [], "qarnot": []}
    with servers.mock("qarnot_mock", "serve", "--port", "0") as (port, storage):
        for _ in range(RUNS):
            for package, values in samples.items():
                values.append(once(package, port, storage))
    rows = [["package", "run(), median s", "whole process, median s"]]
    for package, values in samples.items():
        medians = [statistics.median(column) for column in zip(*values, strict=True)]
        rows.append([f"`{package}`", *(f"{value:.2f}" for value in medians)])
    return rows
