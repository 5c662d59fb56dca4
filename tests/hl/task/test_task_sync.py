# Generated from tests/hl/task/test_task_async.py by scripts/unasync.py. Do not edit.
"""A task against a scripted server. The blocking twin is made from this."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._sync.bucket import Bucket
from qarnot_hl._sync.task import Task

pytestmark = pytest.mark.anyio

FORBIDDEN = httpx.Response(403, json={"message": "Task is not running"})
GONE = httpx.Response(404, json={"message": "No such task: x"})


def refused(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"message": message})


@pytest.fixture
def new(connect: Any) -> Task:
    task: Task = connect().create_task("name", "docker-batch", 2)
    return task


@pytest.fixture
def fetched(connect: Any, task_json: Any) -> Task:
    return Task.from_json(connect(), task_json())


def test_submit_sends_what_was_set(new: Task, server: Any, uuid: str) -> None:
    server.on("POST /tasks", {"uuid": uuid})
    new.constants["DOCKER_CMD"] = "echo"
    new.tags = ["t"]
    new.submit()
    assert server.body(0) == {
        "name": "name",
        "profile": "docker-batch",
        "instanceCount": 2,
        "constants": [{"key": "DOCKER_CMD", "value": "echo"}],
        "tags": ["t"],
    }
    assert (new.uuid, new.shortname, new.name) == (uuid, uuid, "name")
    assert server.calls == ["POST /tasks"]
    assert (new.state, new.constants, new.tags) == ("Submitted", {"DOCKER_CMD": "echo"}, ["t"])


def test_a_second_submit_makes_no_second_task(new: Task, server: Any, uuid: str) -> None:
    server.on("POST /tasks", {"uuid": uuid})
    new.submit()
    new.submit()
    assert server.calls.count("POST /tasks") == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(403, "Maximum number of tasks reached"), ex.MaxTaskException),
        (refused(402, "Not enough credits"), ex.NotEnoughCreditsException),
        (refused(402, "no hardware constraint matches"), ex.NoMatchingHardwareException),
        (refused(404, "No such bucket: nowhere"), ex.MissingBucketException),
        (refused(401, "Bad token"), ex.UnauthorizedException),
        (refused(400, "Invalid task file. Invalid fields: shortname-uniqueness"), ex.QarnotGenericException),
    ],
)
def test_a_refused_submit_leaves_the_task_as_it_was(answer: Any, kind: Any, new: Task, server: Any, uuid: str) -> None:
    server.on("POST /tasks", answer, httpx.Response(200, json={"uuid": uuid}))
    new.tags = ["kept"]
    with pytest.raises(kind):
        new.submit()
    assert (new.uuid, new.state) == (None, "UnSubmitted")
    new.submit()
    assert server.body(1)["tags"] == ["kept"]


def test_an_answer_without_uuid_is_told(new: Task, server: Any) -> None:
    server.on("POST /tasks", {})
    with pytest.raises(ex.QarnotGenericException, match="holds no uuid"):
        new.submit()


def test_snapshots_asked_for_before_submit_start_after_it(new: Task, server: Any, uuid: str, path: str) -> None:
    server.on("POST /tasks", {"uuid": uuid})
    server.on(f"POST {path}/snapshot/periodic", httpx.Response(200))
    new.snapshot(60, whitelist="png$", bucket=Bucket(new._connection, "snaps", create=False))
    assert server.requests == []
    new.submit()
    assert server.body() == {"interval": 60, "whitelist": "png$", "bucket": "snaps"}


def test_resources_and_results_go_to_the_wire_and_come_back(new: Task, server: Any, uuid: str) -> None:
    server.on("POST /tasks", {"uuid": uuid})
    one, two = (Bucket(new._connection, name, create=False) for name in ("one", "two"))
    new.resources = [one]
    new.resources.append(two)
    new.results = Bucket(new._connection, "out", create=False, cacheTTLSec=9)
    new.submit()
    body = server.body(0)
    assert [bucket["bucketName"] for bucket in body["advancedResourceBuckets"]] == ["one", "two"]
    assert (body["resultBucket"], body["resultsCacheTTLSec"]) == ("out", 9)
    assert [bucket.name for bucket in new.resources] == ["one", "two"]
    assert new.results == Bucket(new._connection, "out", create=False)
    assert server.calls == ["POST /tasks"]


def test_buckets_of_a_fetched_task_are_not_created(connect: Any, server: Any, task_json: Any) -> None:
    task = Task.from_json(connect(), task_json(resourceBuckets=["in", "in2"], resultBucket="out"))
    results = task.results
    assert results is not None
    assert ([bucket.name for bucket in task.resources], results.name) == (["in", "in2"], "out")
    assert server.requests == []


def test_update_swaps_the_snapshot_and_keeps_edits(fetched: Task, server: Any, path: str, task_json: Any) -> None:
    server.on(f"GET {path}", task_json(state="FullyExecuting", tags=["theirs"]))
    fetched.tags = ["mine"]
    fetched.update(True)
    assert (fetched.state, fetched.tags) == ("FullyExecuting", ["mine"])
    fetched.discard_edits()
    assert fetched.tags == ["theirs"]


def test_update_without_flush_is_content_with_a_young_snapshot(
    fetched: Task, server: Any, clock: Any, states: Any
) -> None:
    states("FullyExecuting")
    clock.time += 4.9
    fetched.update()
    assert server.requests == []
    clock.time += 0.2
    fetched.update()
    assert len(server.requests) == 1


def test_update_before_submit_does_nothing(new: Task, server: Any) -> None:
    new.update(True)
    assert server.requests == []


def test_update_of_a_deleted_task_raises(fetched: Task, server: Any, path: str) -> None:
    server.on(f"GET {path}", GONE)
    with pytest.raises(ex.MissingTaskException, match="No such task"):
        fetched.update(True)


def test_commit_sends_changed_constants_and_tags_only(connect: Any, server: Any, path: str, task_json: Any) -> None:
    server.on(f"PUT {path}", httpx.Response(200))
    json = task_json(constants=[{"key": "A", "value": "1"}], tags=["t"], resultBucket="out")
    task = Task.from_json(connect(), json)
    task.constants["B"] = 2
    task.commit()
    assert server.body() == {"constants": [{"key": "A", "value": "1"}, {"key": "B", "value": "2"}]}
    assert task.constants == {"A": "1", "B": "2"}
    task.tags.append("u")
    task.commit()
    assert server.body() == {"tags": ["t", "u"]}
    task.commit()
    assert len(server.requests) == 2


def test_a_commit_after_submit_sends_only_what_was_changed_since(new: Task, server: Any, uuid: str, path: str) -> None:
    server.on("POST /tasks", {"uuid": uuid})
    server.on(f"PUT {path}", httpx.Response(200))
    new.constants["A"] = "1"
    new.submit()
    new.tags = ["later"]
    new.commit()
    assert server.body() == {"tags": ["later"]}


def test_a_refused_commit_keeps_the_edits(fetched: Task, server: Any, path: str) -> None:
    server.on(f"PUT {path}", FORBIDDEN)
    fetched.tags = ["t"]
    with pytest.raises(ex.UnauthorizedException):
        fetched.commit()
    assert fetched.tags == ["t"]


def test_an_edit_that_the_server_ignores_is_not_sent(fetched: Task, server: Any) -> None:
    fetched.results = Bucket(fetched._connection, "elsewhere", create=False)
    with pytest.raises(ex.QarnotGenericException, match="cannot commit results"):
        fetched.commit()
    assert server.requests == []


@pytest.mark.parametrize("call", ["abort", "update_resources", "commit", "wait_done"])
def test_calls_about_a_submitted_task_say_so_before_submit(call: str, new: Task, server: Any) -> None:
    with pytest.raises(ex.MissingTaskException, match="is not submitted"):
        getattr(new, call)()
    assert server.requests == []


def test_what_has_nothing_to_do_before_submit_does_nothing(new: Task, server: Any, tmp_path: Path) -> None:
    new.delete()
    new.resume(tmp_path / "out")
    assert new.wait() is False
    assert new.wait_snapshot("id") is False
    assert new.instant() is None
    assert new.snapshot_status("id") is None
    assert [new.stdout(), new.fresh_stdout(), new.stderr(3), new.fresh_stderr(3)] == [""] * 4
    assert server.requests == []


def test_abort_of_a_finished_task_is_refused(fetched: Task, server: Any, path: str) -> None:
    server.on(f"POST {path}/abort", FORBIDDEN)
    with pytest.raises(ex.InvalidStateException, match="not running"):
        fetched.abort()


def test_abort_and_update_of_resources_look_at_the_task_after(
    fetched: Task, server: Any, path: str, states: Any
) -> None:
    states("PendingCancel")
    server.on(f"POST {path}/abort", httpx.Response(200))
    server.on(f"PATCH {path}", httpx.Response(200))
    fetched.abort()
    fetched.update_resources()
    assert server.calls == [f"POST {path}/abort", f"GET {path}", f"PATCH {path}", f"GET {path}"]
    assert fetched.state == "PendingCancel"


def test_delete_happens_once(fetched: Task, server: Any, path: str) -> None:
    server.on(f"DELETE {path}", httpx.Response(200))
    fetched.delete()
    fetched.delete()
    assert server.calls == [f"DELETE {path}"]
    assert fetched.state == "Deleted"


@pytest.mark.parametrize(
    ("purge", "deleted"),
    [
        ({}, []),
        ({"purge_resources": True}, ["in", "gone"]),
        ({"purge_results": True}, ["out"]),
        ({"purge_resources": True, "purge_results": True}, ["in", "gone", "out"]),
    ],
)
def test_delete_takes_buckets_along_on_request(
    purge: Any, deleted: Any, connect: Any, server: Any, path: str, summary_json: Any, states: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    calls: list[str] = []

    def delete(bucket: Bucket) -> None:
        calls.append(bucket.name)
        if bucket.name == "gone":
            raise ex.MissingBucketException("gone")

    monkeypatch.setattr(Bucket, "delete", delete)
    states("Success", resourceBuckets=["in", "gone"], resultBucket="out")
    server.on(f"DELETE {path}", httpx.Response(200))
    Task.from_json(connect(), summary_json(), is_summary=True).delete(**purge)
    assert calls == deleted
    assert server.calls[-1] == f"DELETE {path}"


def test_a_context_deletes_the_task(fetched: Task, server: Any, path: str) -> None:
    server.on(f"DELETE {path}", httpx.Response(200))
    with fetched as task:
        assert task is fetched
    assert server.calls == [f"DELETE {path}"]


def test_a_context_is_content_when_the_task_is_gone(fetched: Task, server: Any, path: str) -> None:
    server.on(f"DELETE {path}", GONE)
    with fetched:
        pass
    fetched.__exit__(ex.MissingTaskException, None, None)
    assert server.calls == [f"DELETE {path}"]


def test_a_context_deletes_the_task_after_an_error_too(fetched: Task, server: Any, path: str) -> None:
    server.on(f"DELETE {path}", httpx.Response(200))
    fetched.__exit__(RuntimeError, None, None)
    assert server.calls == [f"DELETE {path}"]
