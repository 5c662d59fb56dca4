"""Every documented name is in place, with its parameters and defaults, and does what it says: one check a name.

``names.json`` is the list (see scripts/documented_api.py); the fields of the value objects are checked beside it, and
what pools and jobs do in test_documented_pools_and_jobs.py. The checks run against one mock over real sockets, each on
tasks and buckets of its own or on ones that nobody changes.
"""

from __future__ import annotations

import importlib
import inspect
import io
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
RESULTS = '{"out/result.txt": "computed", "skipped.tmp": "x"}'


@attrs.frozen
class Stage:
    """What the checks work with: a connection, a finished task, its buckets, and a folder of the check's own."""

    conn: Any
    done: Any
    bucket: Any
    folder: Path
    numbers: Iterator[int]

    def name(self, kind: str) -> str:
        return f"{kind}-{next(self.numbers)}"

    def task(self, instances: int | str = 1, **constants: str) -> Any:
        task = self.conn.create_task(self.name("task"), "docker-batch", instances)
        task.constants = {"DOCKER_CMD": "echo from ${INSTANCE_ID}"} | constants
        return task

    def endless(self) -> Any:
        task = self.task(MOCK_DURATION="1000000")
        task.submit()
        return task

    def new_bucket(self, **files: str) -> Any:
        bucket = self.conn.create_bucket(self.name("bucket"))
        for key, text in files.items():
            bucket.add_string(text, key)
        return bucket

    def file(self, text: str = "content") -> Path:
        path = self.folder / self.name("file")
        path.write_text(text)
        return path


@pytest.fixture(scope="module")
def server(mock_server: Callable[..., Any]) -> Any:
    return mock_server("--time", "x100")


@pytest.fixture(scope="module")
def shared(server: Any) -> dict[str, Any]:
    conn = qarnot.connection.Connection(cluster_url=server.url, client_token="documented-names")
    bucket = conn.create_bucket("documented")
    bucket.add_string("alpha", "a.txt")
    bucket.add_string("beta", "folder/b.txt")
    done = conn.create_task("documented", "docker-batch", 2, shortname="documented")
    done.constants = {
        "DOCKER_CMD": "echo hello from ${INSTANCE_ID}",
        "MOCK_STDERR": "a warning\n",
        "MOCK_RESULTS": RESULTS,
    }
    done.resources = [bucket]
    done.results = conn.create_bucket("documented-results")
    done.results_blacklist = r"\.tmp$"
    done.tags = ["documented", "two words"]
    done.run()
    return {"conn": conn, "done": done, "bucket": bucket, "numbers": count()}


@pytest.fixture
def stage(shared: dict[str, Any], tmp_path: Path) -> Stage:
    return Stage(folder=tmp_path, **shared)


def running_state(task: Any) -> str:
    task.update(True)
    return str(task.state)


def settings_file(stage: Stage, server: str, token: str) -> str:
    path = stage.folder / "qarnot.conf"
    path.write_text(f"[cluster]\nurl={server}\n[client]\ntoken={token}\n[storage]\nunsafe=False\n")
    return str(path)


CHECKS: dict[str, Callable[[Stage], None]] = {}


def check(*names: str) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    """Register a check under the documented names whose value it looks at."""

    def register(function: Callable[[Stage], None]) -> Callable[[Stage], None]:
        CHECKS.update(dict.fromkeys(names, function))
        return function

    return register


@check("connection.Connection.__init__")
def _(s: Stage) -> None:
    conn = qarnot.connection.Connection(settings_file(s, s.conn.cluster, "documented-names"))
    assert conn.retrieve_task("documented").uuid == s.done.uuid
    assert qarnot.connection.Connection({"cluster_url": "http://x", "client_token": "t"}).cluster == "http://x"


@check("connection.Connection.s3client")
def _(s: Stage) -> None:
    listed = s.conn.s3client.list_objects_v2(Bucket="documented")["Contents"]
    assert [entry["Key"] for entry in listed] == ["a.txt", "folder/b.txt"]


