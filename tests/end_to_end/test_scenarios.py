"""``--scenario`` and ``qarnot-mock scenarios`` as people use them, and chance that is the same in every process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from qarnot_mock import scenario

Run = Callable[..., subprocess.CompletedProcess[str]]
KNOWN = ["--seed", "4", "--account", "token=somebody@example.com"]
"""What chance derives from besides the tasks: the seed, and the tenant that the token names."""

CAMPAIGN = """
import json
import qarnot_hl
from qarnot_hl.retry_settings import RetrySettings

connection = qarnot_hl.Connection()
task = connection.create_task("campaign", "docker-batch", 20)
task.retry_settings = RetrySettings(None, 5)
task.run()
print(json.dumps([task.state, [each.execution_attempt_count for each in task.completed_instances], task.stdout()]))
"""

LOSSY = """
durations: {queue: 0.01, dispatch: 0.01, download: 0.01, environment: 0.01, execution: 0.05, upload: 0.01}
outcomes:
  - happens: node-lost
    probability: 0.3
output:
  - for: {instances: 0-4}
    stdout: "finished ${INSTANCE_ID}\\n"
"""

REPLAYED = """
import json, sys
from qarnot_mock import contract, scenario
from qarnot_mock.sim.commands import Command
from qarnot_mock.sim.settings import WorldSettings
from qarnot_mock.sim.world import World

world = World(scenario.load(sys.argv[1]).apply(WorldSettings(seed=3)), contract.load().lifecycles, 0)
body = {"name": "n", "profile": "docker-batch", "instanceCount": 8, "tags": ["b", "a"],
        "retrySettings": {"maxPerInstanceRetries": 2}, "resultBucket": "out"}
for second in range(0, 4000, 400):
    world.advance_to(second * 1_000_000)
    world.apply(Command("tasks_create", body=body, facts={"buckets": {"out": True}}))
world.advance_to(3600 * 5 * 1_000_000)
print(json.dumps(world.dump()))
"""


def mock(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "qarnot_mock", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_script_under_a_scenario_of_its_own(python: Run, tmp_path: Path) -> None:
    (tmp_path / "lossy.yaml").write_text(LOSSY)
    ended = python(CAMPAIGN, "--scenario", str(tmp_path / "lossy.yaml"), *KNOWN)
    assert ended.returncode == 0, ended.stderr
    state, attempts, printed = json.loads(ended.stdout)
    assert state == "Success"
    assert len(attempts) == 20
    assert max(attempts) > 1
    assert sorted(line for line in printed.splitlines() if "finished" in line) == [
        f"{number:2}> finished {number}" for number in range(5)
    ]


def test_a_script_under_one_of_the_library(python: Run) -> None:
    ended = python(CAMPAIGN, "--scenario", "node-failures", *KNOWN, "--time", "virtual")
    assert ended.returncode == 0, ended.stderr
    state, attempts, _ = json.loads(ended.stdout)
    assert (state, max(attempts) > 1) == ("Success", True)


PATIENT = """
import time
import qarnot_hl
from qarnot_hl.exceptions import NotEnoughCreditsException
from qarnot_hl.retry_settings import RetrySettings

connection = qarnot_hl.Connection()
bucket = connection.create_bucket("input")
bucket.add_string("hello", "a.txt")
tasks = []
try:
    for number in range(20):
        task = connection.create_task(f"task {number}", "docker-batch", 2)
        task.resources, task.retry_settings = [bucket], RetrySettings(None, 5)
        task.submit()
        tasks.append(task)
        time.sleep(60)
except NotEnoughCreditsException:
    pass
for task in tasks:
    task.wait()
print(len(tasks), len(connection.tasks()), *{task.state for task in tasks})
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", scenario.names())
def test_a_campaign_comes_through_every_scenario_of_the_library_on_virtual_time(python: Run, name: str) -> None:
    ended = python(PATIENT, "--scenario", name, *KNOWN, "--time", "virtual")
    assert ended.returncode == 0, ended.stderr
    submitted, known, *states = ended.stdout.split()
    assert (submitted == known, states) == (True, ["Success"])
    assert (submitted == "20") == (name != "out-of-credit")


@pytest.mark.parametrize("name", ["node-failures", "busy-cloud"])
def test_chance_is_the_same_in_every_process(name: str) -> None:
    def dump(hash_seed: str) -> str:
        command = [sys.executable, "-c", REPLAYED, name]
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout

    first, second, third = (dump(hash_seed) for hash_seed in ("0", "1", "4242"))
    assert first == second == third
    assert '"preempt' in first


def test_the_scenarios_are_listed_with_what_they_are_for() -> None:
    lines = mock("scenarios").stdout.splitlines()
    assert [line.split()[0] for line in lines] == sorted(line.split()[0] for line in lines)
    assert "fast           everything takes a hundredth of a second and succeeds" in lines


def test_one_is_shown_as_a_beginning_for_ones_own(tmp_path: Path) -> None:
    shown = mock("scenarios", "busy-cloud")
    assert shown.returncode == 0
    (tmp_path / "mine.yaml").write_text(shown.stdout)
    assert mock("scenarios", str(tmp_path / "mine.yaml")).stdout == shown.stdout


@pytest.mark.parametrize("words", [["scenarios", "{}"], ["serve", "--port", "0", "--scenario", "{}"]])
def test_what_is_wrong_with_a_file_is_said_with_its_lines(tmp_path: Path, words: list[str]) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("credits: 1\noutcomes:\n- happens: boom\n  probability: 7\n")
    ended = mock(*(word.replace("{}", str(path)) for word in words))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"{path}:3: outcomes[0].happens: expected one of exit," in ended.stderr
    assert f"{path}:4: outcomes[0].probability: expected how often" in ended.stderr
    assert "Traceback" not in ended.stderr
