# Generated from tests/hl/task/test_waiting_async.py by scripts/unasync.py. Do not edit.
"""Waiting for a task and following it, against a scripted server. The blocking twin is made from this."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._sync.task import Task

pytestmark = pytest.mark.anyio

GONE = httpx.Response(404, json={"message": "No such task: x"})


def refused(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"message": message})


@pytest.fixture
def fetched(connect: Any, task_json: Any) -> Task:
    return Task.from_json(connect(), task_json())


def test_wait_ends_with_the_task(fetched: Task, clock: Any, states: Any) -> None:
    states("Submitted", "FullyExecuting", "PendingCancel", "Novel", "UploadingResults", "Success")
    assert fetched.wait() is True
    assert fetched.state == "Success"
    assert clock.pauses == [0.2] * 5


def test_wait_gives_up_at_the_timeout(fetched: Task, clock: Any, states: Any) -> None:
    states("FullyExecuting")
    assert fetched.wait(timeout=0.5) is False
    assert sum(clock.pauses) == pytest.approx(0.5)


def test_wait_without_time_looks_once(fetched: Task, server: Any, states: Any) -> None:
    states("FullyExecuting")
    assert fetched.wait(timeout=0) is False
    assert len(server.requests) == 1


def test_wait_for_long_asks_rarely(fetched: Task, server: Any, clock: Any, states: Any) -> None:
    states("FullyExecuting")
    fetched.wait(timeout=3600)
    assert len(server.requests) < 450
    assert max(clock.pauses) == 10


def test_wait_for_a_deleted_task_raises(fetched: Task, server: Any, path: str, task_json: Any) -> None:
    server.on(f"GET {path}", task_json(state="PendingDelete"), GONE)
    with pytest.raises(ex.MissingTaskException):
        fetched.wait()


def test_the_bar_shows_the_progress_of_the_execution_or_else_of_the_task(
    fetched: Task, server: Any, path: str, task_json: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Any] = []

    @contextmanager
    def recorded(description: str, enabled: bool, log: Any) -> Iterator[Any]:
        shown.append((description, enabled))
        yield lambda percent, text: shown.append((percent, text))

    monkeypatch.setattr("qarnot_hl._sync.waiting.live_percent", recorded)
    ranges = {"executionProgress": 40.0, "succeededRange": "0-3,7", "failedRange": "8"}
    bodies = [
        {},
        {"progress": 10.0},
        {"runningInstanceCount": 4, "instanceCount": 10, "status": ranges},
        {"state": "Success"},
    ]
    server.on(f"GET {path}", *(task_json(**body) for body in bodies))
    fetched.wait(live_progress=True)
    assert shown == [
        ("hello", True),
        (0.0, "Submitted"),
        (10.0, "Submitted"),
        (40.0, "Submitted: 4 running, 5 succeeded, 1 failed of 10"),
        (0.0, "Success"),
    ]


def test_an_interrupted_wait_says_how_to_come_back(
    fetched: Task,
    clock: Any,
    states: Any,
    monkeypatch: pytest.MonkeyPatch,
    uuid: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    states("FullyExecuting")
    monkeypatch.setattr(clock, "sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fetched.wait()
    assert f"connection.retrieve_task('{uuid}').resume('output')" in capsys.readouterr().err


def test_a_wait_for_success_says_nothing_about_one(fetched: Task, states: Any) -> None:
    states("FullyExecuting", "Success")
    fetched.wait_done()


def test_a_wait_for_success_tells_a_failure_with_the_last_output(
    fetched: Task, server: Any, path: str, states: Any
) -> None:
    states("Failure", errors=[{"code": "E1", "message": "exit 3"}], status={"failedOnlyRange": "1"})
    server.on(f"GET {path}/stderr", httpx.Response(200, text="1> boom\n"))
    with pytest.raises(ex.TaskFailed, match=r"E1: exit 3 \(instances 1\)") as failed:
        fetched.wait_done()
    assert failed.value.output == "1> boom"
    assert failed.value.subject is fetched


def test_a_wait_for_success_tells_failures_even_without_output(fetched: Task, states: Any) -> None:
    states("Failure")
    with pytest.raises(ex.TaskFailed, match=r"ended in Failure$"):
        fetched.wait_done()


def test_a_wait_for_success_tells_cancelled_late_and_gone(fetched: Task, server: Any, path: str, states: Any) -> None:
    states("Cancelled")
    with pytest.raises(ex.TaskCancelled):
        fetched.wait_done()
    states("FullyExecuting")
    with pytest.raises(ex.WaitTimeout, match="within 1 s"):
        fetched.wait_done(timeout=1)
    server.on(f"GET {path}", GONE)
    with pytest.raises(ex.TaskGone):
        fetched.wait_done()


def test_following_tells_states_once_and_lines_once(
    fetched: Task, server: Any, path: str, states: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    states("Submitted", "FullyExecuting", "FullyExecuting", "Success")
    server.on(f"POST {path}/stdout", *(httpx.Response(200, text=t) for t in ("", "0> a\n0> b", "b\n", "1> end")))
    server.on(f"POST {path}/stderr", *(httpx.Response(200, text=t) for t in ("", "0> oh\n", "", "")))
    assert fetched.wait(follow_state=True, follow_stdout=True, follow_stderr=True)
    told = capsys.readouterr()
    assert [line.split("|", 2)[2] for line in told.out.splitlines()] == [
        "** State| Submitted",
        "** State| FullyExecuting",
        "** Stdout| 0> a",
        "** Stdout| 0> bb",
        "** State| Success",
        "** Stdout| 1> end",
    ]
    assert [line.split("|", 1)[1] for line in told.err.splitlines()] == ["WARNING|** Stderr| 0> oh"]
    assert server.calls.count(f"POST {path}/stdout") == 4


@pytest.mark.parametrize("failure", [httpx.ReadError("broken"), httpx.Response(500), httpx.ReadTimeout("slow")])
def test_lines_of_a_lost_answer_are_found_in_the_whole_output(
    failure: Any, fetched: Task, server: Any, path: str, states: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    states("FullyExecuting", "FullyExecuting", "Success")
    server.on(f"POST {path}/stdout", httpx.Response(200, text="0> a\n"), failure, httpx.Response(200, text="never"))
    whole = (httpx.Response(200, text=t) for t in ("0> a\n0> lost\n", "0> a\n0> lost\n0> z\n"))
    server.on(f"GET {path}/stdout", *whole)
    fetched.wait(follow_stdout=True)
    told = [line.rsplit("| ", 1)[1] for line in capsys.readouterr().out.splitlines()]
    assert told == ["0> a", "0> lost", "0> z"]
    assert server.calls.count(f"POST {path}/stdout") == 2


def test_printing_progress_once_tells_what_is_new_and_returns_the_state(
    fetched: Task, server: Any, path: str, states: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    states("FullyExecuting")
    fetched.update_cache_time = -1
    server.on(f"POST {path}/stdout", httpx.Response(200, text="0> a\n0> b"))
    server.on(f"POST {path}/stderr", httpx.Response(200, text=""))
    assert fetched.print_progress(True, "Submitted", print_stdout=True, print_stderr=True) == "FullyExecuting"
    told = [line.split("|", 2)[2] for line in capsys.readouterr().out.splitlines()]
    assert told == ["** State| FullyExecuting", "** Stdout| 0> a", "** Stdout| 0> b"]
    assert fetched.print_progress(print_state=True, last_known_state="FullyExecuting") == "FullyExecuting"
    assert capsys.readouterr().out == ""


def test_a_refusal_while_following_is_raised(fetched: Task, server: Any, path: str, states: Any) -> None:
    states("FullyExecuting")
    server.on(f"POST {path}/stdout", refused(401, "bad token"))
    with pytest.raises(ex.UnauthorizedException):
        fetched.wait(follow_stdout=True)