@check("connection.Connection.s3resource")
def _(s: Stage) -> None:
    assert s.conn.s3resource.Object("documented", "a.txt").get()["Body"].read() == b"alpha"


@check("connection.Connection.user_info")
def _(s: Stage) -> None:
    assert "@" in s.conn.user_info.email
    assert s.conn.user_info.task_count >= 1


@check("connection.Connection.buckets")
def _(s: Stage) -> None:
    assert {"documented", "documented-results"} <= {bucket.uuid for bucket in s.conn.buckets()}


@check("connection.Connection.tasks", "task.Task.tags")
def _(s: Stage) -> None:
    assert s.done.tags == ["documented", "two words"]
    assert [t.uuid for t in s.conn.tasks(tags=["two words", "no such tag"])] == [s.done.uuid]
    assert s.conn.tasks(tags_intersect=["two words", "no such tag"]) == []
    assert s.done.uuid in {t.uuid for t in s.conn.tasks()}
    assert [t.uuid for t in s.conn.tasks(["documented"], False)] == [s.done.uuid]


@check("connection.Connection.retrieve_task")
def _(s: Stage) -> None:
    assert s.conn.retrieve_task(s.done.uuid).name == "documented"
    with pytest.raises(qarnot.exceptions.MissingTaskException, match="nobody"):
        s.conn.retrieve_task("nobody")


@check("connection.Connection.retrieve_or_create_bucket", "connection.Connection.create_bucket")
def _(s: Stage) -> None:
    name = s.name("fresh")
    assert s.conn.retrieve_or_create_bucket(name).list_files() == []
    s.conn.create_bucket(name).add_string("x", "kept")
    assert [f.key for f in s.conn.retrieve_or_create_bucket(name).list_files()] == ["kept"]


@check("connection.Connection.retrieve_bucket")
def _(s: Stage) -> None:
    assert s.conn.retrieve_bucket("documented").uuid == "documented"
    with pytest.raises(Exception, match=r"404|Not Found") as refusal:
        s.conn.retrieve_bucket("never-made")
    assert "ClientError" in [kind.__name__ for kind in type(refusal.value).__mro__]


@check("connection.Connection.create_task", "task.Task.__init__", "task.Task.name", "task.Task.profile")
def _(s: Stage) -> None:
    task = s.conn.create_task("n", "docker-batch", "1-2", "short", None)
    assert (task.name, task.profile, task.advanced_range, task.shortname) == ("n", "docker-batch", "1-2", "short")
    task = qarnot.task.Task(s.conn, "first", "ubuntu")
    task.name, task.profile = "second", "docker-batch"
    task.submit()
    stored = s.conn.retrieve_task(task.uuid)
    assert (stored.name, stored.profile, stored.instancecount) == ("second", "docker-batch", 1)
    with pytest.raises(AttributeError):
        task.name = "third"


@check("connection.Connection.submit_tasks")
def _(s: Stage) -> None:
    tasks = [s.task(), s.task(2)]
    s.conn.submit_tasks(tasks)
    assert [s.conn.retrieve_task(t.uuid).instancecount for t in tasks] == [1, 2]


@check("connection.Connection.profiles")
def _(s: Stage) -> None:
    assert {"docker-batch", "ubuntu"} <= {profile.name for profile in s.conn.profiles()}


@check("connection.Connection.retrieve_profile")
def _(s: Stage) -> None:
    assert dict(s.conn.retrieve_profile("docker-batch").constants)["DOCKER_TAG"] == "latest"
    with pytest.raises(qarnot.exceptions.MissingProfileException):
        s.conn.retrieve_profile("no-such-profile")


@check("task.Task.run", "task.Task.download_results", "task.Task.resume")
def _(s: Stage) -> None:
    first, second, third = (s.folder / name for name in ("run", "resume", "download"))
    task = s.task(MOCK_RESULTS=RESULTS)
    task.results = s.new_bucket()
    task.run(str(first))
    task.resume(str(second))
    task.download_results(str(third))
    for folder in (first, second, third):
        assert (folder / "out" / "result.txt").read_text() == "computed"


