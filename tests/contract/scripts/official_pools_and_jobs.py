"""Every public method of the official package about pools, jobs and the tasks in them.

Run by test_official_methods.py under ``qarnot-mock run --time x100``; prints what watched.py saw.
"""

import contextlib

import watched
from qarnot import connection, scaling
from qarnot.exceptions import QarnotException


def read_all(thing, *, but=()):
    for name, member in vars(type(thing)).items():
        if isinstance(member, property) and name not in but:
            getattr(thing, name)


conn = connection.Connection()

pool = conn.create_pool("fixed", "docker-batch", 2, shortname="fixed-pool")
pool.resources = [conn.create_bucket("pool-in")]
pool.constants["DOCKER_CMD"] = "echo here"
pool.preparation_command_line = "echo prepared"
pool.tags = ["p"]
pool.labels = {"k": "v"}
pool.allow_credentials_to_be_exported_to_pool_environment()
pool.auto_update = False
pool.submit()
pool.update(True)
pool.tags = ["p", "q"]
pool.commit()
pool.update_resources()
for read in (pool.stdout, pool.stderr, pool.fresh_stdout, pool.fresh_stderr):
    read()
    with contextlib.suppress(QarnotException):  # an instance that has not started may be unknown
        read(0)
pool.carbon_facts(), pool.credits()
read_all(pool)

elastic = conn.create_elastic_pool("elastic", "docker-batch", 0, 4, 1, 60, 0.5, 90)
elastic.auto_update = False
elastic.submit()
scaled = conn.create_pool("scaled", "docker-batch")
scaled.scaling = scaling.Scaling([scaling.FixedScalingPolicy(2, "always", [scaling.TimePeriodAlways("all day")])])
scaled.auto_update = False
scaled.submit()

assert conn.retrieve_pool("fixed-pool").uuid == pool.uuid
assert [p.name for p in conn.pools(tags=["q"])] == ["fixed"]
assert len(list(conn.all_pools())) == len(conn.pools_page(maximum=10, summary=False).page_data) == 3

task = conn.create_task("in the pool", pool, 2)
task.auto_update = False
task.submit()
task.wait()
assert task.pool.uuid == pool.uuid

job = conn.create_job("job", shortname="the-job", useDependencies=True)
job.tags = ["j"]
job.auto_update = False
job.submit()
first = conn.create_task("first", "docker-batch", job=job)
first.auto_update = False
first.submit()
second = conn.create_task("second", "docker-batch", job=job)
second.auto_update = False
second.set_task_dependencies_from_tasks([first])
second.submit()
second.wait()
assert sorted(t.name for t in job.tasks) == ["first", "second"]
job.update(True)
read_all(job, but=("pool",))  # without a pool it asks for /pools/None
assert conn.retrieve_job("the-job").uuid == job.uuid
assert [j.name for j in conn.jobs(tags=["j"])] == [j.name for j in conn.all_jobs()] == ["job"]
assert len(conn.jobs_page(maximum=10).page_data) == 1
job.terminate()
job.delete(forceAbort=True)
closing = conn.create_job("in a pool", pool)
closing.auto_update = False
closing.submit()
assert closing.pool.uuid == pool.uuid
closing.delete()

elastic.close()
elastic.delete()
pool.delete(purge_resources=True)

watched.report()
