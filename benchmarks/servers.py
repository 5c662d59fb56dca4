"""Starts the servers that the benchmarks compare, each as a process pinned to one core, and stops them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NPM_DIRECTORY = ROOT / "build" / "bench"
PRISM = "@stoplight/prism-cli"
PRISM_VERSION = "5.14.2"


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pinned(command: list[str], core: int | None) -> list[str]:
    """The command bound to one core, if asked, where the machine can do that and has a second one for the load."""
    if core is not None and shutil.which("taskset") and (os.cpu_count() or 1) > 1:
        return ["taskset", "-c", str(core), *command]
    return command


@contextlib.contextmanager
def stopping(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """End the process when the block ends, however it ends."""
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def mock(module: str = "qarnot_mock", *options: str, core: int | None = 0) -> Iterator[tuple[int, str]]:
    """A mock from ``python -m module options`` on free ports; yields the REST port and the storage URL."""
    command = pinned([sys.executable, "-m", module, *options], core)
    with stopping(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if match := re.match(r"ready http://[^:]+:(\d+) storage (\S+)", line):
                yield int(match[1]), match[2]
                return
        raise RuntimeError(f"{module} ended before it was ready")


def prism_command() -> list[str] | None:
    """prism from ``build/bench``, installed there by npm at first use; None where there is no npm."""
    binary = NPM_DIRECTORY / "node_modules" / ".bin" / "prism"
    if not binary.exists():
        if shutil.which("npm") is None:
            return None
        NPM_DIRECTORY.mkdir(parents=True, exist_ok=True)
        wanted = f"{PRISM}@{PRISM_VERSION}"
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", wanted], cwd=NPM_DIRECTORY, check=True)
    return [str(binary)]


@contextlib.contextmanager
def prism(spec: Path) -> Iterator[int | None]:
    """prism serving the spec's examples; yields its port, or None where it cannot be had."""
    command = prism_command()
    if command is None:
        yield None
        return
    port = free_port()
    arguments = [*command, "mock", str(spec), "-p", str(port), "-h", "127.0.0.1", "-v", "error"]
    with stopping(subprocess.Popen(pinned(arguments, core=0), stdout=subprocess.DEVNULL, text=True)) as process:
        wait_until_it_answers(process, port)
        yield port


def wait_until_it_answers(process: subprocess.Popen[str], port: int) -> None:
    """Return when the server accepts a connection; raise when its process ends first."""
    while process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"the server on port {port} ended before it was ready")


def post_json(url: str, token: str, body: object) -> dict[str, str]:
    """One POST with the standard library."""
    request = urllib.request.Request(
        url,
        data=json.dumps(body).encode(),
        headers={"Authorization": token, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        answer: dict[str, str] = json.load(response)
    return answer
