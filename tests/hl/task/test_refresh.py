"""When reading an attribute asks the server: the one difference between the flavours."""

from __future__ import annotations

from typing import Any

import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._async.task import AsyncTask
from qarnot_hl.task import Task


@pytest.fixture
def task(connect: Any, task_json: Any) -> Task:
    return Task.from_json(connect(), task_json())


@pytest.fixture
def summary(connect: Any, summary_json: Any) -> Task:
    return Task.from_json(connect(), summary_json(), is_summary=True)


def test_a_young_snapshot_is_shown_and_an_old_one_is_refreshed(
    task: Task, server: Any, clock: Any, states: Any
) -> None:
    states("FullyExecuting", "Success")
    assert (task.state, len(server.requests)) == ("Submitted", 0)
    clock.time += 5
    assert (task.state, task.progress, task.status, len(server.requests)) == ("FullyExecuting", None, None, 1)
    clock.time += 4.9
    assert task.state == "FullyExecuting"
    task.update_cache_time = 1
    assert task.state == "Success"


@pytest.mark.parametrize(
    "name", ["name", "uuid", "shortname", "profile", "instancecount", "creation_date", "resources"]
)
def test_what_never_changes_is_never_refreshed(name: str, task: Task, server: Any, clock: Any) -> None:
    clock.time += 3600
    getattr(task, name)
    assert server.requests == []


def test_without_auto_update_nothing_is_refreshed(task: Task, server: Any, clock: Any) -> None:
    task.auto_update = False
    clock.time += 3600
    assert task.state == "Submitted"
    assert server.requests == []


def test_a_local_edit_is_shown_without_asking(task: Task, server: Any, clock: Any) -> None:
    task.tags = ["mine"]
    clock.time += 3600
    assert task.tags == ["mine"]
    assert server.requests == []


def test_a_summary_fetches_once_what_it_lacks(summary: Task, server: Any, states: Any) -> None:
    states("Submitted", tags=["t"], resultBucket="out", constants=[{"key": "A", "value": "1"}])
    summary.auto_update = False
    assert (summary.name, summary.instancecount, len(server.requests)) == ("hello", 1, 0)
    assert (summary.tags, dict(summary.constants)) == (["t"], {"A": "1"})
    assert summary.results is not None
    assert len(server.requests) == 1


@pytest.mark.parametrize("name", ["resources", "results", "labels", "status", "errors"])
def test_whatever_a_summary_lacks_is_fetched(name: str, summary: Task, server: Any, states: Any) -> None:
    states("Submitted", resultBucket="out", resourceBuckets=["in"], labels={"a": "b"}, status={}, errors=[{}])
    assert getattr(summary, name)
    assert len(server.requests) == 1


def test_a_new_constant_of_a_summary_does_not_forget_the_old_ones(summary: Task, states: Any) -> None:
    states("Submitted", constants=[{"key": "A", "value": "1"}])
    summary.constants["B"] = "2"
    assert summary.constants == {"A": "1", "B": "2"}


def test_setting_all_tags_of_a_summary_asks_nobody(summary: Task, server: Any) -> None:
    summary.tags = ["t"]
    assert summary.tags == ["t"]
    assert server.requests == []


def test_reading_a_task_that_was_deleted_elsewhere_says_so(task: Task, server: Any, clock: Any) -> None:
    clock.time += 10
    with pytest.raises(ex.MissingTaskException):
        _ = task.state


def test_a_deleted_task_is_not_asked_for_again(task: Task, server: Any, clock: Any, path: str) -> None:
    server.on(f"DELETE {path}", {})
    task.delete()
    clock.time += 3600
    assert (task.state, task.status, len(server.requests)) == ("Deleted", None, 1)


def test_after_submit_the_rest_is_fetched_when_it_is_read(connect: Any, server: Any, uuid: str, states: Any) -> None:
    server.on("POST /tasks", {"uuid": uuid})
    states("FullyDispatched", creationDate="2022-12-23T17:03:17Z")
    task = connect().create_task("n", "p")
    task.submit()
    assert (task.state, len(server.requests)) == ("Submitted", 1)
    assert task.creation_date is not None
    assert (task.state, len(server.requests)) == ("FullyDispatched", 2)


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["tags", "constants", "status", "errors", "results", "resources", "wall_time"])
async def test_the_async_flavour_says_what_to_call(name: str, aconnect: Any, server: Any, summary_json: Any) -> None:
    task = AsyncTask.from_json(aconnect(), summary_json(), is_summary=True)
    with pytest.raises(ex.NotLoaded, match=rf"^{name} of AsyncTask\('hello'") as missing:
        list(getattr(task, name))
    assert "await task.update(True)" in str(missing.value.next_step)
    assert server.requests == []


@pytest.mark.anyio
async def test_the_async_flavour_reads_what_it_has(
    aconnect: Any, server: Any, clock: Any, summary_json: Any, states: Any
) -> None:
    task = AsyncTask.from_json(aconnect(), summary_json(), is_summary=True)
    clock.time += 3600
    assert (task.state, task.name) == ("Submitted", "hello")
    assert server.requests == []
    states("Success", tags=["t"])
    await task.update()
    assert (task.state, task.tags) == ("Success", ["t"])