@check("task.Task.submit", "task.Task.uuid", "task.Task.state")
def _(s: Stage) -> None:
    task = s.task()
    assert task.uuid is None
    assert task.state == "UnSubmitted"
    task.submit()
    assert re.fullmatch(r"[0-9a-f-]{36}", task.uuid)
    assert task.state != "UnSubmitted"


@check("task.Task.abort")
def _(s: Stage) -> None:
    task = s.endless()
    task.abort()
    assert task.wait(60) is True
    assert running_state(task) == "Cancelled"


@check("task.Task.update_resources")
def _(s: Stage) -> None:
    task = s.endless()
    while "Executing" not in running_state(task):
        pass
    task.update_resources()
    task.delete()
    with pytest.raises(qarnot.exceptions.QarnotException):
        s.done.update_resources()


@check("task.Task.delete")
def _(s: Stage) -> None:
    task, resources, results = s.task(), s.new_bucket(a="1"), s.new_bucket(b="2")
    task.resources, task.results = [resources], results
    task.run()
    task.delete(purge_resources=True, purge_results=True)
    assert not {resources.uuid, results.uuid} & {bucket.uuid for bucket in s.conn.buckets()}


@check("task.Task.update", "task.Task.auto_update", "task.Task.update_cache_time")
def _(s: Stage) -> None:
    task = s.endless()
    assert task.auto_update is True
    assert task.update_cache_time == 5
    task.auto_update = False
    task.update_cache_time = 60
    s.conn.retrieve_task(task.uuid).abort()
    assert task.state not in ("PendingCancel", "Cancelled")
    task.update()
    assert task.state not in ("PendingCancel", "Cancelled")
    task.update(flushcache=True)
    assert task.state in ("PendingCancel", "Cancelled")


@check("task.Task.from_json")
def _(s: Stage) -> None:
    task = qarnot.task.Task.from_json(s.conn, {"uuid": s.done.uuid, "name": "x", "state": "Success"}, is_summary=True)
    assert task.constants["DOCKER_CMD"] == "echo hello from ${INSTANCE_ID}"


@check("task.Task.commit", "task.Task.constants")
def _(s: Stage) -> None:
    task = s.endless()
    task.constants["ADDED"] = "later"
    task.tags = ["committed"]
    task.commit()
    stored = s.conn.retrieve_task(task.uuid)
    assert stored.constants["ADDED"] == "later"
    assert stored.tags == ["committed"]
    task.delete()


@check("task.Task.wait")
def _(s: Stage) -> None:
    task = s.endless()
    assert task.wait(timeout=0.05) is False
    task.abort()
    assert task.wait() is True


@check("task.Task.snapshot", "task.Task.instant")
def _(s: Stage) -> None:
    task = s.task(MOCK_DURATION="1000000", MOCK_RESULTS=RESULTS)
    task.results = s.new_bucket()
    task.submit()
    while "Executing" not in running_state(task):
        pass
    task.snapshot(30)
    identifier = task.instant()
    assert task.wait_snapshot(identifier) is True
    assert running_state(task)
    assert task.snapshot_interval >= 30
    assert "out/result.txt" in {f.key for f in task.results.list_files()}
    task.delete()


@check("task.Task.resources", "task.Task.results")
def _(s: Stage) -> None:
    stored = s.conn.retrieve_task(s.done.uuid)
    assert [bucket.uuid for bucket in stored.resources] == ["documented"]
    assert stored.results.uuid == "documented-results"
    task = s.task()
    task.resources.append(s.bucket)
    task.results = s.conn.retrieve_bucket("documented")
    assert ([b.uuid for b in task.resources], task.results.uuid) == (["documented"], "documented")


@check("task.Task.stdout", "task.Task.fresh_stdout")
def _(s: Stage) -> None:
    assert sorted(s.done.stdout().splitlines()) == ["0> hello from 0", "1> hello from 1"]
    task = s.task()
    task.run()
    assert task.fresh_stdout() == "0> from 0\n"
    assert task.fresh_stdout() == ""


