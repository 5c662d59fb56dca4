# Generated from tests/hl/job/test_job_async.py by scripts/unasync.py. Do not edit.
"""A job against a scripted server. The blocking twin is made from this."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._sync.job import Job

pytestmark = pytest.mark.anyio


@pytest.fixture
def new(connect: Any) -> Job:
    job: Job = connect().create_job("together", useDependencies=True)
    return job


@pytest.fixture
def fetched(connect: Any, job_json: Any) -> Job:
    return Job.from_json(connect(), job_json())


def test_submit_sends_what_was_set(new: Job, server: Any, job_uuid: str) -> None:
    server.on("POST /jobs", {"uuid": job_uuid})
    new.tags = ["t"]
    new.max_wall_time = "1.00:00:00"
    new.submit()
    assert server.body(0) == {"name": "together", "useDependencies": True, "tags": ["t"], "maxWallTime": "1.00:00:00"}
    assert (new.uuid, new.shortname, new.state, new.tags) == (job_uuid, job_uuid, "Active", ["t"])
    new.submit()
    assert server.calls == ["POST /jobs"]


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (403, "Maximum number of jobs reached", ex.MaxJobException),
        (402, "Not enough credits", ex.NotEnoughCreditsException),
        (401, "Bad token", ex.UnauthorizedException),
        (404, "No such pool: x", ex.MissingPoolException),
        (400, "Invalid fields: shortname", ex.QarnotGenericException),
    ],
)
def test_a_refused_submit_leaves_the_job_as_it_was(
    status: int, message: str, kind: Any, new: Job, server: Any, job_uuid: str
) -> None:
    server.on(
        "POST /jobs", httpx.Response(status, json={"message": message}), httpx.Response(200, json={"uuid": job_uuid})
    )
    with pytest.raises(kind):
        new.submit()
    assert (new.uuid, new.state) == (None, "UnSubmitted")
    new.submit()
    assert new.uuid == job_uuid


def test_an_answer_without_uuid_is_told(new: Job, server: Any) -> None:
    server.on("POST /jobs", {})
    with pytest.raises(ex.QarnotGenericException, match="holds no uuid"):
        new.submit()


def test_an_update_shows_the_server_s_view(fetched: Job, server: Any, job_path: str, job_json: Any) -> None:
    server.on(f"GET {job_path}", job_json(state="Completed", previousState="Terminating"))
    fetched.update()
    assert fetched.state == "Active"
    fetched.update(flushcache=True)
    assert (fetched.state, fetched.previous_state) == ("Completed", "Terminating")


def test_a_missing_job_is_told(fetched: Job, job_uuid: str) -> None:
    for call in (fetched.update, fetched.terminate, fetched.delete, lambda: fetched.tasks):
        with pytest.raises(ex.MissingJobException):
            call(True) if call == fetched.update else call()


def test_terminate_ends_the_job(fetched: Job, server: Any, job_path: str, job_json: Any) -> None:
    server.on(f"POST {job_path}/terminate", httpx.Response(200))
    server.on(f"GET {job_path}", job_json(state="Terminating"))
    fetched.terminate()
    assert fetched.state == "Terminating"


@pytest.mark.parametrize(("force", "query"), [(False, b"force=false"), (True, b"force=true")])
def test_delete_says_whether_by_force(force: bool, query: bytes, fetched: Job, server: Any, job_path: str) -> None:
    server.on(f"DELETE {job_path}", httpx.Response(200))
    fetched.delete(forceAbort=force)
    assert server.requests[0].url.query == query
    assert fetched.state == "Deleting"
    fetched.delete()
    assert server.calls == [f"DELETE {job_path}"]


def test_a_job_with_running_tasks_is_not_deleted(fetched: Job, server: Any, job_path: str) -> None:
    server.on(f"DELETE {job_path}", httpx.Response(403, json={"message": "Job has running tasks"}))
    with pytest.raises(ex.UnauthorizedException, match="running tasks"):
        fetched.delete()
    assert fetched.state == "Active"


def test_nothing_is_sent_for_a_job_that_was_not_submitted(new: Job, server: Any) -> None:
    new.update(True)
    new.terminate()
    new.delete()
    assert new.tasks == []
    assert server.requests == []


def test_tasks_of_a_job_are_complete_tasks_on_the_connection(
    fetched: Job, server: Any, job_path: str, job_uuid: str
) -> None:
    server.on(f"GET {job_path}/tasks", [{"uuid": "t-1", "name": "one", "state": "Success", "jobUuid": job_uuid}])
    found = fetched.tasks
    assert [(task.name, task.job_uuid, task.tags) for task in found] == [("one", job_uuid, [])]
    assert found[0]._connection is fetched._connection
    assert server.calls == [f"GET {job_path}/tasks"]


def test_a_task_joins_a_submitted_job(fetched: Job, new: Job, server: Any, job_uuid: str) -> None:
    server.on("POST /tasks", {"uuid": "t-1"})
    task = fetched._connection.create_task("n", "docker-batch", job=fetched)
    task.set_task_dependencies_from_uuids(["t-0"])
    task.submit()
    assert (server.body(0)["jobUuid"], server.body(0)["dependencies"]) == (job_uuid, {"dependsOn": ["t-0"]})
    with pytest.raises(ValueError, match="not submitted"):
        new._connection.create_task("n", "docker-batch", job=new)


def test_a_job_is_retrieved(connect: Any, server: Any, job_json: Any) -> None:
    server.on("GET /jobs/mine", job_json())
    assert (connect().retrieve_job("mine")).name == "together"
    with pytest.raises(ex.MissingJobException):
        connect().retrieve_job("nobody")


def test_all_pages_of_jobs_are_read(connect: Any, server: Any, job_json: Any) -> None:
    server.on(
        "POST /jobs/paginate",
        {"data": [job_json(name="one")], "nextToken": "abc", "isTruncated": True},
        {"data": [job_json(name="two")], "nextToken": "abc", "isTruncated": False},
    )
    assert [job.name for job in connect().jobs(tags=["a", "b"])] == ["one", "two"]
    either = {
        "operator": "Or",
        "filters": [{"operator": "Equal", "field": "Tags", "value": tag} for tag in ("a", "b")],
    }
    assert [server.body(0), server.body(1)] == [{"filter": either}, {"filter": either, "token": "abc"}]


def test_a_page_of_jobs_takes_order_and_size(connect: Any, server: Any, job_json: Any) -> None:
    server.on("POST /jobs/paginate", {"data": [job_json()], "isTruncated": False})
    page = connect().jobs_page(maximum=5, order_by="name", descending=True)
    assert server.body() == {"maximumResults": 5, "orderBy": "name", "orderType": "DESC"}
    assert ([job.name for job in page], page.is_truncated) == (["together"], False)
