"""The plugin as pytest loads it, in runs of its own: what a failing test shows, what is refused, what is put back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Outcome = subprocess.CompletedProcess[str]


@pytest.fixture
def pytest_run(tmp_path: Path) -> Callable[..., Outcome]:
    """Runs a test file with pytest, in a process of its own."""

    def run(source: str, *options: str) -> Outcome:
        (tmp_path / "test_it.py").write_text(source)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, "test_it.py"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def test_a_failing_test_shows_what_it_asked_last(pytest_run: Callable[..., Outcome]) -> None:
    outcome = pytest_run(
        "import qarnot_hl\n"
        "def test_it(qarnot_cloud):\n"
        "    task = qarnot_hl.Connection().create_task('n', 'docker-batch')\n"
        "    task.submit()\n"
        "    assert task.name == 'other'\n"
    )
    assert outcome.returncode == 1
    assert "Qarnot cloud (seed 0, now 2026-01-01T00:00:00Z)" in outcome.stdout
    assert "rest POST /tasks -> 200" in outcome.stdout
    assert "token-of-the-test" not in outcome.stdout


def test_everything_is_put_back(pytest_run: Callable[..., Outcome]) -> None:
    outcome = pytest_run(
        "import asyncio, os, socket, time, botocore.httpsession, requests\n"
        "from time import sleep\n"
        "def state():\n"
        "    return (time.sleep, sleep, asyncio.sleep, requests.adapters.HTTPAdapter.send,\n"
        "            botocore.httpsession.URLLib3Session.send, dict(os.environ))\n"
        "before = state()[:-1]\n"
        "def test_within(qarnot_cloud):\n"
        "    assert all(now is not then for now, then in zip(state(), before))\n"
        "    sleep(3600)\n"
        "def test_after():\n"
        "    assert state()[:-1] == before\n"
        "    assert 'QARNOT_CLIENT_TOKEN' not in os.environ\n"
        "    try:\n"
        "        socket.getaddrinfo('api.qarnot.com.invalid', 443)\n"
        "    except socket.gaierror:\n"
        "        pass\n",
    )
    assert outcome.returncode == 0, outcome.stdout


def test_an_unknown_word_of_the_marker_is_named(pytest_run: Callable[..., Outcome]) -> None:
    outcome = pytest_run(
        "import pytest\n@pytest.mark.qarnot(sead=3)\ndef test_it(qarnot_cloud):\n    pass\n", "--strict-markers"
    )
    assert outcome.returncode != 0
    assert "knows seed, world, scenario, faults, executor, not sead" in outcome.stdout + outcome.stderr


def test_a_missing_extra_is_named(pytest_run: Callable[..., Outcome]) -> None:
    outcome = pytest_run("import sys\nsys.modules['respx'] = None\ndef test_it(qarnot_cloud):\n    pass\n")
    assert outcome.returncode != 0
    assert "pip install 'qarnot-hl[mock]'" in outcome.stdout + outcome.stderr


def test_a_run_that_needs_no_cloud_loads_none(pytest_run: Callable[..., Outcome]) -> None:
    outcome = pytest_run(
        "import sys\n"
        "def test_it():\n"
        "    loaded = {'httpx', 'botocore', 'jsonschema_rs', 'qarnot_hl', 'qarnot_mock.cloud'} & set(sys.modules)\n"
        "    assert not loaded\n",
        "-p",
        "no:anyio",
        "-p",
        "no:respx",
        "-p",
        "no:hypothesispytest",
        "-p",
        "no:moto",
        "-p",
        "no:schemathesis",
        "-p",
        "no:schemathesis",
    )
    assert outcome.returncode == 0, outcome.stdout
