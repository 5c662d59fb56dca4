"""The words of the marker: each makes the cloud of a test another one, on sockets too, or is refused by name."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

import qarnot_hl
from qarnot_mock import scenario as scenarios
from qarnot_mock.sim.settings import Quotas, WorldSettings
from qarnot_mock.testing.cloud import QarnotCloud
from qarnot_mock.testing.wanted import UnknownWord, Wanted, wanted

LOST = [{"kind": "answer-lost", "operation": "tasks_create", "times": 1}]
FAILING = {"outcomes": [{"happens": "exit", "code": 7}]}


def run_one(*command: str) -> Any:
    task = qarnot_hl.Connection().create_task("n", "docker-batch")
    if command:
        task.constants["DOCKER_CMD"] = " ".join(command)
    task.run()
    return task


def states(cloud: QarnotCloud) -> list[str]:
    """Of all tasks, as they are now: a task object keeps what it has seen for five seconds."""
    state: Any = cloud.state()
    return [each["state"] for each in state["tasks"]]


@pytest.mark.qarnot(scenario="out-of-credit")
def test_a_scenario_of_the_library(qarnot_cloud: QarnotCloud) -> None:
    def spend() -> None:
        for _ in range(50):
            run_one()

    with pytest.raises(qarnot_hl.exceptions.NotEnoughCreditsException):
        spend()


@pytest.mark.qarnot(scenario=FAILING)
def test_a_scenario_of_the_test_itself(qarnot_cloud: QarnotCloud) -> None:
    assert run_one().state == "Failure"


@pytest.mark.qarnot(scenario=FAILING)
def test_a_scenario_on_sockets(qarnot_server: QarnotCloud) -> None:
    assert run_one().state == "Failure"


@pytest.mark.qarnot(faults=LOST)
def test_a_lost_answer_does_not_submit_twice(qarnot_cloud: QarnotCloud) -> None:
    assert run_one().state == "Success"
    assert qarnot_cloud.operations == ["tasks_create"]
    assert len(qarnot_cloud.faults.hits()) == 1


@pytest.mark.qarnot(faults=[{"kind": "answer-lost", "operation": "tasks_list"}])
def test_faults_on_sockets(qarnot_server: QarnotCloud) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{qarnot_server.url}/tasks", headers={"Authorization": qarnot_server.token})


@pytest.mark.qarnot(executor="local")
def test_commands_run_as_processes_and_the_clock_waits_for_them(qarnot_cloud: QarnotCloud) -> None:
    began = qarnot_cloud.now
    task = run_one("sh -c 'sleep 0.3; echo done by $$'")
    assert task.stdout().startswith("0> done by ")
    assert qarnot_cloud.now - began < timedelta(minutes=2), "polls while the process ran moved the clock"


@pytest.mark.qarnot(executor="local")
def test_a_process_that_does_not_end_holds_a_pause_no_longer_than_it_says(qarnot_cloud: QarnotCloud) -> None:
    task = qarnot_hl.Connection().create_task("n", "docker-batch")
    task.constants["DOCKER_CMD"] = "sleep 3600"
    task.submit()
    began = time.perf_counter()
    time.sleep(6)  # ends at once: nothing runs before
    while states(qarnot_cloud) != ["FullyExecuting"]:
        time.sleep(0.05)
    time.sleep(0.2)
    task.abort()
    qarnot_cloud.settle()
    assert states(qarnot_cloud) == ["Cancelled"]
    assert time.perf_counter() - began < 600


@pytest.mark.qarnot(executor="local")
def test_settling_waits_for_processes(qarnot_cloud: QarnotCloud) -> None:
    task = qarnot_hl.Connection().create_task("n", "docker-batch")
    task.constants["DOCKER_CMD"] = "sleep 0.2"
    task.submit()
    qarnot_cloud.settle()
    assert states(qarnot_cloud) == ["Success"]


@pytest.mark.qarnot(seed=3, world=WorldSettings(quotas=Quotas(max_task=1)))
class TestNearest:
    """The mark of a test is nearer than that of its class."""

    @pytest.mark.qarnot(seed=4)
    def test_the_nearest_marker_wins_word_by_word(self, qarnot_cloud: QarnotCloud) -> None:
        assert qarnot_cloud.seed == 4
        qarnot_hl.Connection().create_task("first", "docker-batch").submit()
        with pytest.raises(qarnot_hl.exceptions.MaxTaskException):
            qarnot_hl.Connection().create_task("second", "docker-batch").submit()


@pytest.mark.parametrize(
    ("named", "text"),
    [
        ({"sead": 3}, "knows seed, world, scenario, faults, executor, not sead"),
        ({"scenario": "no-such-day"}, "no-such-day"),
        ({"scenario": {"outcome": []}}, "outcome"),
        ({"faults": [{"kind": "gremlins"}]}, "faults"),
        ({"executor": "remote"}, "'remote' is none of simulated, local"),
    ],
)
def test_what_cannot_be_had_is_refused_by_name(named: dict[str, Any], text: str) -> None:
    with pytest.raises(UnknownWord, match=text):
        wanted([((), named)])


def test_a_scenario_may_be_a_file_or_made_before(tmp_path: Path) -> None:
    file = tmp_path / "day.yaml"
    file.write_text("description: a day\n", encoding="utf-8")
    made = scenarios.load(file)
    assert wanted([((), {"scenario": str(file)})]).scenario == made
    assert wanted([((), {"scenario": made})]) == Wanted(scenario=made)
