"""The fixtures under the runners of tests that people use: pytest-xdist, pytest-asyncio, anyio."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ASYNCHRONOUS = """
import asyncio, pytest, qarnot_hl

@pytest.mark.{runner}
async def test_it(qarnot_cloud):
    async with qarnot_hl.aio.AsyncConnection() as connection:
        task = connection.create_task("n", "docker-batch")
        await task.submit()
        began = qarnot_cloud.now
        await asyncio.sleep(3600)
        assert (qarnot_cloud.now - began).total_seconds() >= 3600
        await task.wait()
    qarnot_cloud.assert_accepted("tasks_create", times=1)

@pytest.fixture
def anyio_backend():
    return "asyncio"
"""
MANY = """
import pytest, qarnot_hl

@pytest.mark.parametrize("number", range(4))
def test_it(qarnot_cloud, number):
    qarnot_hl.Connection().create_task("n", "docker-batch", shortname="the-same").run()
    assert len(qarnot_cloud.state()["tasks"]) == 1
"""


def outcome(folder: Path, source: str, *options: str) -> str:
    """What pytest says, in a process of its own."""
    (folder / "test_it.py").write_text(source)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, "test_it.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("runner", ["asyncio", "anyio"])
def test_an_asynchronous_test_has_its_cloud(tmp_path: Path, runner: str) -> None:
    assert "1 passed" in outcome(tmp_path, ASYNCHRONOUS.format(runner=runner), "--strict-markers")


def test_tests_at_the_same_time_have_a_cloud_each(tmp_path: Path) -> None:
    assert "4 passed" in outcome(tmp_path, MANY, "-n", "2")
