"""One process with its own session: output in lines, exit code and memory, and a death that takes its children along.

As in a container, whatever the command started dies when the command ends. Two threads per process, no polling; knows
nothing of tasks or reports.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

import attrs

from qarnot_mock.executors.local.lines import LineBuffer

Stream = Literal["stdout", "stderr"]
_CHUNK = 64 * 1024
_DRAIN_CHUNKS = 32  # more than a pipe can hold; bounds what an escaped child can make us read
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes per unit of ru_maxrss


@attrs.frozen
class Exit:
    """How a process ended. ``code`` is 128 + n after signal n, as shells and Docker count.

    ``peak_memory_mb`` (MB, rounded up) covers the process and the children it waited for. Linux carries the peak over
    from before exec, so it is never below the server's own size.
    """

    code: int
    peak_memory_mb: int


class InstanceProcess:
    """A started process. Starting raises OSError or ValueError, exactly as :class:`subprocess.Popen` does."""

    def __init__(self, argv: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> None:
        self.ended = threading.Event()
        self._lock = threading.Lock()
        self._reaped = False
        self._killer: threading.Timer | None = None
        self._exit = Exit(0, 0)
        self._popen = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )

    def follow(self, output: Callable[[Stream, str], None], ended: Callable[[Exit], None]) -> None:
        """Call ``output`` with whole lines as they come, then ``ended`` once; both on a thread of this process."""
        woken, wake = os.pipe()
        threading.Thread(target=self._wait, args=(wake,), name="instance-wait", daemon=True).start()
        threading.Thread(target=self._pump, args=(woken, output, ended), name="instance-output", daemon=True).start()

    def terminate(self, grace_seconds: float) -> None:
        """SIGTERM to the whole group now, SIGKILL after the grace unless it has ended. Returns at once."""
        if self._signal(signal.SIGTERM) and self._killer is None:
            self._killer = threading.Timer(grace_seconds, self.kill)
            self._killer.daemon = True
            self._killer.start()

    def kill(self) -> None:
        """SIGKILL to the whole group. Does nothing when it has ended."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> bool:
        with self._lock:  # an unreaped leader keeps its number from being given to somebody else
            if not self._reaped:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._popen.pid, number)
            return not self._reaped

    def _wait(self, wake: int) -> None:
        os.waitid(os.P_PID, self._popen.pid, os.WEXITED | os.WNOWAIT)  # ended, but its number is still ours
        self._signal(signal.SIGKILL)
        with self._lock:
            _, status, usage = os.wait4(self._popen.pid, 0)
            self._reaped = True
        code = os.waitstatus_to_exitcode(status)
        self._popen.returncode = code  # or Popen would wait for it a second time
        memory = -(-usage.ru_maxrss * _RSS_UNIT // 1_000_000)
        self._exit = Exit(code if code >= 0 else 128 - code, memory)
        if self._killer is not None:
            self._killer.cancel()
        os.close(wake)

    def _pump(self, woken: int, output: Callable[[Stream, str], None], ended: Callable[[Exit], None]) -> None:
        assert self._popen.stdout is not None
        assert self._popen.stderr is not None
        pipes: dict[int, Stream] = {
            self._popen.stdout.fileno(): "stdout",
            self._popen.stderr.fileno(): "stderr",
        }
        buffers = {pipe: LineBuffer() for pipe in pipes}

        def forward(pipe: int, text: str) -> None:
            if text:
                output(pipes[pipe], text)

        with selectors.DefaultSelector() as selector:
            for source in (woken, *pipes):
                os.set_blocking(source, False)
                selector.register(source, selectors.EVENT_READ)
            running = True
            while running:
                for ready, _ in selector.select():
                    if ready.fd == woken:
                        running = False
                    elif chunk := os.read(ready.fd, _CHUNK):
                        forward(ready.fd, buffers[ready.fd].feed(chunk))
                    else:
                        selector.unregister(ready.fd)
        for pipe, buffer in buffers.items():
            for chunk in _drain(pipe):
                forward(pipe, buffer.feed(chunk))
            forward(pipe, buffer.flush())
        os.close(woken)
        self._popen.stdout.close()
        self._popen.stderr.close()
        try:
            ended(self._exit)
        finally:
            self.ended.set()


def _drain(pipe: int) -> list[bytes]:
    """What lies in a pipe whose writer has ended, even if a stray child still holds it open."""
    chunks: list[bytes] = []
    with suppress(BlockingIOError):
        while len(chunks) < _DRAIN_CHUNKS and (chunk := os.read(pipe, _CHUNK)):
            chunks.append(chunk)
    return chunks
