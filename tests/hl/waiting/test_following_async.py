"""Following output without loss, on the mock cloud in its own time. The blocking twin is made from this."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._async.connection import AsyncConnection
from qarnot_hl._async.task import AsyncTask

pytestmark = pytest.mark.anyio

LOST = httpx.ReadError("broken")


async def printing(cloud: AsyncConnection, instances: int = 2, **constants: str) -> AsyncTask:
    """A running task that prints."""
    task = cloud.create_task("t", "docker-batch", instances)
    task.constants = {"MOCK_DURATION": "30", "MOCK_STDOUT": "one\ntwo ${INSTANCE_ID}\nthree", **constants}
    await task.submit()
    return task


async def test_all_lines_come_once_with_their_instances(acloud: AsyncConnection, mocked: Any) -> None:
    task = await printing(acloud)
    lines = [(line.instance_id, line.text) async for line in task.follow()]
    assert sorted(lines, key=lambda line: line[0] or 0) == [
        (n, text) for n in (0, 1) for text in ("one", f"two {n}", "three")
    ]
    assert not [request for request in mocked.requests if request.startswith("POST") and "std" in request]
    assert [str(line) async for line in task.follow(1)] == ["one", "two 1", "three"]
    assert [line.raw async for line in task.follow(stderr=True)] == []


async def test_answers_that_are_lost_lose_no_line(acloud: AsyncConnection, network: Any) -> None:
    task = await printing(acloud, 1)
    network.faults = [None, LOST, None, httpx.Response(500), httpx.Response(503), None, *[httpx.ReadTimeout("")] * 9]
    assert [line.text async for line in task.follow()] == ["one", "two 0", "three"]


async def test_a_reader_that_was_restarted_goes_on_behind_its_cursor(acloud: AsyncConnection) -> None:
    task = await printing(acloud, 1)
    cursors: list[str] = []
    async for line in task.follow():
        cursors.append(line.cursor)
        break
    other = await acloud.retrieve_task(str(task.uuid))
    assert [line.text async for line in other.follow(cursor=cursors[0])] == ["two 0", "three"]
    with pytest.raises(ValueError, match="is no cursor"):
        [line async for line in task.follow(cursor="nonsense")]


async def test_two_followers_share_what_is_fetched(acloud: AsyncConnection, mocked: Any, tied: Any) -> None:
    task = await printing(acloud, 1)
    tied.sleep(100)
    mocked.requests.clear()
    first, second = task.follow(), (await acloud.retrieve_task(str(task.uuid))).follow()
    pairs = []
    async for line in first:
        async for twin in second:
            pairs.append((line.text, twin.text))
            break
    assert pairs == [(text, text) for text in ("one", "two 0", "three")]
    assert len([request for request in mocked.requests if request.endswith("/stdout")]) == 1


async def test_a_deadline_and_a_deletion_end_it(acloud: AsyncConnection) -> None:
    task = await printing(acloud, 1, MOCK_DURATION="5000")
    with pytest.raises(ex.RequestTimeout), acloud.limits(deadline=60):
        [line async for line in task.follow()]
    await (await acloud.retrieve_task(str(task.uuid))).delete()
    with pytest.raises(ex.MissingTaskException):
        [line async for line in task.follow()]


async def test_there_is_nothing_to_follow_before_submit(acloud: AsyncConnection) -> None:
    assert [line async for line in acloud.create_task("new", "docker-batch").follow()] == []


async def test_a_pool_is_followed_until_it_is_closed(acloud: AsyncConnection, tied: Any) -> None:
    pool = acloud.create_pool("p", "docker-batch", 1)
    pool.constants = {"MOCK_STDOUT": "ready to work"}
    await pool.submit()
    tied.sleep(120)
    await pool.close()
    with acloud.limits(deadline=3600):
        texts = [line.text async for line in pool.follow()]
    assert "ready to work" in texts
