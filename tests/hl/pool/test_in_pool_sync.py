# Generated from tests/hl/pool/test_in_pool_async.py by scripts/unasync.py. Do not edit.
"""Tasks and jobs in a pool, and the pool as they show it. The blocking twin is made from this."""

from __future__ import annotations

import pickle
from typing import Any

import httpx
import pytest

from qarnot_hl._sync.job import Job
from qarnot_hl._sync.pool import Pool
from qarnot_hl._sync.task import Task

pytestmark = pytest.mark.anyio


@pytest.fixture
def pool(connect: Any, pool_json: Any) -> Pool:
    return Pool.from_json(connect(), pool_json())


def test_a_task_runs_in_a_pool(pool: Pool, server: Any, pool_uuid: str) -> None:
    server.on("POST /tasks", {"uuid": "t-1"})
    task = pool._connection.create_task("n", pool, 2)
    assert (task.pool is pool, task.profile) == (True, None)
    task.submit()
    assert server.body() == {"name": "n", "poolUuid": pool_uuid, "instanceCount": 2}
    assert (task.pool is pool, task.pool_uuid) == (True, pool_uuid)


def test_a_job_runs_in_a_pool_given_as_itself_or_by_uuid(pool: Pool, server: Any, pool_uuid: str) -> None:
    server.on("POST /jobs", {"uuid": "j-1"})
    for given in (pool, pool_uuid):
        job = pool._connection.create_job("together", given)
        job.submit()
        assert server.body()["poolUuid"] == pool_uuid
        assert job.pool is not None
        assert job.pool.uuid == pool_uuid


def test_a_pool_that_is_not_submitted_can_hold_nothing(connect: Any) -> None:
    pool = connect().create_pool("ready", "docker-batch")
    with pytest.raises(ValueError, match="not submitted"):
        connect().create_task("n", pool)
    with pytest.raises(ValueError, match="not submitted"):
        connect().create_job("n", pool)


def test_a_task_takes_a_pool_or_a_job(pool: Pool, connect: Any) -> None:
    job = Job.from_json(connect(), {"uuid": "j-1"})
    with pytest.raises(ValueError, match="one too many"):
        connect().create_task("n", pool, job=job)


def test_a_job_can_stand_where_a_pool_does(pool: Pool, connect: Any) -> None:
    job = Job.from_json(connect(), {"uuid": "j-1"})
    task = connect().create_task("n", job)
    assert (task.job_uuid, task.pool, task.profile) == ("j-1", None, None)
    with pytest.raises(ValueError, match="one too many"):
        connect().create_task("n", job, job=job)


def test_a_pool_is_no_job_and_a_job_no_pool(pool: Pool, connect: Any) -> None:
    job = Job.from_json(connect(), {"uuid": "j-1"})
    with pytest.raises(TypeError, match="neither a job nor"):
        connect().create_task("n", "docker-batch", job=pool)
    with pytest.raises(TypeError, match="neither a pool nor"):
        connect().create_job("n", job)


def test_a_pool_and_a_profile_exclude_each_other(pool: Pool, connect: Any) -> None:
    task = connect().create_task("n", "docker-batch")
    task.pool = None
    with pytest.raises(AttributeError, match="while profile is set"):
        task.pool = pool
    task.profile = None
    task.pool = pool
    with pytest.raises(AttributeError, match="while pool is set"):
        task.profile = "docker-batch"
    task.pool = None
    task.profile = "docker-batch"
    assert task._to_json()["profile"] == "docker-batch"
    assert "poolUuid" not in task._to_json()


@pytest.mark.parametrize("kind", [Task, Job])
def test_the_pool_cannot_be_set_after_submit(kind: Any, pool: Pool) -> None:
    submitted = kind.from_json(pool._connection, {"uuid": "x", "poolUuid": None})
    with pytest.raises(AttributeError, match="until the object is submitted"):
        submitted.pool = pool


@pytest.mark.parametrize("kind", [Task, Job])
def test_the_pool_is_shown_without_a_request(kind: Any, connect: Any, server: Any, pool_uuid: str) -> None:
    inside = kind.from_json(connect(), {"uuid": "x", "poolUuid": pool_uuid})
    assert inside.pool is inside.pool
    assert (inside.pool.uuid, repr(inside.pool)) == (pool_uuid, repr(inside.pool))
    assert "state='not fetched'" in repr(inside.pool)
    assert kind.from_json(connect(), {"uuid": "x", "poolUuid": None}).pool is None
    assert server.requests == []


def test_something_of_the_shown_pool_is_fetched_when_it_is_read(
    connect: Any, server: Any, pool_path: str, pool_uuid: str, pool_json: Any
) -> None:
    server.on(f"GET {pool_path}", pool_json())
    task = Task.from_json(connect(), {"uuid": "t-1", "poolUuid": pool_uuid})
    pool = task.pool
    assert pool is not None
    assert (pool.name, pool.instancecount) == ("ready", 2)
    assert server.calls == [f"GET {pool_path}"]


def test_changes_to_the_shown_pool_can_be_committed(connect: Any, server: Any, pool_path: str, pool_uuid: str) -> None:
    server.on(f"PUT {pool_path}", httpx.Response(200))
    job = Job.from_json(connect(), {"uuid": "j-1", "poolUuid": pool_uuid})
    assert job.pool is not None
    job.pool.setup_elastic(maximum_total_slots=4)
    job.pool.commit()
    assert server.body()["elasticProperty"]["maxTotalSlots"] == 4


def test_a_task_in_a_pool_can_be_pickled(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QARNOT_CLIENT_TOKEN", "s3cr3t-token")
    task = pool._connection.create_task("n", pool)
    again = pickle.loads(pickle.dumps(task))
    assert (again.pool.uuid, again.name) == (pool.uuid, "n")
