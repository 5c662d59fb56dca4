# Generated from tests/hl/task/test_running_async.py by scripts/unasync.py. Do not edit.
"""``run`` and ``resume``, against a scripted server. The blocking twin is made from this."""

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


@pytest.fixture
def new(connect: Any) -> Task:
    task: Task = connect().create_task("name", "docker-batch", 2)
    return task


@pytest.fixture
def fetched(connect: Any, task_json: Any) -> Task:
    return Task.from_json(connect(), task_json())


def test_run_submits_waits_and_says_when_there_is_nothing_to_download(
    new: Task, server: Any, uuid: str, states: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.on("POST /tasks", {"uuid": uuid})
    states("FullyExecuting", "Success")
    new.run(tmp_path / "new" / "out")
    assert (tmp_path / "new" / "out").is_dir()
    assert "nothing to download" in capsys.readouterr().out
    assert not any(call.endswith("/abort") for call in server.calls)


def test_run_aborts_only_a_task_that_still_runs(new: Task, server: Any, uuid: str, path: str, states: Any) -> None:
    server.on("POST /tasks", {"uuid": uuid})
    server.on(f"POST {path}/abort", httpx.Response(200))
    states("Success")
    new.run(job_timeout=60)
    assert f"POST {path}/abort" not in server.calls
    await_cancel = ["FullyExecuting"] * 7 + ["PendingCancel", "PendingCancel", "Cancelled"]
    states(*await_cancel)
    new.run(job_timeout=1)
    assert server.calls.count(f"POST {path}/abort") == 1
    assert new.state == "Cancelled"


def test_run_takes_a_task_that_ends_during_the_abort_as_ended(
    fetched: Task, server: Any, path: str, states: Any
) -> None:
    server.on(f"POST {path}/abort", FORBIDDEN)
    states("FullyExecuting", "Success")
    fetched.run(job_timeout=0)
    assert fetched.state == "Success"


def test_an_abort_that_is_not_permitted_is_raised(fetched: Task, server: Any, path: str, states: Any) -> None:
    server.on(f"POST {path}/abort", FORBIDDEN)
    states("FullyExecuting")
    with pytest.raises(ex.UnauthorizedException):
        fetched.run(job_timeout=0)


def test_a_download_with_nothing_to_fetch_says_why(
    new: Task, fetched: Task, server: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new.results = Bucket(new._connection, "out", create=False)
    new.download_results(tmp_path)
    assert "it is not submitted" in capsys.readouterr().out
    fetched.download_results(tmp_path)
    assert "it has no result bucket" in capsys.readouterr().out
    assert server.requests == []


def test_results_of_a_summary_are_found(
    connect: Any, summary_json: Any, states: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def get_all_files(bucket: Bucket, directory: Any, progress: Any = None) -> None:
        asked.append(bucket.name)

    monkeypatch.setattr(Bucket, "get_all_files", get_all_files)
    states("Success", resultBucket="out")
    Task.from_json(connect(), summary_json(), is_summary=True).download_results(tmp_path)
    assert asked == ["out"]


def test_resume_waits_and_downloads(
    fetched: Task, states: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def get_all_files(bucket: Bucket, directory: Any, progress: Any = None) -> None:
        asked.append((bucket.name, directory, progress))

    monkeypatch.setattr(Bucket, "get_all_files", get_all_files)
    states("FullyExecuting", "Success", resultBucket="out")
    fetched.resume(tmp_path, results_progress=True)
    assert asked == [("out", tmp_path, True)]
