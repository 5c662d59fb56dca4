"""Runs one process and says what it cost: wall time, CPU time of its own, and the most memory it held."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import attrs

ROOT = Path(__file__).resolve().parent.parent.parent


@attrs.frozen
class Cost:
    """``wall`` and ``cpu`` (user and system) in seconds, ``memory`` in MB."""

    wall: float
    cpu: float
    memory: float


def run(command: list[str], environment: Mapping[str, str]) -> tuple[Cost, str]:
    """The cost of a command and what it printed. Raises RuntimeError with its words when it fails."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=ROOT)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read()
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}: {said[-2000:]}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024), said
