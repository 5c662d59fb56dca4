"""Every documented name of pools and jobs, and of what gives or takes them, does what it says: one check a name.

As in test_documented_names.py, which checks the other names and all signatures, against one mock over real sockets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import attrs
import pytest

import qarnot_hl as qarnot

NAMES = json.loads((Path(__file__).parents[1] / "hl" / "documented" / "names.json").read_text())
LISTED = {f"{path}.{name}" for path in ("job.Job", "pool.Pool") for name in NAMES[path]} | {
    f"connection.Connection.{name}" for name in NAMES["connection.Connection"] if re.search("pool|job", name)
}


@attrs.frozen
class Stage:
    """A connection, a pool of two slots that is ready and that nobody changes, and unused names."""

    conn: Any
    pool: Any
    numbers: Iterator[int]

    def name(self, kind: str) -> str:
        return f"{kind}-{next(self.numbers)}"

    def new_pool(self, slots: int = 1) -> Any:
        return self.conn.create_pool(self.name("pool"), "docker-batch", slots)

    def submitted_pool(self) -> Any:
        pool = self.new_pool()
        pool.submit()
        return pool

    def new_job(self, **changes: Any) -> Any:
        return self.conn.create_job(self.name("job"), **changes)

    def submitted_job(self, **changes: Any) -> Any:
        job = self.new_job(**changes)
        job.submit()
        return job

    def task(self, place: Any = "docker-batch", **constants: str) -> Any:
        task = self.conn.create_task(self.name("task"), place)
        task.constants = {"DOCKER_CMD": "echo from ${INSTANCE_ID}"} | constants
        return task

    def endless(self, job: Any) -> Any:
        task = self.conn.create_task(self.name("task"), "docker-batch", job=job)
        task.constants = {"MOCK_DURATION": "1000000"}
        task.submit()
        while "Executing" not in fresh_state(task):
            pass
        return task


def fresh_state(one: Any) -> str:
    one.update(True)
    return str(one.state)


@pytest.fixture(scope="module")
def shared(mock_server: Callable[..., Any]) -> dict[str, Any]:
    conn = qarnot.connection.Connection(
        cluster_url=mock_server("--time", "x100").url, client_token="documented-pools-and-jobs"
    )
    bucket = conn.create_bucket("pooled")
    bucket.add_string("alpha", "a.txt")
    pool = conn.create_pool("documented", "docker-batch", 2, "documented")
    pool.tags = ["documented", "two words"]
    pool.constants = {"DOCKER_REPO": "library/ubuntu"}
    pool.resources = [bucket]
    pool.submit()
    assert pool.wait_ready(600) is True
    return {"conn": conn, "pool": pool, "numbers": count()}


@pytest.fixture
def stage(shared: dict[str, Any]) -> Stage:
    return Stage(**shared)


CHECKS: dict[str, Callable[[Stage], None]] = {}


def check(*names: str) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    """Register a check under the documented names whose value it looks at."""

    def register(function: Callable[[Stage], None]) -> Callable[[Stage], None]:
        CHECKS.update(dict.fromkeys(names, function))
        return function

    return register


@check("connection.Connection.create_pool", "pool.Pool.__init__", "pool.Pool.name", "pool.Pool.profile")
def _(s: Stage) -> None:
    pool = s.conn.create_pool("n", "docker-batch", 3, "short")
    assert (pool.name, pool.profile, pool.instancecount, pool.shortname) == ("n", "docker-batch", 3, "short")
    pool = qarnot.pool.Pool(s.conn, "first", "ubuntu")
    pool.name, pool.profile = "second", "docker-batch"
    pool.submit()
    stored = s.conn.retrieve_pool(pool.uuid)
    assert (stored.name, stored.profile, stored.instancecount) == ("second", "docker-batch", 1)
    with pytest.raises(AttributeError):
        pool.name = "third"


@check("connection.Connection.create_elastic_pool", "pool.Pool.is_elastic")
def _(s: Stage) -> None:
    name = s.name("elastic")
    pool = s.conn.create_elastic_pool(name, "docker-batch", 1, 5, 2, 30, 0.5, 120, name)
    pool.submit()
    stored = s.conn.retrieve_pool(name)
    assert stored.is_elastic is True
    assert (stored.elastic_minimum_slots, stored.elastic_maximum_slots) == (1, 5)
    assert (stored.elastic_minimum_idle_slots, stored.elastic_minimum_idle_time) == (2, 30)
    assert (stored.elastic_resize_factor, stored.elastic_resize_period) == (0.5, 120)
    assert s.pool.is_elastic is False
    pool.delete()


@check("connection.Connection.pools", "pool.Pool.tags")
def _(s: Stage) -> None:
    assert s.pool.tags == ["documented", "two words"]
    assert [p.uuid for p in s.conn.pools(tags_intersect=["two words", "documented"])] == [s.pool.uuid]
    assert s.conn.pools(tags_intersect=["two words", "no such tag"]) == []
    assert s.pool.uuid in {p.uuid for p in s.conn.pools()}
    assert s.pool.constants in [p.constants for p in s.conn.pools(False)]


@check("connection.Connection.retrieve_pool")
def _(s: Stage) -> None:
    assert s.conn.retrieve_pool("documented").uuid == s.pool.uuid
    with pytest.raises(qarnot.exceptions.MissingPoolException, match="nobody"):
        s.conn.retrieve_pool("nobody")


@check("pool.Pool.submit", "pool.Pool.uuid", "pool.Pool.state")
def _(s: Stage) -> None:
    pool = s.new_pool()
    assert (pool.uuid, pool.state) == (None, "UnSubmitted")
    pool.submit()
    assert re.fullmatch(r"[0-9a-f-]{36}", pool.uuid)
    while fresh_state(pool) != "FullyExecuting":
        pass
    pool.submit()
    pool.delete()


@check("pool.Pool.update", "pool.Pool.auto_update", "pool.Pool.update_cache_time")
def _(s: Stage) -> None:
    pool = s.submitted_pool()
    assert pool.auto_update is True
    assert pool.update_cache_time == 5
    pool.auto_update = False
    pool.update_cache_time = 60
    s.conn.retrieve_pool(pool.uuid).close()
    assert pool.state not in ("Closing", "Closed")
    pool.update()
    assert pool.state not in ("Closing", "Closed")
    pool.update(flushcache=True)
    assert pool.state in ("Closing", "Closed")


@check("pool.Pool.from_json")
def _(s: Stage) -> None:
    pool = qarnot.pool.Pool.from_json(s.conn, {"uuid": s.pool.uuid, "name": "x"}, is_summary=True)
    assert pool.constants == {"DOCKER_REPO": "library/ubuntu"}
    assert pool.name == "documented"


@check("pool.Pool.commit", "pool.Pool.constants", "pool.Pool.setup_elastic")
def _(s: Stage) -> None:
    pool = s.submitted_pool()
    pool.constants["ADDED"] = "later"
    pool.tags = ["committed"]
    pool.setup_elastic(1, 4, 2, 60, 0.25, 180)
    assert s.conn.retrieve_pool(pool.uuid).is_elastic is False
    pool.commit()
    stored = s.conn.retrieve_pool(pool.uuid)
    assert (stored.constants["ADDED"], stored.tags, stored.is_elastic) == ("later", ["committed"], True)
    assert (stored.elastic_maximum_slots, stored.elastic_resize_factor) == (4, 0.25)
    pool.delete()


@check(
    "pool.Pool.elastic_minimum_slots",
    "pool.Pool.elastic_maximum_slots",
    "pool.Pool.elastic_minimum_idle_slots",
    "pool.Pool.elastic_minimum_idle_time",
    "pool.Pool.elastic_resize_factor",
    "pool.Pool.elastic_resize_period",
)
def _(s: Stage) -> None:
    pool = s.conn.create_elastic_pool(s.name("elastic"), "docker-batch", maximum_total_slots=4)
    wanted = {"minimum_slots": 1, "maximum_slots": 3, "minimum_idle_slots": 1, "minimum_idle_time": 45,
              "resize_factor": 0.75, "resize_period": 100}  # fmt: skip
    pool.submit()
    for name, value in wanted.items():
        setattr(pool, f"elastic_{name}", value)
    pool.commit()
    stored = s.conn.retrieve_pool(pool.uuid)
    assert {name: getattr(stored, f"elastic_{name}") for name in wanted} == wanted
    pool.delete()


@check("pool.Pool.delete", "pool.Pool.resources")
def _(s: Stage) -> None:
    bucket = s.conn.create_bucket(s.name("bucket"))
    pool = s.new_pool()
    pool.resources.append(bucket)
    pool.submit()
    assert [b.uuid for b in s.conn.retrieve_pool(pool.uuid).resources] == [bucket.uuid]
    pool.delete(purge_resources=True)
    assert bucket.uuid not in {b.uuid for b in s.conn.buckets()}
    assert [b.uuid for b in s.pool.resources] == ["pooled"]


@check("pool.Pool.close")
def _(s: Stage) -> None:
    pool = s.submitted_pool()
    pool.close()
    while fresh_state(pool) != "Closed":
        assert pool.state == "Closing"
    with pytest.raises(qarnot.exceptions.UnauthorizedException):
        pool.close()
    with pytest.raises(qarnot.exceptions.QarnotGenericException):
        s.task(pool).submit()


@check("pool.Pool.shortname")
def _(s: Stage) -> None:
    pool = s.new_pool()
    pool.shortname = s.name("renamed")
    pool.submit()
    assert s.conn.retrieve_pool(pool.shortname).uuid == pool.uuid
    unnamed = s.submitted_pool()
    assert unnamed.shortname == unnamed.uuid
    pool.delete()
    unnamed.delete()


@check("pool.Pool.instancecount", "pool.Pool.running_core_count", "pool.Pool.running_instance_count")
def _(s: Stage) -> None:
    s.pool.update(True)
    assert (s.pool.instancecount, s.pool.running_instance_count) == (2, 2)
    assert s.pool.running_core_count >= 2
    with pytest.raises(AttributeError):
        s.pool.instancecount = 3


@check("pool.Pool.status", "pool.Pool.errors", "pool.Pool.creation_date")
def _(s: Stage) -> None:
    s.pool.update(True)
    assert len(s.pool.status.running_instances_info.per_running_instance_info) == 2
    assert s.pool.errors == []
    assert isinstance(s.pool.creation_date, datetime)


@check(
    "pool.Pool.preparation_command_line",
    "pool.Pool.constraints",
    "pool.Pool.tasks_default_wait_for_pool_resources_synchronization",
)
def _(s: Stage) -> None:
    pool = s.new_pool()
    pool.preparation_command_line = "echo ready"
    pool.constraints = {"advanced": "usage"}
    pool.tasks_default_wait_for_pool_resources_synchronization = True
    assert pool.constraints == {"advanced": "usage"}
    pool.constraints = {}
    pool.submit()
    stored = s.conn.retrieve_pool(pool.uuid)
    assert stored.preparation_command_line == "echo ready"
    assert stored.tasks_default_wait_for_pool_resources_synchronization is True
    with pytest.raises(AttributeError):
        stored.tasks_default_wait_for_pool_resources_synchronization = False
    pool.delete()


@check("pool.Pool.auto_delete", "pool.Pool.completion_ttl")
def _(s: Stage) -> None:
    pool = s.new_pool()
    assert pool.auto_delete is False
    pool.auto_delete = True
    pool.completion_ttl = timedelta(days=400, hours=1)
    with pytest.raises(ValueError, match="soon"):
        pool.completion_ttl = "soon"
    pool.submit()
    stored = s.conn.retrieve_pool(pool.uuid)
    assert (stored.auto_delete, stored.completion_ttl) == (True, "400.01:00:00")
    for name, value in (("auto_delete", False), ("completion_ttl", "00:01:00")):
        with pytest.raises(AttributeError):
            setattr(stored, name, value)
    pool.delete()


@check("connection.Connection.create_job", "job.Job.__init__", "job.Job.name", "job.Job.use_dependencies")
def _(s: Stage) -> None:
    job = s.conn.create_job("n", None, "short", True)
    assert (job.name, job.pool, job.shortname, job.use_dependencies) == ("n", None, "short", True)
    job = qarnot.job.Job(s.conn, "first")
    job.name, job.use_dependencies = "second", True
    job.submit()
    stored = s.conn.retrieve_job(job.uuid)
    assert (stored.name, stored.use_dependencies, stored.pool) == ("second", True, None)
    with pytest.raises(AttributeError):
        job.name = "third"
    with pytest.raises(AttributeError):
        job.use_dependencies = False


@check("connection.Connection.jobs")
def _(s: Stage) -> None:
    job = s.submitted_job()
    assert job.uuid in {found.uuid for found in s.conn.jobs()}


@check("connection.Connection.retrieve_job", "job.Job.shortname")
def _(s: Stage) -> None:
    job = s.new_job()
    job.shortname = s.name("renamed")
    job.submit()
    assert s.conn.retrieve_job(job.shortname).uuid == job.uuid
    unnamed = s.submitted_job()
    assert unnamed.shortname == unnamed.uuid
    with pytest.raises(qarnot.exceptions.MissingJobException, match="nobody"):
        s.conn.retrieve_job("nobody")


@check("job.Job.submit", "job.Job.uuid", "job.Job.state")
def _(s: Stage) -> None:
    job = s.new_job()
    assert (job.uuid, job.state) == (None, "UnSubmitted")
    job.submit()
    assert re.fullmatch(r"[0-9a-f-]{36}", job.uuid)
    assert fresh_state(job) == "Active"


@check("job.Job.update", "job.Job.auto_update", "job.Job.update_cache_time")
def _(s: Stage) -> None:
    job = s.submitted_job()
    assert job.auto_update is True
    assert job.update_cache_time == 5
    job.auto_update = False
    job.update_cache_time = 60
    s.conn.retrieve_job(job.uuid).terminate()
    job.update()
    assert job.state == "Active"
    job.update(flushcache=True)
    assert job.state in ("Terminating", "Completed")


@check("job.Job.from_json")
def _(s: Stage) -> None:
    job = qarnot.job.Job.from_json(s.conn, {"uuid": s.submitted_job().uuid, "name": "as written", "state": "Active"})
    assert job.name == "as written"
    assert fresh_state(job) == "Active"
    assert job.name.startswith("job-")


@check("job.Job.terminate")
def _(s: Stage) -> None:
    job = s.submitted_job()
    task = s.endless(job)
    job.terminate()
    assert task.wait(60) is True
    assert task.state == "Cancelled"
    while fresh_state(job) != "Completed":
        assert job.state == "Terminating"


@check("job.Job.delete")
def _(s: Stage) -> None:
    job = s.submitted_job()
    s.endless(job)
    with pytest.raises(qarnot.exceptions.UnauthorizedException):
        job.delete()
    job.delete(forceAbort=True)
    with pytest.raises(qarnot.exceptions.MissingJobException):
        all(s.conn.retrieve_job(job.uuid) for _ in count())


@check("job.Job.max_wall_time")
def _(s: Stage) -> None:
    job = s.new_job()
    job.max_wall_time = "00:01:40"
    job.submit()
    task = s.endless(job)
    assert s.conn.retrieve_job(job.uuid).max_wall_time == "00:01:40"
    assert task.wait(60) is True
    assert task.state == "Cancelled"
    with pytest.raises(AttributeError):
        job.max_wall_time = "00:00:30"


@check("job.Job.pool")
def _(s: Stage) -> None:
    job = s.submitted_job(pool=s.pool)
    assert job.pool is s.pool
    assert s.conn.retrieve_job(job.uuid).pool.name == "documented"
    task = s.conn.create_task(s.name("task"), job=job)
    task.constants = {"DOCKER_CMD": "echo from the pool"}
    task.run()
    assert task.stdout() == "0> from the pool\n"
    with pytest.raises(AttributeError):
        job.pool = None


@check("job.Job.auto_delete", "job.Job.completion_ttl")
def _(s: Stage) -> None:
    job = s.new_job()
    assert job.auto_delete is False
    job.auto_delete = True
    job.completion_ttl = "2.03:04:05.5"
    with pytest.raises(ValueError, match="soon"):
        job.completion_ttl = "soon"
    job.submit()
    stored = s.conn.retrieve_job(job.uuid)
    assert stored.auto_delete is True
    assert stored.completion_ttl.timedelta == timedelta(days=2, hours=3, minutes=4, seconds=5.5)
    for name, value in (("auto_delete", False), ("completion_ttl", "00:01:00")):
        with pytest.raises(AttributeError):
            setattr(stored, name, value)


def test_no_documented_name_of_pools_and_jobs_goes_unchecked() -> None:
    assert set(CHECKS) == LISTED


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_documented_name_does_what_it_says(name: str, stage: Stage) -> None:
    CHECKS[name](stage)


def test_a_task_runs_in_a_pool_and_knows_it(stage: Stage) -> None:
    task = stage.task(stage.pool)
    task.wait_for_pool_resources_synchronization = True
    task.run()
    assert (task.state, task.stdout()) == ("Success", "0> from 0\n")
    stored = stage.conn.retrieve_task(task.uuid)
    assert (stored.pool.name, stored.wait_for_pool_resources_synchronization) == ("documented", True)
    assert task.uuid in {found.uuid for found in stage.pool.tasks}


def test_the_limit_of_pools_is_told(shared: dict[str, Any]) -> None:
    conn = qarnot.connection.Connection(cluster_url=shared["conn"].cluster, client_token="many-pools")
    pools = [conn.create_pool(f"pool-{number}", "docker-batch") for number in range(conn.user_info.max_pool + 1)]
    for pool in pools[:-1]:
        pool.submit()
    with pytest.raises(qarnot.exceptions.MaxPoolException):
        pools[-1].submit()
