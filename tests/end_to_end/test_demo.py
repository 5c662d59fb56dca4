"""The demo and the other examples, as a newcomer runs them: real sockets, real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
DEADLINE = 120.0  # only a test that fails waits this long


def run_on_the_mock(*command: str, executor: str = "simulated") -> subprocess.CompletedProcess[str]:
    """Run a Python script under ``qarnot-mock run``, without any ``QARNOT_*`` variable of the caller."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QARNOT_")}
    done = subprocess.run(
        [sys.executable, "-m", "qarnot_mock", "run", "--executor", executor, "--", sys.executable, *command],
        env=environment, capture_output=True, text=True, timeout=DEADLINE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_the_demo_renders_a_picture_from_the_tiles_of_its_instances(tmp_path):
    script = EXAMPLES / "render" / "render.py"
    done = run_on_the_mock(str(script), "--width", "48", "--output", str(tmp_path), executor="local")
    picture = tmp_path / "render.png"
    assert f"48x27 picture: {picture}" in done.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in (tmp_path / "tiles").iterdir()) == [f"tile-{n}.ppm" for n in range(8)]


def test_the_demo_says_which_tiles_are_missing(tmp_path):
    script = EXAMPLES / "render" / "render.py"
    with pytest.raises(AssertionError, match=r"tiles did not arrive in .*tile-0.ppm, tile-1.ppm"):
        run_on_the_mock(str(script), "--instances", "2", "--output", str(tmp_path))  # nothing is computed


def test_hello_prints_a_line_of_each_instance():
    done = run_on_the_mock(str(EXAMPLES / "hello.py"))
    greetings = [line for line in done.stdout.splitlines() if "hello world" in line]
    assert sorted(greetings) == [f"{n}> hello world from {n}!" for n in range(4)]


def test_async_tasks_run_side_by_side():
    done = run_on_the_mock(str(EXAMPLES / "async_tasks.py"))
    greetings = [line for line in done.stdout.splitlines() if "hello" in line]
    assert greetings == ["0> hello Ada", "0> hello Grace", "0> hello Barbara"]
