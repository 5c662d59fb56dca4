"""Real Python processes whose time is moved by a service in the test's process, without a mock around it."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from qarnot_mock.clock import SECOND, VirtualClock
from qarnot_mock.timewarp.environment import HOOK, TIME
from qarnot_mock.timewarp.service import TimeService

LIMIT = 60.0
"""Seconds of real time after which a process that waits for ever fails its test."""


@attrs.frozen
class Ended:
    """A process that has ended: what it printed, how much virtual time has passed and in how many jumps."""

    code: int
    lines: list[str]
    errors: str
    passed: float
    jumps: int
    said: list[str]


@attrs.define
class StillMock:
    """A mock in which nothing happens, but what a test wants: ``busy_looks`` says how often it is busy when asked."""

    busy_looks: int = 0
    stops: list[int] = attrs.field(factory=list)

    def busy(self) -> bool:
        self.busy_looks -= 1
        return self.busy_looks >= 0

    def next_stop(self) -> int | None:
        return self.stops[0] if self.stops else None

    def catch_up(self) -> None:
        del self.stops[:1]


Warp = Callable[..., Ended]


@pytest.fixture
def warp() -> Warp:
    """Function: run Python code, its arguments behind it, to its end in virtual time of its own."""

    def warp(
        code: str,
        *arguments: str,
        mock: StillMock | None = None,
        path: str = "",
        patience: float = 5,
        when_said: Callable[[str], None] = lambda text: None,
    ) -> Ended:
        def say(text: str) -> None:
            said.append(text)
            when_said(text)

        with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
            patch.setattr("qarnot_mock.timewarp.service.PATIENCE", patience)
            clock = VirtualClock()
            said: list[str] = []
            service = TimeService(clock, mock or StillMock(), Path(place), say)
            start = clock.now()
            environment = {
                **os.environ,
                TIME: f"virtual 1 {place}",
                "PYTHONPATH": os.pathsep.join(filter(None, (str(HOOK), path))),
                "PYTHONUNBUFFERED": "1",
            }
            command = [sys.executable, "-c", code, *arguments]
            ended, output, errors = asyncio.run(_run(service, command, environment))
            passed = (clock.now() - start) / SECOND
            return Ended(ended, output.splitlines(), errors, passed, service.jumps, said)

    return warp


async def _run(service: TimeService, command: list[str], environment: dict[str, str]) -> tuple[int, str, str]:
    pipe = asyncio.subprocess.PIPE
    async with service.running():
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=pipe, stderr=pipe)
        try:
            output, errors = await asyncio.wait_for(process.communicate(), LIMIT)
        except TimeoutError:
            process.kill()
            output, errors = await process.communicate()
            pytest.fail(f"still running after {LIMIT} s: {service.coordinator.processes}\n{errors.decode()}")
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()


@pytest.fixture
def still_mock() -> type[StillMock]:
    """The class of a mock in which nothing happens."""
    return StillMock
