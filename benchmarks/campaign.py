"""How fast a campaign of 24 simulated hours passes under `run --time virtual`: 10,000 tasks, 400 at a time, submitted
in bulk. Ours waits with `wait_all`, by pages; the official package task after task, with its own polling.

The wall time is that of the whole command, start of the mock and import included. The seed is the same.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import attrs

TASKS = 10_000
SCENARIO = Path(__file__).with_name("campaign.scenario.yaml")
SUBMIT = """
import sys, time, warnings
warnings.simplefilter("ignore")
import {package} as qarnot
began = time.time()
connection = qarnot.connection.Connection()
tasks = []
for number in range(int(sys.argv[1])):
    task = connection.create_task(f"task {{number}}", "docker-batch", 1)
    task.constants["DOCKER_CMD"] = "echo done"
    tasks.append(task)
for first in range(0, len(tasks), 500):
    connection.submit_tasks(tasks[first : first + 500])
{wait}
assert all(task.state == "Success" for task in tasks)
print(time.time() - began)
"""
WAITS = {
    "qarnot_hl": "connection.wait_all(tasks)",
    "qarnot": "for task in tasks:\n    task.wait()",
}


@attrs.frozen
class Campaign:
    """What one run took, in seconds."""

    simulated: float
    wall: float

    @property
    def factor(self) -> float:
        """Simulated seconds a second."""
        return self.simulated / self.wall


def run(package: str, tasks: int = TASKS) -> Campaign:
    """One campaign with a mock of its own."""
    code = SUBMIT.format(package=package, wait=WAITS[package])
    options = ["--time", "virtual", "--seed", "1", "--scenario", str(SCENARIO)]
    command = [sys.executable, "-m", "qarnot_mock", "run", *options, "--", sys.executable, "-c", code, str(tasks)]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Campaign(float(done.stdout), time.perf_counter() - began)


def table() -> list[list[str]]:
    """One run of each."""
    rows = [["package", "tasks", "simulated hours", "wall seconds", "factor"]]
    for package in WAITS:
        campaign = run(package)
        hours, wall = f"{campaign.simulated / 3600:.1f}", f"{campaign.wall:.0f}"
        rows.append([f"`{package}`", f"{TASKS:,}", hours, wall, f"{campaign.factor:,.0f}×"])
    return rows