@check("task.Task.stderr", "task.Task.fresh_stderr")
def _(s: Stage) -> None:
    assert sorted(s.done.stderr().splitlines()) == ["0> a warning", "1> a warning"]
    task = s.task(MOCK_STDERR="oh\n")
    task.run()
    assert task.fresh_stderr() == "0> oh\n"
    assert task.fresh_stderr() == ""


@check("task.Task.shortname")
def _(s: Stage) -> None:
    task = s.task()
    task.shortname = s.name("renamed")
    task.submit()
    assert s.conn.retrieve_task(task.shortname).uuid == task.uuid
    unnamed = s.task()
    unnamed.submit()
    assert unnamed.shortname == unnamed.uuid


@check("task.Task.pool")
def _(s: Stage) -> None:
    assert s.done.pool is None


@check("task.Task.instancecount", "task.Task.advanced_range")
def _(s: Stage) -> None:
    task = s.task()
    task.instancecount = 3
    assert task.instancecount == 3
    with pytest.raises(AttributeError):
        task.advanced_range = "1,3-4"
    ranged = s.task("1,3-4")
    with pytest.raises(AttributeError):
        ranged.instancecount = 2
    ranged.run()
    assert ranged.advanced_range == "1,3-4"
    assert ranged.status.executed_range == "1,3-4"


@check("task.Task.running_core_count", "task.Task.running_instance_count")
def _(s: Stage) -> None:
    task = s.endless()
    while running_state(task) != "FullyExecuting":
        pass
    assert task.running_instance_count == 1
    assert task.running_core_count >= 1
    task.delete()


@check(
    "task.Task.snapshot_whitelist",
    "task.Task.snapshot_blacklist",
    "task.Task.results_whitelist",
    "task.Task.results_blacklist",
)
def _(s: Stage) -> None:
    task = s.task()
    names = ("snapshot_whitelist", "snapshot_blacklist", "results_whitelist", "results_blacklist")
    for number, name in enumerate(names):
        setattr(task, name, rf"\.{number}$")
    task.submit()
    stored = s.conn.retrieve_task(task.uuid)
    assert [getattr(stored, name) for name in names] == [rf"\.{n}$" for n in range(4)]
    with pytest.raises(AttributeError):
        task.results_whitelist = "other"


@check("task.Task.status", "task.Task.completed_instances")
def _(s: Stage) -> None:
    assert s.done.status.succeeded_range == "0-1"
    assert [(c.instance_id, c.state) for c in s.done.completed_instances] == [(0, "Success"), (1, "Success")]


@check("task.Task.creation_date", "task.Task.errors")
def _(s: Stage) -> None:
    assert isinstance(s.done.creation_date, datetime)
    assert s.done.errors == []
    failing = s.task(MOCK_EXIT_CODE="3")
    failing.run()
    assert failing.state == "Failure"
    assert failing.errors[0].code
    assert failing.errors[0].message


@check("task.Task.constraints")
def _(s: Stage) -> None:
    task = s.task()
    task.constraints = {"advanced": "usage"}
    assert task.constraints == {"advanced": "usage"}


@check("task.Task.wait_for_pool_resources_synchronization")
def _(s: Stage) -> None:
    task = s.task()
    assert task.wait_for_pool_resources_synchronization is None
    task.wait_for_pool_resources_synchronization = True
    assert task.wait_for_pool_resources_synchronization is True
    with pytest.raises(AttributeError):
        s.done.wait_for_pool_resources_synchronization = True


@check("task.Task.auto_delete", "task.Task.completion_ttl")
def _(s: Stage) -> None:
    task = s.task()
    assert task.auto_delete is False
    task.auto_delete = True
    task.completion_ttl = timedelta(days=12, hours=1)
    task.submit()
    stored = s.conn.retrieve_task(task.uuid)
    assert stored.auto_delete is True
    assert stored.completion_ttl == "12.01:00:00"
    with pytest.raises(AttributeError):
        stored.auto_delete = False


@check("storage.Storage.get_all_files", "bucket.Bucket.get_all_files")
def _(s: Stage) -> None:
    s.bucket.get_all_files(str(s.folder / "all"))
    assert (s.folder / "all" / "folder" / "b.txt").read_text() == "beta"


