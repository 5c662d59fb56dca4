"""Clocks that jump, processes that are stopped, crowds of threads, and pickles."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._sync.connection import Connection
from qarnot_hl._sync.task import Task
from qarnot_mock.testing.cloud import QarnotCloud

TASK = {"uuid": "1", "name": "t", "state": "FullyExecuting"}


def test_a_wait_does_not_care_about_the_wall_clock(connect: Any, server: Any, clock: Any) -> None:
    jumps = iter([0.0, 1e9, -1e9] * 100)
    clock.now = lambda: next(jumps)
    server.on("GET /tasks/1", *[TASK] * 5, {**TASK, "state": "Success"})
    assert Task.from_json(connect(), TASK).wait(timeout=60) is True
    assert sum(clock.pauses) == 1.0


def test_a_process_that_was_stopped_looks_once_more(connect: Any, server: Any, clock: Any) -> None:
    server.on("GET /tasks/1", TASK, {**TASK, "state": "Success"})
    slept = clock.sleep
    clock.sleep = lambda seconds: slept(seconds + 86_400)
    assert Task.from_json(connect(), TASK).wait(timeout=60) is True


def test_hundreds_of_threads_share_a_connection(qarnot_server: QarnotCloud) -> None:
    with Connection() as connection, ThreadPoolExecutor(200) as crowd:
        versions = list(crowd.map(lambda _: connection.versions(), range(400)))
        assert len(versions) == 400
        assert all(found == versions[0] for found in versions)


def test_a_pickle_has_no_token_and_finds_one_where_it_is_loaded(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    task = Task.from_json(connect(), TASK)
    task.tags = ["edited"]
    frozen = pickle.dumps(task)
    assert b"s3cr3t-token" not in frozen
    monkeypatch.delenv("QARNOT_CLIENT_TOKEN", raising=False)
    with pytest.raises(ex.ConfigurationException, match="no API token"):
        pickle.loads(frozen)
    monkeypatch.setenv("QARNOT_CLIENT_TOKEN", "another")
    thawed = pickle.loads(frozen)
    thawed.auto_update = False
    assert (thawed.uuid, thawed.tags, thawed._connection._settings.token) == ("1", ["edited"], "another")
