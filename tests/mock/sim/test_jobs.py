"""Jobs: what may be created, how they end, what disappears by itself, and how they are found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qarnot_mock.sim.settings import Quotas

UNKNOWN = "0a3c9c3e-5d5b-4c52-9e8c-7f1f4b1c2a10"


@pytest.mark.parametrize(
    ("fields", "tags"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"shortname": "-x"}, "shortname"),
        ({"shortname": "taken"}, "shortname-uniqueness"),
        ({"tags": ["x"] * 11}, "tags"),
        ({"maxWallTime": "soon"}, "maxWallTime"),
        ({"maxWallTime": "-00:00:01"}, "maxWallTime"),
        ({"completionTimeToLive": "1 day"}, "completionTimeToLive"),
        ({"name": "", "shortname": "a b"}, "name,shortname"),
    ],
)
def test_a_wrong_definition_is_refused_with_the_names_of_its_fields(driver: Any, fields: Any, tags: str) -> None:
    driver.open_job(shortname="taken")
    refusal = driver.refused("jobs_create", body={"name": "a job", **fields})
    assert (refusal.status, refusal.message) == (400, f"Invalid job file. Invalid fields: {tags}")


def test_a_job_needs_an_open_pool_when_it_names_one(driver: Any) -> None:
    refusal = driver.refused("jobs_create", body={"name": "a job", "poolUuid": UNKNOWN})
    assert (refusal.status, refusal.message) == (400, f"No such pool: {UNKNOWN}")


def test_a_job_is_found_by_either_name_and_tells_where_it_is(driver: Any) -> None:
    answer = driver.call("jobs_create", body={"name": "a job", "shortname": "short"})
    assert answer.location == f"/jobs/{answer.body['uuid']}"
    assert driver.job("short")["uuid"] == answer.body["uuid"]
    assert driver.call("info_get").body["jobCount"] == 1


def test_a_task_of_a_job_without_a_pool_needs_a_profile(driver: Any) -> None:
    body = driver.definition(jobUuid=driver.open_job())
    refusal = driver.refused("tasks_create", body={**body, "profile": None})
    assert (refusal.status, refusal.message) == (400, "Invalid task file. Invalid fields: profile")


@pytest.mark.parametrize("operation", ["job_get", "job_delete", "job_terminate", "job_tasks_list"])
def test_an_unknown_job_is_missing(driver: Any, operation: str) -> None:
    refusal = driver.refused(operation, job="nothing")
    assert (refusal.status, refusal.message) == (404, "No such job: nothing")


def test_a_job_stays_active_when_its_tasks_are_done(driver: Any) -> None:
    job = driver.open_job()
    driver.submit(jobUuid=job)
    driver.at(1000)
    assert driver.job(job)["state"] == "Active"
    assert driver.world.next_due() is None


def test_a_terminated_job_without_tasks_is_seen_terminating_first(driver: Any) -> None:
    job = driver.open_job()
    driver.call("job_terminate", job=job)
    states = [driver.job(job)["state"]] + [driver.job(job)["state"] for _ in driver.events(10)]
    assert states == ["Terminating", "Completed"]


def test_a_terminated_job_waits_for_tasks_that_upload_what_they_have(driver: Any) -> None:
    job = driver.open_job()
    task = driver.submit(jobUuid=job, resultBucket="out", uploadResultsOnCancellation=True)
    driver.at(5.5).call("job_terminate", job=job)
    driver.at(6.4)
    assert (driver.state(task), driver.job(job)["state"]) == ("PendingCancel", "Terminating")
    driver.at(9)
    assert (driver.state(task), driver.job(job)["state"]) == ("Cancelled", "Completed")


def test_tasks_outside_the_job_go_on_when_it_ends(driver: Any) -> None:
    job = driver.open_job()
    other = driver.submit()
    inside = driver.submit(jobUuid=job)
    driver.at(3).call("job_terminate", job=job)
    driver.at(10)
    assert (driver.state(inside), driver.state(other)) == ("Cancelled", "Success")


def test_a_task_of_an_ended_job_cannot_be_run_again(driver: Any) -> None:
    job = driver.open_job()
    task = driver.submit({"MOCK_EXIT_CODE": "1"}, jobUuid=job)
    driver.at(10).call("job_terminate", job=job)
    driver.at(20)
    for operation in ("task_restart", "task_retry", "task_clone"):
        refusal = driver.refused(operation, task, {})
        assert (refusal.status, "is not active (Completed)" in refusal.message) == (400, True)


def test_a_redone_task_stays_in_its_job(driver: Any) -> None:
    job = driver.open_job()
    task = driver.submit({"MOCK_EXIT_CODE": "1"}, jobUuid=job)
    again = driver.at(10).call("task_retry", task, {}).body["uuid"]
    assert [row["uuid"] for row in driver.call("job_tasks_list", job=job).body] == [task, again]


def test_a_deleted_task_leaves_its_job(driver: Any) -> None:
    job = driver.open_job()
    task = driver.submit(jobUuid=job)
    driver.at(5).call("task_delete", task)
    assert driver.refused("job_delete", job=job, force=False).status == 403
    driver.at(8)
    assert driver.call("job_tasks_list", job=job).body == []
    driver.call("job_delete", job=job)
    driver.at(12)
    assert driver.call("jobs_list").body == []


def test_wall_time_of_a_terminated_job_means_nothing(driver: Any) -> None:
    job = driver.open_job(maxWallTime="00:00:10")
    driver.call("job_terminate", job=job)
    driver.at(20)
    assert driver.job(job)["state"] == "Completed"


@pytest.mark.parametrize("limit", [None, "00:00:00"])
def test_no_wall_time_is_no_limit(driver: Any, limit: str | None) -> None:
    job = driver.open_job(maxWallTime=limit)
    assert driver.world.next_due() is None
    assert driver.job(job)["maxWallTime"] == limit


def test_the_quota_of_jobs_is_kept_and_a_job_that_offers_it_makes_room(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(quotas=Quotas(max_job=2))
    lasting = driver.open_job()
    driver.call("job_terminate", job=lasting)
    offering = driver.open_job(autoDeleteOnCompletion=True)
    driver.at(5)
    refusal = driver.refused("jobs_create", body={"name": "third"})
    assert (refusal.status, refusal.message) == (403, "Maximum number of jobs reached")
    driver.call("job_terminate", job=offering)
    assert driver.refused("jobs_create", body={"name": "third"}).status == 403
    driver.at(10)
    third = driver.open_job()
    assert [row["uuid"] for row in driver.call("jobs_list").body] == [lasting, third]


def test_a_job_with_room_to_spare_is_kept(driver: Any) -> None:
    job = driver.open_job(autoDeleteOnCompletion=True)
    driver.call("job_terminate", job=job)
    driver.at(10_000)
    assert driver.job(job)["state"] == "Completed"


def test_a_job_that_is_deleted_while_its_time_to_live_runs_goes_once(driver: Any) -> None:
    job = driver.open_job(completionTimeToLive="00:00:05", shortname="again")
    driver.call("job_terminate", job=job)
    driver.at(5.5).call("job_delete", job=job)
    driver.at(7)
    later = driver.open_job(shortname="again")
    driver.at(100)
    assert driver.job(later)["state"] == "Active"


def test_jobs_are_listed_searched_and_paged_like_tasks(driver: Any) -> None:
    uuids = [driver.open_job(name=f"job {number}", tags=[f"t{number % 2}"]) for number in range(5)]
    driver.call("job_terminate", job=uuids[2])
    assert [row["uuid"] for row in driver.call("jobs_list", tag=["t1", "t9"]).body] == [uuids[1], uuids[3]]
    body = {"filter": {"operator": "Equal", "field": "State", "value": "Terminating"}, "select": {"fields": ["Uuid"]}}
    assert driver.call("jobs_search", body=body).body == [{"uuid": uuids[2]}]
    first = driver.call("jobs_paginate", body={"maximumResults": 3, "orderBy": "name", "orderType": "DESC"}).body
    assert [row["name"] for row in first["data"]] == ["job 4", "job 3", "job 2"]
    assert (first["isTruncated"], first["count"], first["total"]) == (True, 3, 5)
    driver.at(10).call("job_delete", job=uuids[2])
    driver.at(20)
    token = first["nextToken"]
    rest = driver.call("jobs_paginate", body={"token": token, "orderBy": "name", "orderType": "DESC"}).body
    assert [row["name"] for row in rest["data"]] == ["job 1", "job 0"]


@pytest.mark.parametrize(
    ("operation", "body", "key"),
    [
        ("jobs_paginate", {"orderBy": "executionTime"}, "orderBy"),
        ("jobs_search", {"filter": {"operator": "Equal", "field": "MaxWallTime", "value": "x"}}, "filter.field"),
        ("jobs_search", {"select": {"fields": ["Profile"]}}, "select.fields"),
    ],
)
def test_what_jobs_do_not_have_is_a_problem(driver: Any, operation: str, body: Any, key: str) -> None:
    refusal = driver.refused(operation, body=body)
    assert (refusal.status, refusal.shape, list(refusal.errors)) == (400, "problem", [key])


def test_a_token_of_tasks_is_none_of_jobs(driver: Any) -> None:
    for _ in range(2):
        driver.submit()
        driver.open_job()
    token = driver.call("tasks_paginate", body={"maximumResults": 1}).body["nextToken"]
    refusal = driver.refused("jobs_paginate", body={"maximumResults": 1, "token": token})
    assert (refusal.status, list(refusal.errors)) == (400, ["token"])