@check("storage.Storage.list_files", "bucket.Bucket.list_files")
def _(s: Stage) -> None:
    assert [(f.key, f.size) for f in s.bucket.list_files()] == [("a.txt", 5), ("folder/b.txt", 4)]
    assert s.bucket.list_files()[0].Object().get()["Body"].read() == b"alpha"


@check("storage.Storage.get_file", "bucket.Bucket.get_file")
def _(s: Stage) -> None:
    written = s.bucket.get_file("folder/b.txt", str(s.folder / "deep" / "b"))
    assert Path(written).read_text() == "beta"
    with pytest.raises(ValueError, match="nothing-here"):
        s.bucket.get_file("nothing-here", str(s.folder / "x"))


@check("storage.Storage.add_directory", "bucket.Bucket.add_directory")
def _(s: Stage) -> None:
    (s.folder / "tree" / "sub").mkdir(parents=True)
    (s.folder / "tree" / "sub" / "leaf").write_text("leaf")
    bucket = s.new_bucket()
    bucket.add_directory(str(s.folder / "tree"), "remote")
    assert [f.key for f in bucket.list_files()] == ["remote/sub/leaf"]
    with pytest.raises(OSError, match="no-such-directory"):
        bucket.add_directory(str(s.folder / "no-such-directory"))


@check("storage.Storage.add_file", "bucket.Bucket.add_file")
def _(s: Stage) -> None:
    bucket, path = s.new_bucket(), s.file("from a file")
    bucket.add_file(str(path))
    bucket.add_file(io.BytesIO(b"from memory"), "memory")
    bucket["mapped"] = str(path)
    assert sorted(f.key for f in bucket.list_files()) == sorted([path.name, "memory", "mapped"])


@check("storage.Storage.delete_file", "bucket.Bucket.delete_file")
def _(s: Stage) -> None:
    bucket = s.new_bucket(keep="1", drop="2")
    bucket.delete_file("drop")
    assert [f.key for f in bucket.list_files()] == ["keep"]


@check("bucket.Bucket.__init__", "bucket.Bucket.uuid", "bucket.Bucket.description")
def _(s: Stage) -> None:
    name = s.name("made")
    bucket = qarnot.bucket.Bucket(s.conn, name)
    assert (bucket.uuid, bucket.description) == (name, name)
    assert name in {b.uuid for b in s.conn.buckets()}
    qarnot.bucket.Bucket(s.conn, "never-made", create=False)
    assert "never-made" not in {b.uuid for b in s.conn.buckets()}


@check("bucket.Bucket.directory")
def _(s: Stage) -> None:
    assert [f.key for f in s.bucket.directory("folder")] == ["folder/b.txt"]
    assert len(list(s.bucket.directory())) == 2


@check("bucket.Bucket.sync_directory")
def _(s: Stage) -> None:
    (s.folder / "source").mkdir()
    (s.folder / "source" / "new").write_text("new")
    bucket = s.new_bucket(gone="x")
    bucket.sync_directory(str(s.folder / "source"), remote="part")
    assert [f.key for f in bucket.list_files()] == ["gone", "part/new"]
    bucket.sync_directory(str(s.folder / "source"))
    assert [f.key for f in bucket.list_files()] == ["new"]


@check("bucket.Bucket.sync_files")
def _(s: Stage) -> None:
    bucket = s.new_bucket(gone="x")
    bucket.sync_files({"renamed.txt": str(s.file("text"))})
    assert [(f.key, f.size) for f in bucket.list_files()] == [("renamed.txt", 4)]


@check("bucket.Bucket.update")
def _(s: Stage) -> None:
    s.bucket.update(flush=True)
    assert s.bucket.uuid == "documented"


@check("exceptions.QarnotException", "exceptions.QarnotGenericException", "exceptions.QarnotGenericException.__init__")
def _(s: Stage) -> None:
    assert str(qarnot.exceptions.QarnotGenericException("what happened")) == "Error: what happened"
    assert issubclass(qarnot.exceptions.QarnotGenericException, qarnot.exceptions.QarnotException)


