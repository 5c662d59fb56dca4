"""Tasks and jobs in a pool, and the pool as they show it. The blocking twin is made from this."""

from __future__ import annotations

import pickle
from typing import Any

import httpx
import pytest

from qarnot_hl._async.job import AsyncJob
from qarnot_hl._async.pool import AsyncPool
from qarnot_hl._async.task import AsyncTask

pytestmark = pytest.mark.anyio


@pytest.fixture
def pool(aconnect: Any, pool_json: Any) -> AsyncPool:
    return AsyncPool.from_json(aconnect(), pool_json())


async def test_a_task_runs_in_a_pool(pool: AsyncPool, server: Any, pool_uuid: str) -> None:
    server.on("POST /tasks", {"uuid": "t-1"})
    task = pool._connection.create_task("n", pool, 2)
    assert (task.pool is pool, task.profile) == (True, None)
    await task.submit()
    assert server.body() == {"name": "n", "poolUuid": pool_uuid, "instanceCount": 2}
    assert (task.pool is pool, task.pool_uuid) == (True, pool_uuid)


async def test_a_job_runs_in_a_pool_given_as_itself_or_by_uuid(pool: AsyncPool, server: Any, pool_uuid: str) -> None:
    server.on("POST /jobs", {"uuid": "j-1"})
    for given in (pool, pool_uuid):
        job = pool._connection.create_job("together", given)
        await job.submit()
        assert server.body()["poolUuid"] == pool_uuid
        assert job.pool is not None
        assert job.pool.uuid == pool_uuid


async def test_a_pool_that_is_not_submitted_can_hold_nothing(aconnect: Any) -> None:
    pool = aconnect().create_pool("ready", "docker-batch")
    with pytest.raises(ValueError, match="not submitted"):
        aconnect().create_task("n", pool)
    with pytest.raises(ValueError, match="not submitted"):
        aconnect().create_job("n", pool)


async def test_a_task_takes_a_pool_or_a_job(pool: AsyncPool, aconnect: Any) -> None:
    job = AsyncJob.from_json(aconnect(), {"uuid": "j-1"})
    with pytest.raises(ValueError, match="one too many"):
        aconnect().create_task("n", pool, job=job)


async def test_a_job_can_stand_where_a_pool_does(pool: AsyncPool, aconnect: Any) -> None:
    job = AsyncJob.from_json(aconnect(), {"uuid": "j-1"})
    task = aconnect().create_task("n", job)
    assert (task.job_uuid, task.pool, task.profile) == ("j-1", None, None)
    with pytest.raises(ValueError, match="one too many"):
        aconnect().create_task("n", job, job=job)


async def test_a_pool_is_no_job_and_a_job_no_pool(pool: AsyncPool, aconnect: Any) -> None:
    job = AsyncJob.from_json(aconnect(), {"uuid": "j-1"})
    with pytest.raises(TypeError, match="neither a job nor"):
        aconnect().create_task("n", "docker-batch", job=pool)
    with pytest.raises(TypeError, match="neither a pool nor"):
        aconnect().create_job("n", job)


async def test_a_pool_and_a_profile_exclude_each_other(pool: AsyncPool, aconnect: Any) -> None:
    task = aconnect().create_task("n", "docker-batch")
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


@pytest.mark.parametrize("kind", [AsyncTask, AsyncJob])
async def test_the_pool_cannot_be_set_after_submit(kind: Any, pool: AsyncPool) -> None:
    submitted = kind.from_json(pool._connection, {"uuid": "x", "poolUuid": None})
    with pytest.raises(AttributeError, match="until the object is submitted"):
        submitted.pool = pool


@pytest.mark.parametrize("kind", [AsyncTask, AsyncJob])
async def test_the_pool_is_shown_without_a_request(kind: Any, aconnect: Any, server: Any, pool_uuid: str) -> None:
    inside = kind.from_json(aconnect(), {"uuid": "x", "poolUuid": pool_uuid})
    assert inside.pool is inside.pool
    assert (inside.pool.uuid, repr(inside.pool)) == (pool_uuid, repr(inside.pool))
    assert "state='not fetched'" in repr(inside.pool)
    assert kind.from_json(aconnect(), {"uuid": "x", "poolUuid": None}).pool is None
    assert server.requests == []


async def test_something_of_the_shown_pool_is_fetched_when_it_is_read(
    aconnect: Any, server: Any, pool_path: str, pool_uuid: str, pool_json: Any
) -> None:
    server.on(f"GET {pool_path}", pool_json())
    task = AsyncTask.from_json(aconnect(), {"uuid": "t-1", "poolUuid": pool_uuid})
    pool = task.pool
    assert pool is not None
    await pool.update(True)  # async only
    assert (pool.name, pool.instancecount) == ("ready", 2)
    assert server.calls == [f"GET {pool_path}"]


async def test_changes_to_the_shown_pool_can_be_committed(
    aconnect: Any, server: Any, pool_path: str, pool_uuid: str
) -> None:
    server.on(f"PUT {pool_path}", httpx.Response(200))
    job = AsyncJob.from_json(aconnect(), {"uuid": "j-1", "poolUuid": pool_uuid})
    assert job.pool is not None
    job.pool.setup_elastic(maximum_total_slots=4)
    await job.pool.commit()
    assert server.body()["elasticProperty"]["maxTotalSlots"] == 4


async def test_a_task_in_a_pool_can_be_pickled(pool: AsyncPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QARNOT_CLIENT_TOKEN", "s3cr3t-token")
    task = pool._connection.create_task("n", pool)
    again = pickle.loads(pickle.dumps(task))
    assert (again.pool.uuid, again.name) == (pool.uuid, "n")
