"""Deadlines and retry settings of a block of code. The blocking twin is made from this."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._async.fanout import gather
from qarnot_hl._async.task import AsyncTask

pytestmark = pytest.mark.anyio

BROKEN = httpx.ReadError("broken")
TASK = {"uuid": "1", "name": "t", "state": "FullyExecuting"}


async def test_a_block_sets_how_often_its_calls_are_repeated(aconnect: Any, server: Any, clock: Any) -> None:
    connection = aconnect(retry_count=3, retry_wait=8)
    server.on("GET /versions", BROKEN)
    for limits, attempts in ({}, 4), ({"retry_count": 0}, 1), ({"retry_count": 1, "retry_wait": 0}, 2):
        server.requests.clear()
        with pytest.raises(ex.ConnectionFailed), connection.limits(**limits):
            await connection.versions()
        assert len(server.requests) == attempts
    assert clock.pauses == [4, 8, 15]


async def test_a_deadline_ends_repeats_and_then_refuses_to_send(aconnect: Any, server: Any, clock: Any) -> None:
    connection = aconnect(retry_count=100, retry_wait=8)
    server.on("GET /versions", BROKEN)
    began = clock.time
    with connection.limits(deadline=20):
        with pytest.raises(ex.ConnectionFailed):
            await connection.versions()
        assert clock.time - began < 20
        clock.sleep(20)
        server.requests.clear()
        with pytest.raises(ex.RequestTimeout, match="before the request was sent") as late:
            await connection.versions()
    assert server.requests == []
    assert "deadline" in str(late.value.next_step)


async def test_a_request_may_take_what_is_left_of_the_deadline(aconnect: Any, server: Any, clock: Any) -> None:
    connection = aconnect()
    server.on("GET /versions", [])
    with connection.limits(deadline=100, timeout=50):
        await connection.versions()
        clock.sleep(70)
        await connection.versions()
    await connection.versions()
    assert [request.extensions["timeout"]["read"] for request in server.requests] == [50, 30, 60]


async def test_a_deadline_ends_a_wait(aconnect: Any, server: Any, clock: Any) -> None:
    connection = aconnect()
    server.on("GET /tasks/1", TASK)
    server.on("POST /tasks/paginate", {"data": []})
    server.on("POST /tasks/search", [TASK])
    for wait in (
        AsyncTask.from_json(connection, TASK).wait,
        lambda: connection.wait_all([AsyncTask.from_json(connection, TASK)]),
    ):
        began = clock.time
        with pytest.raises(ex.RequestTimeout), connection.limits(deadline=40):
            await wait()
        assert clock.time - began == pytest.approx(40)


async def test_the_nearest_deadline_counts_and_settings_of_the_inner_block(
    aconnect: Any, server: Any, clock: Any
) -> None:
    connection = aconnect()
    server.on("GET /versions", BROKEN)
    with connection.limits(deadline=10, retry_count=0), connection.limits(deadline=1000, retry_wait=2):
        with pytest.raises(ex.ConnectionFailed):
            await connection.versions()
        assert len(server.requests) == 1
        clock.sleep(10)
        with pytest.raises(ex.RequestTimeout):
            await connection.versions()


async def test_what_a_block_starts_is_bounded_too_and_others_are_not(aconnect: Any, server: Any) -> None:
    connection = aconnect()
    server.on("GET /versions", BROKEN)

    async def attempts() -> int:
        with pytest.raises(ex.ConnectionFailed):
            await connection.versions()
        return len(server.requests)

    with connection.limits(retry_count=0):
        assert sorted(await gather([attempts] * 3)) == [1, 2, 3]
    server.requests.clear()
    assert await attempts() == 6


@pytest.mark.parametrize("name", ["deadline", "retry_count", "retry_wait", "timeout"])
async def test_limits_are_numbers_of_at_least_zero(name: str, aconnect: Any) -> None:
    with pytest.raises(ValueError, match=name), aconnect().limits(**{name: -1}):
        pass


async def test_polls_end_with_the_wait_that_makes_them(aconnect: Any, server: Any, clock: Any) -> None:
    connection = aconnect(cluster_timeout=600)
    server.on("GET /tasks/1", TASK)
    await AsyncTask.from_json(connection, TASK).wait(timeout=30)
    reads = [request.extensions["timeout"]["read"] for request in server.requests]
    assert reads[0] == 30
    assert reads[-1] == 5