@check("exceptions.UnauthorizedException")
def _(s: Stage) -> None:
    task = s.task()
    task.run()
    with pytest.raises(qarnot.exceptions.UnauthorizedException) as refusal:
        task.abort()
    assert task.uuid in str(refusal.value)


@check("exceptions.MissingTaskException")
def _(s: Stage) -> None:
    task = s.task()
    task.submit()
    s.conn.retrieve_task(task.uuid).delete()
    with pytest.raises(qarnot.exceptions.MissingTaskException, match=task.uuid):
        all(running_state(task) for _ in count())


@check("exceptions.MissingBucketException")
def _(s: Stage) -> None:
    task = s.task()
    task.resources = [qarnot.bucket.Bucket(s.conn, "never-made", create=False)]
    with pytest.raises(qarnot.exceptions.MissingBucketException, match="never-made"):
        task.submit()
    with pytest.raises(qarnot.exceptions.MissingBucketException, match="never-made"):
        qarnot.bucket.Bucket(s.conn, "never-made", create=False).list_files()


@check(
    "exceptions.BucketStorageUnavailableException",
    "exceptions.MissingPoolException",
    "exceptions.MissingJobException",
    "exceptions.MaxTaskException",
    "exceptions.MaxPoolException",
    "exceptions.MaxJobException",
    "exceptions.NotEnoughCreditsException",
)
def _(s: Stage) -> None:
    missing = ("BucketStorageUnavailable", "MissingPool", "MissingJob")
    for name in (*missing, "MaxTask", "MaxPool", "MaxJob", "NotEnoughCredits"):
        kind = getattr(qarnot.exceptions, f"{name}Exception")
        assert issubclass(kind, qarnot.exceptions.QarnotException)
        assert "because" in str(kind("because"))


LISTED = {
    f"{path}.{name}" if name else path
    for path, members in NAMES.items()
    for name in (members or [""])
    if not name or members[name]["kind"] != "field"
}
CHECKED_BESIDE = {
    name for name in LISTED if re.match(r"(job\.Job|pool\.Pool|connection\.Connection\.\w*(pool|job))", name)
}
# Their constructors take the JSON; tests/hl/documented builds each of them.
BUILT_ELSEWHERE = {name for name in LISTED - CHECKED_BESIDE - set(CHECKS) if name.endswith(".__init__")}
SIGNATURES = [(path, name) for path, members in NAMES.items() for name in members if "parameters" in members[name]]


def test_no_documented_name_goes_unchecked() -> None:
    missing = LISTED - set(CHECKS) - BUILT_ELSEWHERE - CHECKED_BESIDE - set(NAMES)
    assert not missing
    assert {name[:-9] for name in BUILT_ELSEWHERE} == {
        path for path, members in NAMES.items() if any(m["kind"] == "field" for m in members.values())
    }


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_documented_name_does_what_it_says(name: str, stage: Stage) -> None:
    CHECKS[name](stage)


def documented_class(path: str) -> Any:
    module, name = path.split(".")
    return getattr(importlib.import_module(f"qarnot_hl.{module}"), name)


@pytest.mark.parametrize("path", sorted(NAMES))
def test_a_documented_class_has_every_member(path: str) -> None:
    members = [name for name, about in NAMES[path].items() if about["kind"] != "field"]
    assert not [name for name in members if not hasattr(documented_class(path), name)]


@pytest.mark.parametrize(("path", "name"), SIGNATURES)
def test_documented_parameters_keep_their_order_and_defaults(path: str, name: str) -> None:
    documented = NAMES[path][name]["parameters"]
    ours = inspect.signature(getattr(documented_class(path), name)).parameters
    positional = [p for p in ours if p != "self"][: len(documented)]
    assert positional == list(documented)
    for parameter, about in documented.items():
        expected = inspect.Parameter.empty if "required" in about else about["default"]
        assert ours[parameter].default == expected
    beyond = [p for n, p in ours.items() if n not in documented and n != "self"]
    assert all(p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in beyond)
