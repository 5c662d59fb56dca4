# Generated from tests/hl/waiting/test_following_async.py by scripts/unasync.py. Do not edit.
"""Following output without loss, on the mock cloud in its own time. The blocking twin is made from this."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._sync.connection import Connection
from qarnot_hl._sync.task import Task

pytestmark = pytest.mark.anyio

LOST = httpx.ReadError("broken")


def printing(cloud: Connection, instances: int = 2, **constants: str) -> Task:
    """A running task that prints."""
    task = cloud.create_task("t", "docker-batch", instances)
    task.constants = {"MOCK_DURATION": "30", "MOCK_STDOUT": "one\ntwo ${INSTANCE_ID}\nthree", **constants}
    task.submit()
    return task


def test_all_lines_come_once_with_their_instances(cloud: Connection, mocked: Any) -> None:
    task = printing(cloud)
    lines = [(line.instance_id, line.text) for line in task.follow()]
    assert sorted(lines, key=lambda line: line[0] or 0) == [
        (n, text) for n in (0, 1) for text in ("one", f"two {n}", "three")
    ]
    assert not [request for request in mocked.requests if request.startswith("POST") and "std" in request]
    assert [str(line) for line in task.follow(1)] == ["one", "two 1", "three"]
    assert [line.raw for line in task.follow(stderr=True)] == []


def test_answers_that_are_lost_lose_no_line(cloud: Connection, network: Any) -> None:
    task = printing(cloud, 1)
    network.faults = [None, LOST, None, httpx.Response(500), httpx.Response(503), None, *[httpx.ReadTimeout("")] * 9]
    assert [line.text for line in task.follow()] == ["one", "two 0", "three"]


def test_a_reader_that_was_restarted_goes_on_behind_its_cursor(cloud: Connection) -> None:
    task = printing(cloud, 1)
    cursors: list[str] = []
    for line in task.follow():
        cursors.append(line.cursor)
        break
    other = cloud.retrieve_task(str(task.uuid))
    assert [line.text for line in other.follow(cursor=cursors[0])] == ["two 0", "three"]
    with pytest.raises(ValueError, match="is no cursor"):
        list(task.follow(cursor="nonsense"))


def test_two_followers_share_what_is_fetched(cloud: Connection, mocked: Any, tied: Any) -> None:
    task = printing(cloud, 1)
    tied.sleep(100)
    mocked.requests.clear()
    first, second = task.follow(), (cloud.retrieve_task(str(task.uuid))).follow()
    pairs = []
    for line in first:
        for twin in second:
            pairs.append((line.text, twin.text))
            break
    assert pairs == [(text, text) for text in ("one", "two 0", "three")]
    assert len([request for request in mocked.requests if request.endswith("/stdout")]) == 1


def test_a_deadline_and_a_deletion_end_it(cloud: Connection) -> None:
    task = printing(cloud, 1, MOCK_DURATION="5000")
    with pytest.raises(ex.RequestTimeout), cloud.limits(deadline=60):
        list(task.follow())
    (cloud.retrieve_task(str(task.uuid))).delete()
    with pytest.raises(ex.MissingTaskException):
        list(task.follow())


def test_there_is_nothing_to_follow_before_submit(cloud: Connection) -> None:
    assert list(cloud.create_task("new", "docker-batch").follow()) == []


def test_a_pool_is_followed_until_it_is_closed(cloud: Connection, tied: Any) -> None:
    pool = cloud.create_pool("p", "docker-batch", 1)
    pool.constants = {"MOCK_STDOUT": "ready to work"}
    pool.submit()
    tied.sleep(120)
    pool.close()
    with cloud.limits(deadline=3600):
        texts = [line.text for line in pool.follow()]
    assert "ready to work" in texts
