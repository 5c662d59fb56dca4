"""Ctrl-C typed into a real terminal (a pseudo-tty) while a script waits for a task on a real server."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from qarnot_hl._sync.connection import Connection
from qarnot_mock.testing.cloud import QarnotCloud

SCRIPT = """
import sys, qarnot_hl
with qarnot_hl.Connection(on_interrupt=sys.argv[1]) as connection:
    task = connection.create_task("long", "docker-batch")
    task.constants = {"MOCK_DURATION": "100000"}
    task.submit()
    print("uuid", task.uuid, flush=True)
    task.wait(timeout=float(sys.argv[2]))
    print("waited", flush=True)
"""
PATIENCE = 60.0  # seconds of a machine under load; a failure, not a measure


class Terminal:
    """A script at the other end of a pseudo-tty."""

    def __init__(self, *arguments: str) -> None:
        self.shown = ""
        self._pid, self._screen = pty.fork()
        if self._pid == 0:
            os.execv(sys.executable, [sys.executable, "-c", SCRIPT, *arguments])

    def read_until(self, pattern: str) -> re.Match[str]:
        """Wait for what the screen shows."""
        end = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.shown)):
            assert time.monotonic() < end, self.shown
            if select.select([self._screen], [], [], 0.1)[0]:
                try:
                    self.shown += os.read(self._screen, 65536).decode()
                except OSError:
                    found = re.search(pattern, self.shown)
                    assert found, self.shown
                    return found
        return found

    def type(self, keys: str) -> None:
        os.write(self._screen, keys.encode())

    def end(self) -> int:
        """The exit status; negative for a signal."""
        _, status = os.waitpid(self._pid, 0)
        os.close(self._screen)
        self._pid = 0
        return os.waitstatus_to_exitcode(status)

    def kill(self) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            os.close(self._screen)


@pytest.fixture
def looked(qarnot_server: QarnotCloud) -> Callable[[], None]:
    """Waits until a script looks at its task once more."""

    def count() -> int:
        return sum(exchange.operation == "task_get" for exchange in qarnot_server.exchanges)

    def wait() -> None:
        before, end = count(), time.monotonic() + PATIENCE
        while count() <= before:
            assert time.monotonic() < end
            time.sleep(0.02)

    return wait


@pytest.fixture
def run(looked: Callable[[], None]) -> Iterator[Callable[..., tuple[Terminal, str]]]:
    """Starts the script and gives its terminal and the uuid of its task, once it waits."""
    opened: list[Terminal] = []

    def start(*arguments: str) -> tuple[Terminal, str]:
        opened.append(Terminal(*arguments))
        uuid = opened[-1].read_until(r"uuid (\S+)")[1]
        looked()
        return opened[-1], uuid

    yield start
    for terminal in opened:
        terminal.kill()


def state(uuid: str) -> str:
    with Connection() as connection:
        return connection.retrieve_task(uuid).state


def test_ctrl_c_leaves_the_task_and_says_how_to_come_back(run: Callable[..., tuple[Terminal, str]]) -> None:
    terminal, uuid = run("detach", "600")
    terminal.type("\x03")
    line = terminal.read_until(r"    (connection\.retrieve_task\(.*\)\.resume\('output'\))")[1]
    terminal.read_until("KeyboardInterrupt")
    assert terminal.end() != 0
    with Connection() as connection:
        task = eval(line.removesuffix(".resume('output')"), {"connection": connection})
        assert task.uuid == uuid
        assert callable(task.resume)
    assert state(uuid) not in ("Cancelled", "PendingCancel")


def test_ctrl_c_aborts_where_that_is_wanted(run: Callable[..., tuple[Terminal, str]]) -> None:
    terminal, uuid = run("abort", "600")
    terminal.type("\x03")
    terminal.read_until("is aborted")
    terminal.read_until("KeyboardInterrupt")
    assert terminal.end() != 0
    assert state(uuid) in ("Cancelled", "PendingCancel")


def test_ctrl_c_asks_and_the_person_decides(
    run: Callable[..., tuple[Terminal, str]], looked: Callable[[], None]
) -> None:
    terminal, uuid = run("ask", "600")
    terminal.type("\x03")
    terminal.read_until(r"go on waiting \[w\]\?")
    terminal.type("w\n")
    terminal.shown = ""
    looked()
    terminal.type("\x03")
    terminal.read_until(r"go on waiting \[w\]\?")
    terminal.type("a\n")
    terminal.read_until("is aborted")
    assert terminal.end() != 0
    assert state(uuid) in ("Cancelled", "PendingCancel")
