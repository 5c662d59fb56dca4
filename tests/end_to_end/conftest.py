"""Real servers for end-to-end tests: processes on free ports, ended with the module that started them."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

DEADLINE = 60.0
RUN = [sys.executable, "-m", "qarnot_mock", "run"]
PRINT_ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)))"

Ended = subprocess.CompletedProcess[str]


@dataclass
class MockServer:
    """A running ``qarnot-mock serve``. ``lines`` is what it has printed so far; ``token`` is good for one tenant."""

    process: subprocess.Popen[str]
    url: str
    storage: str
    token: str
    lines: list[str] = field(default_factory=list)

    @property
    def admin_token(self) -> str:
        return next(line.split()[2] for line in self.lines if line.startswith("admin token "))

    def end(self, number: int) -> tuple[int, str]:
        """Send a signal; the exit code and everything on stderr."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, errors


def read_announcement(process: subprocess.Popen[str]) -> list[str]:
    """The lines a server prints when it is ready; fails with its stderr when it ends or stays silent."""
    assert process.stdout is not None
    lines: list[str] = []
    selector = selectors.DefaultSelector()
    selector.register(process.stdout, selectors.EVENT_READ)
    while not (lines and lines[-1].startswith("executor ")):
        # Only the first line can be long in coming; later ones may already sit in Python's buffer.
        if not lines and not selector.select(timeout=DEADLINE):
            process.kill()
            pytest.fail(f"the server was not ready within {DEADLINE} s; stderr: {process.communicate()[1]}")
        line = process.stdout.readline()
        if not line:
            pytest.fail(f"the server ended at once; stderr: {process.communicate()[1]}")
        lines.append(line.rstrip("\n"))
    return lines


@pytest.fixture(scope="module")
def mock_server() -> Iterator[Callable[..., MockServer]]:
    """Factory: ``mock_server("--time", "x60")`` starts ``serve --port 0`` with more options and waits for it."""
    servers: list[subprocess.Popen[str]] = []

    def start(*options: str, token: str = "end-to-end-token") -> MockServer:
        process = subprocess.Popen(
            [sys.executable, "-m", "qarnot_mock", "serve", "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        servers.append(process)
        lines = read_announcement(process)
        _, url, _, storage = lines[0].split()
        return MockServer(process, url, storage, token, lines)

    yield start
    for process in servers:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def run() -> Callable[..., Ended]:
    """Function: run a command to its end under ``qarnot-mock run`` with options and more environment."""

    def run(command: list[str], *options: str, environment: dict[str, str] | None = None) -> Ended:
        variables = {**os.environ, **(environment or {})}
        words = [*RUN, *options, "--", *command]
        return subprocess.run(words, capture_output=True, text=True, timeout=120, env=variables, check=False)

    return run


@pytest.fixture(scope="session")
def python(run: Callable[..., Ended]) -> Callable[..., Ended]:
    """Function: run Python code to its end under ``qarnot-mock run``."""

    def python(code: str, *options: str, environment: dict[str, str] | None = None) -> Ended:
        return run([sys.executable, "-c", code], *options, environment=environment)

    return python


@pytest.fixture(scope="session")
def seen_environment(python: Callable[..., Ended]) -> Callable[..., dict[str, str]]:
    """Function: the environment that a command finds under ``qarnot-mock run`` with options and inherited variables."""

    def seen_environment(*options: str, **inherited: str) -> dict[str, str]:
        ended = python(PRINT_ENVIRONMENT, *options, environment=inherited)
        assert ended.returncode == 0, ended.stderr
        seen: dict[str, str] = json.loads(ended.stdout)
        return seen

    return seen_environment
