"""Defects of the official package that no other test shows mended here; ``docs/defects.md`` lists them by number."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._core.errors import error_from
from qarnot_hl._core.exchange import ApiResponse
from qarnot_hl.bucket import Bucket
from qarnot_hl.job import Job
from qarnot_hl.multi_slots_settings import MultiSlotsSettings
from qarnot_hl.task import Task

FETCHED = {
    "uuid": "u",
    "name": "n",
    "state": "Submitted",
    "profile": "p",
    "instanceCount": 1,
    "creationDate": "2022-12-23T17:03:17Z",
}


@pytest.fixture
def fetched(connect: Any) -> Any:
    """Builds a task as the server returned it."""
    connection = connect()
    return lambda **body: Task.from_json(connection, {**FETCHED, **body})


@pytest.mark.parametrize("lost", [httpx.Response(502), httpx.Response(500), httpx.ReadTimeout("slow")])
def test_02_a_task_is_sent_once_when_the_answer_may_be_lost(server: Any, connect: Any, lost: Any) -> None:
    server.on("POST /tasks", lost)
    with pytest.raises(ex.QarnotException):
        connect(retry_count=5, exactly_once=False).create_task("n", "docker-batch").submit()
    assert server.calls == ["POST /tasks"]


def test_04_the_words_of_an_unavailable_service_are_kept(server: Any, connect: Any) -> None:
    server.on("GET /tasks/u", httpx.Response(503, json={"message": "maintenance until noon"}))
    with pytest.raises(ex.QarnotException, match="maintenance until noon") as caught:
        connect(retry_count=0).retrieve_task("u")
    assert caught.value.status == 503


@pytest.mark.parametrize(
    ("operation", "message", "kind"),
    [
        ("tasks_create", "Maximum number of tasks reached", ex.MaxTaskException),
        ("task_abort", "Task is already finished", ex.InvalidStateException),
        ("tasks_create", "not allowed to use this profile", ex.UnauthorizedException),
    ],
)
def test_04_a_refusal_for_another_reason_than_the_token_says_so(operation: str, message: str, kind: type) -> None:
    error = error_from(operation, ApiResponse(403, {}, b'{"message": "%s"}' % message.encode()), None)
    assert type(error) is kind
    assert message in str(error)


@pytest.mark.parametrize("uuid", ["a b", "a/b", "..", "a?b", "ü", "a%2Fb", "#"])
def test_06_a_name_in_a_path_is_encoded(server: Any, connect: Any, uuid: str) -> None:
    with pytest.raises(ex.MissingTaskException):
        connect().retrieve_task(uuid)
    (request,) = server.requests
    sent = request.url.raw_path.decode()
    assert sent.count("/") == 2
    assert not set(sent) & set(" ?#")
    assert sent.isascii()


def test_14_tasks_listed_by_tag_are_complete_and_not_fetched_again(cloud: Any, mocked: Any) -> None:
    task = cloud.create_task("n", "docker-batch")
    task.tags = ["x"]
    task.constants["A"] = "1"
    task.submit()
    (listed,) = cloud.tasks(tags=["x"])
    before = len(mocked.requests)
    assert (listed.constants["A"], list(listed.tags), listed.profile) == ("1", ["x"], "docker-batch")
    assert len(mocked.requests) == before


def test_18_the_time_to_live_of_cached_results_reads_back(fetched: Any, server: Any) -> None:
    task = fetched(resultBucket="out", resultsCacheTTLSec=60)
    assert task.results.to_json()["cacheTTLSec"] == 60
    assert server.calls == []


def test_23_dates_and_durations_of_a_task_have_their_values(fetched: Any) -> None:
    task = fetched(executionTime="1.00:00:25.5000000", endDate="2022-12-23T17:03:17Z")
    assert task.execution_time.timedelta.total_seconds() == 86425.5
    assert (task.end_date.datetime - task.creation_date).total_seconds() == 0
    assert task.creation_date.tzinfo is not None


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("NO MATCHING HARDWARE CONSTRAINTS", ex.NoMatchingHardwareException),
        ("No machine for these hardware constraints", ex.NoMatchingHardwareException),
        ("Payment required", ex.NotEnoughCreditsException),
    ],
)
def test_30_no_credits_and_no_hardware_are_told_apart_whatever_the_letter_case(message: str, kind: type) -> None:
    body = b'{"message": "%s"}' % message.encode()
    assert type(error_from("tasks_create", ApiResponse(402, {}, body), None)) is kind


def test_33_a_snapshot_may_name_its_bucket_by_the_object(fetched: Any, server: Any, connect: Any) -> None:
    server.on("POST /tasks/u/snapshot/periodic", httpx.Response(204))
    bucket = Bucket(connect(), "there", create=False)
    fetched().snapshot(60, whitelist="w", bucket=bucket, bucket_prefix="p/")
    sent = server.body()
    assert (sent["interval"], sent["bucket"], sent["bucketPrefix"], sent["whitelist"]) == (60, "there", "p/", "w")


def test_35_a_task_without_a_pool_has_none_and_asks_nobody(fetched: Any, server: Any) -> None:
    task = fetched(poolUuid=None)
    assert task.pool is None
    assert server.calls == []


def test_35_a_job_without_a_pool_has_none_and_asks_nobody(connect: Any, server: Any) -> None:
    job = Job.from_json(connect(), {"uuid": "j", "name": "n", "state": "Active", "poolUuid": None})
    assert job.pool is None
    assert server.calls == []


def test_35_setting_tags_leaves_auto_update_on(fetched: Any) -> None:
    task = fetched()
    task.tags = ["x"]
    assert task.auto_update is True


def test_38_slots_can_be_set_again_until_submit(connect: Any, server: Any) -> None:
    server.on("POST /pools", {"uuid": "p"})
    pool = connect().create_pool("n", "docker-batch", 1)
    pool.multi_slots_settings = MultiSlotsSettings(2)
    pool.multi_slots_settings = MultiSlotsSettings(4)
    pool.submit()
    assert server.body(0)["multiSlotsSettings"] == {"slotsPerNode": 4}
    with pytest.raises(AttributeError, match="multi_slots_settings"):
        pool.multi_slots_settings = MultiSlotsSettings(8)


def test_39_a_task_of_a_job_can_be_refreshed(connect: Any, server: Any) -> None:
    server.on("GET /jobs/j/tasks", [{**FETCHED, "jobUuid": "j"}])
    server.on("GET /tasks/u", {**FETCHED, "state": "Success"})
    job = Job.from_json(connect(), {"uuid": "j", "name": "n", "state": "Active"})
    (task,) = job.tasks
    task.update(True)
    assert task.state == "Success"


def test_40_a_fetched_job_has_its_tags_and_its_history(connect: Any) -> None:
    told = {
        "uuid": "j",
        "name": "n",
        "state": "Completed",
        "previousState": "Active",
        "stateTransitionTime": "2022-12-23T17:03:18Z",
        "previousStateTransitionTime": "2022-12-23T17:03:17Z",
        "tags": ["x"],
    }
    job = Job.from_json(connect(), told)
    assert (list(job.tags), job.previous_state) == (["x"], "Active")
    assert (job.state_transition_time, job.previous_state_transition_time) == (
        told["stateTransitionTime"],
        told["previousStateTransitionTime"],
    )
