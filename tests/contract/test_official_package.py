"""The official package, unmodified, drives the mock over real sockets and meets what it expects; and the same script,
unedited, meets the same through our compatibility runner."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).parent / "scripts"


RUNNERS = {"official": (), "ours": ("-m", "qarnot_hl.compat")}


def run_on_mock(script: str, runner: tuple[str, ...], *options: str) -> dict[str, Any]:
    """Run one script under ``qarnot-mock run`` and return the JSON object it printed last."""
    mock = [sys.executable, "-m", "qarnot_mock", "run", "--time", "virtual", *options, "--"]
    command = [*mock, sys.executable, "-W", "ignore", *runner, str(SCRIPTS / script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


UNWATCHED = "def report():\n    print('{}')\n"
"""Instead of watched.py, which looks at the official package's insides."""


@pytest.mark.parametrize("name", ["official_tasks", "official_values", "official_account", "official_pools_and_jobs"])
def test_a_script_that_uses_every_public_method_runs_unedited_with_ours(name: str, tmp_path: Path) -> None:
    shutil.copy(SCRIPTS / f"{name}.py", tmp_path)
    (tmp_path / "watched.py").write_text(UNWATCHED)
    assert run_on_mock(str(tmp_path / f"{name}.py"), RUNNERS["ours"]) == {}


@pytest.fixture(scope="module", params=RUNNERS)
def seen(request: pytest.FixtureRequest) -> dict[str, Any]:
    return run_on_mock("official_workflow.py", RUNNERS[request.param], "--executor", "local")


def test_it_is_the_version_the_names_were_taken_from() -> None:
    assert metadata.version("qarnot") == "2.23.0"


def test_the_account_and_the_profiles_are_read(seen: dict[str, Any]) -> None:
    assert "@" in seen["email"]
    assert {"docker-batch", "ubuntu"} <= set(seen["profiles"])
    assert seen["docker_batch"] == "library/ubuntu"


def test_buckets_are_filled_listed_and_purged(seen: dict[str, Any]) -> None:
    assert seen["uploaded"] == ["big.bin", "copied.txt", "deep/note.txt", "numbers.txt", "string.txt"]
    assert seen["big_etag"].endswith('-2"')
    assert seen["buckets"] == ["official-in"]
    assert seen["buckets_left"] == []


def test_the_task_ran_to_its_end_with_filtered_results(seen: dict[str, Any]) -> None:
    assert seen["state"] == "Success"
    assert seen["downloaded"] == ["sum-0.txt", "sum-1.txt", "sum-2.txt"]
    assert seen["content"] == "1\n2\n3\n"
    assert seen["completed"] == [[0, "Success"], [1, "Success"], [2, "Success"]]
    assert seen["executed_range"] == "0-2"


def test_outputs_are_read_whole_and_by_instance(seen: dict[str, Any]) -> None:
    assert seen["stdout"] == [f"{n}> instance {n} of 3" for n in range(3)]
    assert seen["stdout_of_2"] == "instance 2 of 3\n"
    assert seen["stderr"] == ""


def test_tasks_are_found_by_shortname_tag_and_page(seen: dict[str, Any]) -> None:
    assert seen["by_shortname"]
    assert seen["tagged"] == ["official workflow"]
    assert seen["all"] == ["official workflow"]


def test_abort_and_refusals_are_understood(seen: dict[str, Any]) -> None:
    assert seen["aborted"]
    assert "no-such-task" in seen["missing"]
    assert "shortname-uniqueness" in seen["duplicate"]
