"""What each scenario of the library is for, as a script with our SDK meets it."""

from __future__ import annotations

from datetime import timedelta
from statistics import median
from typing import Any

import httpx
import pytest

import qarnot_hl
from qarnot_hl.exceptions import NotEnoughCreditsException
from qarnot_hl.retry_settings import RetrySettings
from qarnot_mock import scenario
from qarnot_mock.testing.cloud import QarnotCloud


def under(name: str, seed: int = 0) -> Any:
    """A test whose cloud has a scenario of the library."""
    return pytest.mark.qarnot(seed=seed, scenario=name)


def submitted(connection: Any, count: int, instances: int = 1, **fields: Any) -> list[Any]:
    tasks = []
    for number in range(count):
        task = connection.create_task(f"task {number}", "docker-batch", instances)
        for name, value in fields.items():
            setattr(task, name, value)
        task.submit()
        tasks.append(task)
    return tasks


def attempts(task: Any) -> list[int]:
    return [instance.execution_attempt_count for instance in task.completed_instances]


def seconds(text: str) -> float:
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def test_every_scenario_of_the_library_is_tested_here_and_described() -> None:
    assert scenario.names() == [
        "busy-cloud", "fast", "flaky-network", "node-failures", "out-of-credit", "realistic",
    ]  # fmt: skip
    assert all(scenario.load(name).description for name in scenario.names())


@under("fast")
def test_fast_takes_no_time_worth_mentioning(qarnot_cloud: QarnotCloud) -> None:
    (task,) = submitted(qarnot_hl.Connection(), 1, instances=5)
    began = qarnot_cloud.now
    qarnot_cloud.settle()
    task.update(True)
    assert task.state == "Success"
    assert qarnot_cloud.now - began < timedelta(seconds=0.2)


@under("realistic")
def test_realistic_takes_as_long_as_the_one_task_whose_times_are_published(qarnot_cloud: QarnotCloud) -> None:
    tasks = submitted(qarnot_hl.Connection(), 10)
    for task in tasks:
        task.wait()
    assert {task.state for task in tasks} == {"Success"}
    published_wall, published_execution = 239, 38
    assert median(seconds(task.wall_time) for task in tasks) == pytest.approx(published_wall, rel=0.15)
    assert median(seconds(task.execution_time) for task in tasks) == pytest.approx(published_execution, rel=0.15)
    assert len({task.wall_time for task in tasks}) > 5


@under("busy-cloud")
def test_a_busy_cloud_lets_tasks_wait_and_takes_machines_away(qarnot_cloud: QarnotCloud) -> None:
    tasks = submitted(qarnot_hl.Connection(), 6, instances=2)
    qarnot_cloud.advance(60)
    assert {task.state for task in tasks} == {"Submitted"}
    for task in tasks:
        task.wait()
    assert {task.state for task in tasks} == {"Success"}
    assert max(seconds(task.wall_time) for task in tasks) > 1500
    assert sum(sum(attempts(task)) for task in tasks) > 12


@under("out-of-credit")
def test_out_of_credit_refuses_the_rest_of_a_campaign(qarnot_cloud: QarnotCloud) -> None:
    connection = qarnot_hl.Connection()
    accepted: list[Any] = []

    def campaign() -> None:
        while len(accepted) < 50:
            accepted.extend(submitted(connection, 1))
            qarnot_cloud.advance(120)

    with pytest.raises(NotEnoughCreditsException):
        campaign()
    assert 5 < len(accepted) < 25
    assert {task.state for task in accepted} == {"Success", "FullyExecuting"}
    qarnot_cloud.settle()
    for task in accepted:
        task.update(True)
    assert {task.state for task in accepted} == {"Success"}


@under("node-failures")
def test_node_failures_fail_tasks_without_retries_and_delay_those_with_them(qarnot_cloud: QarnotCloud) -> None:
    connection = qarnot_hl.Connection()
    without = submitted(connection, 3, instances=10)
    retried = submitted(connection, 3, instances=10, retry_settings=RetrySettings(None, 5))
    for task in [*without, *retried]:
        task.wait()
    assert {task.state for task in without} == {"Failure"}
    assert {task.state for task in retried} == {"Success"}
    codes = {instance.error.code for task in without for instance in task.completed_instances if instance.error}
    assert "MOCK_NODE_LOST" in codes
    assert any(max(attempts(task)) > 1 for task in retried)
    lost = sum(instance.state == "Failure" for task in without for instance in task.completed_instances)
    assert 2 < lost < 15


@under("flaky-network")
def test_a_flaky_network_loses_requests_and_answers_but_no_task_and_makes_none_twice(qarnot_cloud: QarnotCloud) -> None:
    connection = qarnot_hl.Connection()
    bucket = connection.create_bucket("input")
    bucket.add_string("hello" * 1000, "a.txt")
    tasks = submitted(connection, 30, instances=2, resources=[bucket])
    for task in tasks:
        task.wait()
    assert {task.state for task in tasks} == {"Success"}
    assert len(connection.tasks()) == 30
    headers = {"Authorization": qarnot_cloud.token}
    hits = httpx.get("https://api.qarnot.com/_mock/faults", headers=headers).json()["hits"]
    assert len({hit["kind"] for hit in hits}) > 3
    assert 0.03 < len(hits) / len(qarnot_cloud.exchanges) < 0.2
