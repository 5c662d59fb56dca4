"""Snapshots beyond the golden trace: configuration, identifiers, ends, refusals."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from qarnot_mock.sim.effects import PutObject
from qarnot_mock.sim.settings import Durations

RESULTS = {"MOCK_DURATION": "100", "MOCK_RESULTS": '{"a.txt": "abc", "b.log": "de"}'}


def status(driver: Any, task: str, name: str) -> str:
    return str(driver.call("task_snapshot_get", task, snapshotId=name).body["status"])


def take(driver: Any, task: str, **body: str) -> Any:
    return driver.call("task_snapshot_create", task, body).body


def test_an_identifier_names_task_and_time(driver: Any) -> None:
    task = driver.submit(RESULTS, resultBucket="out")
    driver.at(5)
    first, second = take(driver, task)["id"], take(driver, task)["id"]
    assert re.fullmatch(f"snap_{task}_20231114221325[a-z0-9]{{4}}", first)
    assert first != second


def test_the_request_overrides_the_task_which_overrides_the_results(driver: Any) -> None:
    task = driver.submit(RESULTS, resultBucket="out", snapshotBucket="snaps", snapshotBlacklist="log$")
    driver.at(5).effects()
    assert take(driver, task)["snapshotConfig"] == {
        "whitelist": None, "blacklist": "log$", "bucket": "snaps", "bucketPrefix": None,
    }  # fmt: skip
    take(driver, task, bucket="mine", bucketPrefix="now/", blacklist="txt$")
    driver.at(6)
    assert driver.effects() == (PutObject("snaps", "a.txt", b"abc"), PutObject("mine", "now/b.log", b"de"))


def test_periodic_filters_stay_until_others_are_given(driver: Any) -> None:
    task = driver.submit(RESULTS, resultBucket="out")
    driver.call("task_snapshot_periodic", task, {"interval": 10, "whitelist": "log$", "bucketPrefix": "p/"})
    driver.call("task_snapshot_periodic", task, {"interval": 20})
    driver.at(19).effects()
    driver.at(21)
    assert driver.effects() == (PutObject("out", "p/b.log", b"de"),)


def test_an_interval_is_raised_to_the_minimum(driver: Any) -> None:
    task = driver.submit()
    driver.call("task_snapshot_periodic", task, {"interval": 1})
    assert driver.task(task)["snapshotInterval"] == 10


@pytest.mark.parametrize("interval", [-1, None, "10", 1.5, True])
def test_a_bad_interval_is_a_problem_with_its_field(driver: Any, interval: Any) -> None:
    refusal = driver.refused("task_snapshot_periodic", driver.submit(), {"interval": interval})
    assert (refusal.status, refusal.shape, list(refusal.errors)) == (400, "problem", ["interval"])


def test_a_bad_filter_is_a_problem_with_its_field(driver: Any) -> None:
    task = driver.submit(RESULTS)
    driver.at(5)
    assert list(driver.refused("task_snapshot_create", task, {"blacklist": "["}).errors) == ["blacklist"]
    refusal = driver.refused("task_snapshot_periodic", task, {"interval": 10, "whitelist": "("})
    assert list(refusal.errors) == ["whitelist"]


def test_a_snapshot_without_a_bucket_fails(driver: Any) -> None:
    task = driver.submit(RESULTS)
    driver.at(5)
    name = take(driver, task)["id"]
    driver.at(6)
    assert status(driver, task, name) == "failure"
    assert driver.task(task)["resultsCount"] == 0


def test_a_snapshot_that_the_end_overtakes_fails(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(durations=Durations(snapshot=5))
    task = driver.submit(RESULTS, resultBucket="out")
    driver.at(5)
    name = take(driver, task)["id"]
    driver.effects()
    driver.call("task_abort", task)
    assert status(driver, task, name) == "triggered"
    driver.at(6)
    assert (driver.state(task), status(driver, task, name)) == ("Cancelled", "failure")
    driver.at(100)
    assert driver.effects() == ()
    assert driver.task(task)["resultsCount"] == 0


def test_no_snapshot_is_taken_of_what_no_longer_executes(driver: Any) -> None:
    task = driver.submit(resultBucket="out")
    driver.at(6.5)
    assert driver.refused("task_snapshot_create", task, {}).status == 403
    assert driver.refused("task_snapshot_periodic", task, {"interval": 10}).status == 403


def test_periodic_snapshots_end_with_the_task(driver: Any) -> None:
    task = driver.submit({"MOCK_DURATION": "12"}, resultBucket="out")
    driver.call("task_snapshot_periodic", task, {"interval": 10})
    driver.at(200)
    assert driver.task(task)["resultsCount"] == 2
    assert driver.world.next_due() is None


def test_an_unknown_snapshot_is_a_404(driver: Any) -> None:
    assert driver.refused("task_snapshot_get", driver.submit(), snapshotId="snap_x").status == 404
