"""Starts the S3 servers that the benchmarks compare, each with an empty folder of its own.

They are the mock in memory and over a directory, moto's server, and SeaweedFS. All answer to :data:`KEY` and
:data:`SECRET`; moto does not look at them. None is bound to a core, because SeaweedFS can use several.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks import servers

KEY, SECRET = "benchmark@example.com", "benchmark-token"

Started = AbstractContextManager[str]
"""Gives the server's URL; the server ends with the block."""

SEAWEEDFS_PORTS = ("master.port", "volume.port", "filer.port", "s3.port")


@contextlib.contextmanager
def mock_in_memory() -> Iterator[str]:
    """``qarnot-mock serve``."""
    with servers.mock("qarnot_mock", "serve", "--port", "0", "--account", f"{SECRET}={KEY}", core=None) as (_, url):
        yield url


@contextlib.contextmanager
def mock_in_directory() -> Iterator[str]:
    """``qarnot-mock serve --data``, which commits each request before it answers."""
    options = ("serve", "--port", "0", "--account", f"{SECRET}={KEY}", "--data")
    with _folder() as folder, servers.mock("qarnot_mock", *options, str(folder / "data"), core=None) as (_, url):
        yield url


@contextlib.contextmanager
def moto() -> Iterator[str]:
    """``moto_server``, which keeps everything in memory."""
    port = servers.free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _process(command) as process:
        servers.wait_until_it_answers(process, port)
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def seaweedfs() -> Iterator[str]:
    """``weed server -s3``, its four servers in one process; ready when it answers over S3."""
    ports = {name: _port_with_a_higher_one() for name in SEAWEEDFS_PORTS}
    with _folder() as folder:
        identity = {
            "name": "benchmark",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        config = folder / "identities.json"
        config.write_text(json.dumps({"identities": [identity]}), encoding="utf-8")
        options = {"ip": "127.0.0.1", "dir": folder, "s3.config": config, "master.telemetry": "false",
                   "s3.port.iceberg": 0, "s3.port.lance": 0, "volume.max": 100, **ports}  # fmt: skip
        command = [tool("weed"), "server", "-s3", *(f"-{name}={value}" for name, value in options.items())]
        with _process(command) as process:
            url = f"http://127.0.0.1:{ports['s3.port']}"
            _wait_for_http(process, url)
            yield url


SERVERS: Mapping[str, Callable[[], Started]] = {
    "mock, in memory": mock_in_memory,
    "mock, over a directory": mock_in_directory,
    "moto server": moto,
    "SeaweedFS": seaweedfs,
}


@contextlib.contextmanager
def _process(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    quiet = subprocess.DEVNULL
    started = subprocess.Popen(command, stdout=quiet, stderr=quiet, text=True)
    with servers.stopping(started) as process:
        yield process


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="s3-benchmark-") as folder:
        yield Path(folder)


def tool(name: str) -> str:
    """A program beside this interpreter, else on the path. Raises RuntimeError when there is none."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise RuntimeError(f"{name} is not installed: run `make bench`, which installs it")
    return found


def _port_with_a_higher_one() -> int:
    """SeaweedFS also uses the port 10,000 above each."""
    while (port := servers.free_port()) > 55_000:
        pass
    return port


def _wait_for_http(process: subprocess.Popen[str], url: str) -> None:
    while process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError as answer:
            if answer.code < 500:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"the server at {url} ended before it was ready")
