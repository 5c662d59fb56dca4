"""Every public method of the official package about connections, buckets, tasks, snapshots and profiles.

Run by test_official_methods.py under ``qarnot-mock run --time x100``; prints what watched.py saw.
"""

import contextlib
import io
import pathlib
import tempfile

import watched
from qarnot import connection, helper, task
from qarnot.advanced_bucket import BucketPrefixFiltering, PrefixResourcesTransformation
from qarnot.bucket import Bucket
from qarnot.dependency import AdvancedDependency, TaskFinalStateSuccess
from qarnot.exceptions import MissingProjectException, MissingTaskException, QarnotException
from qarnot.project import Project

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "in" / "deep").mkdir(parents=True)
(folder / "in" / "a.txt").write_text("a")
(folder / "in" / "deep" / "b.txt").write_text("b")

helper.Log.get_logger_for_stream(io.StringIO(), "official")
conn = connection.Connection()
assert conn.s3client
assert conn.s3resource
assert "@" in conn.user_info.email
assert conn.retrieve_profile("docker-batch").name in conn.profiles_names()
assert conn.profile_details("none") is None
assert conn.profile_details("docker-batch")
assert conn.profiles()

assert Project.retrieve_default(conn).slug == "default"
for retrieve in (Project.retrieve_by_uuid, Project.retrieve_by_slug, Project.retrieve_by_name):
    with contextlib.suppress(MissingProjectException):
        retrieve(conn, "none")

bucket = conn.create_bucket("given")
assert conn.retrieve_bucket("given").uuid == conn.retrieve_or_create_bucket("given").description
bucket.sync_directory(str(folder / "in"))
bucket.sync_files({"a.txt": str(folder / "in" / "a.txt")}, remote="files")
bucket.add_string("text", "string.txt")
bucket.add_file(str(folder / "in" / "a.txt"), "added.txt")
bucket.add_directory(str(folder / "in"), "tree")
bucket.copy_file("string.txt", "copied.txt")
bucket.flush()
bucket.update(True)
assert {"a.txt", "copied.txt", "deep/b.txt"} <= {f.key for f in bucket.list_files()}
assert sorted(f.key for f in bucket.directory("deep")) == ["deep/b.txt"]
bucket.sync_remote_to_local(str(folder / "synced"))
bucket.get_all_files(str(folder / "all"))
assert pathlib.Path(bucket.get_file("a.txt", str(folder / "a.txt"))).read_text() == "a"
bucket.delete_file("copied.txt")
narrowed = bucket.with_filtering(BucketPrefixFiltering("deep/"))
narrowed = narrowed.with_resource_transformation(PrefixResourcesTransformation("deep/")).with_cache_ttl(60)
assert Bucket.from_json(conn, narrowed.to_json()).uuid == "given"
assert [b.uuid for b in conn.buckets()] == ["given"]

one = conn.create_task("one", "docker-batch", 2, shortname="one")
one.resources = [narrowed]
one.results = conn.create_bucket("results-of-one")
one.constants["DOCKER_CMD"] = "echo hello"
one.constants["MOCK_DURATION"] = "36000"
one.constants["MOCK_RESULTS"] = '{"out.txt": "made"}'
one.tags = ["x"]
one.labels = {"k": "v"}
one.auto_update = False  # otherwise reading may refresh, depending on how long the script takes
one.allow_credentials_to_be_exported_to_task_environment()
one.submit()
while one.state != "FullyExecuting":
    one.wait(timeout=2)
    one.update(True)
one.update_resources()
one.tags = ["x", "y"]
one.commit()
one.snapshot(120)
snapshot = one.instant()
assert one.snapshot_status(snapshot)
one.wait_snapshot(snapshot, timeout=20)
assert "hello" in one.fresh_stdout() + one.stdout() + one.stdout(0)
one.fresh_stdout(0), one.fresh_stderr(), one.fresh_stderr(0), one.stderr(), one.stderr(0)
with contextlib.redirect_stdout(io.StringIO()):
    one.print_progress(print_state=True, print_stdout=True, print_stderr=True)
assert one.carbon_facts().to_json()
assert one.carbon_facts("european_dc")
assert one.credits() is not None
one.abort()

two = conn.create_task("two", "docker-batch", "1-2")
two.constants["MOCK_RESULTS"] = '{"out.txt": "made"}'
two.auto_update = False
two.results = conn.create_bucket("results-of-two")
two.run(output_dir=str(folder / "two"))
assert two.state == "Success"
two.resume(str(folder / "again"))
two.download_results(str(folder / "more"))

after = conn.create_task("after", "docker-batch")
after.set_task_dependencies_from_uuids([two.uuid])
after.set_task_dependencies_from_tasks([one])
after.remove_task_dependency(one.uuid)
after.clear_task_dependencies()
after.set_task_advanced_dependencies([AdvancedDependency(two.uuid, [TaskFinalStateSuccess()])])

three, four = conn.create_task("three", "docker-batch"), conn.create_task("four", "docker-batch")
conn.submit_tasks([three, four])
assert conn.retrieve_task(three.uuid).name == "three"

assert [t.name for t in conn.tasks(tags=["y"])] == ["one"]
assert len(list(conn.all_tasks())) == len(conn.tasks_page(maximum=10).page_data) == 4
assert len(conn.tasks_page(maximum=10, summary=False).page_data) == 4
for name in sorted(vars(task.Task)):
    if isinstance(vars(task.Task)[name], property) and name != "pool":  # without a pool it asks for /pools/None
        getattr(two, name)
three.auto_update = False
three.delete()
two.delete(purge_resources=True, purge_results=True)
with contextlib.suppress(MissingTaskException, QarnotException):
    conn.retrieve_task(two.uuid)
bucket.delete()
watched.report()
