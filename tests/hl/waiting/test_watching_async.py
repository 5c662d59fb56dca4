"""Waiting for many objects at once, on the mock cloud in its own time. The blocking twin is made from this."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._async.connection import AsyncConnection
from qarnot_hl._async.task import AsyncTask

pytestmark = pytest.mark.anyio

LOST = httpx.ReadError("broken")


async def submitted(cloud: AsyncConnection, *durations: float, **constants: str) -> list[AsyncTask]:
    """A task for each duration in seconds."""
    tasks = [cloud.create_task(f"t{index}", "docker-batch") for index in range(len(durations))]
    for task, seconds in zip(tasks, durations, strict=True):
        task.constants = {"MOCK_DURATION": str(seconds), **constants}
    await cloud.submit_tasks(tasks)
    return tasks


async def test_tasks_come_as_they_end_complete_and_in_any_mixture(acloud: AsyncConnection, mocked: Any) -> None:
    tasks = await submitted(acloud, 300, 5, 100)
    job = acloud.create_job("job")
    await job.submit()
    await job.terminate()
    before = len(mocked.requests)
    watched: list[Any] = [*tasks, job]
    ended = [subject async for subject in acloud.as_completed(watched, timeout=600)]
    assert [subject.name for subject in ended] == ["job", "t1", "t2", "t0"]
    assert [subject._state.complete for subject in ended] == [True] * 4
    assert not [request for request in mocked.requests[before:] if request.startswith("GET")]
    assert tasks[0].completed_instances[0].state == "Success"


async def test_a_thousand_tasks_are_watched_in_pages(acloud: AsyncConnection, mocked: Any) -> None:
    (task,) = await submitted(acloud, 500)
    uuids = [f"{index:08x}-0000-4000-8000-000000000000" for index in range(1000)]
    tasks = [AsyncTask.from_json(acloud, {**task._state.snapshot, "uuid": uuid}) for uuid in uuids]
    mocked.requests.clear()
    assert await acloud.wait_all(tasks, timeout=0) is False
    assert len(mocked.requests) == 2


async def test_waiting_for_all_says_whether_all_have_ended(acloud: AsyncConnection) -> None:
    tasks = await submitted(acloud, 5, 500)
    assert await acloud.wait_all(tasks, timeout=60) is False
    assert tasks[0].state == "Success"
    assert await acloud.wait_all(iter(tasks)) is True
    assert await acloud.wait_all([]) is True


async def test_what_is_known_to_have_ended_is_not_asked_for(acloud: AsyncConnection, mocked: Any) -> None:
    tasks = await submitted(acloud, 1)
    await acloud.wait_all(tasks)
    mocked.requests.clear()
    assert await acloud.wait_all(tasks * 3) is True
    assert mocked.requests == []


async def test_what_has_ended_is_not_fetched_again_by_looking_at_it(
    acloud: AsyncConnection, mocked: Any, tied: Any
) -> None:
    tasks = await submitted(acloud, 1, 2, 3)
    await acloud.wait_all(tasks)
    tied.sleep(3600)
    mocked.requests.clear()
    assert [task.state for task in tasks] == ["Success"] * 3
    assert mocked.requests == []


async def test_copies_of_one_task_end_together(acloud: AsyncConnection) -> None:
    (task,) = await submitted(acloud, 1)
    copy = await acloud.retrieve_task(str(task.uuid))
    assert [found async for found in acloud.as_completed([task, copy])] == [task, copy]
    assert copy.state == "Success"


async def test_a_deleted_task_is_an_outcome(acloud: AsyncConnection, tied: Any) -> None:
    tasks = await submitted(acloud, 20, 500)
    await (await acloud.retrieve_task(str(tasks[1].uuid))).delete()
    tied.sleep(60)
    assert await acloud.wait_all(tasks, timeout=60) is True
    assert [task.state for task in tasks] == ["Success", "Deleted"]


async def test_lost_and_odd_looks_change_nothing(acloud: AsyncConnection, network: Any, tied: Any) -> None:
    (task,) = await submitted(acloud, 40)
    network.faults = [
        LOST,
        httpx.Response(200, text="<html>"),
        httpx.Response(500),
        None,
        *[httpx.ReadTimeout("")] * 20,
    ]
    assert await acloud.wait_all([task]) is True
    assert task.state == "Success"


async def test_a_wait_fails_when_nothing_was_heard_for_the_retry_deadline(
    acloud: AsyncConnection, network: Any, tied: Any
) -> None:
    (task,) = await submitted(acloud, 1)
    network.faults = [LOST] * 10_000
    before = tied.time
    with pytest.raises(ex.ConnectionFailed):
        await acloud.wait_all([task])
    assert 300 <= tied.time - before < 600
    network.faults.clear()
    assert await acloud.wait_all([task]) is True


async def test_a_refusal_is_raised_at_once(acloud: AsyncConnection, network: Any) -> None:
    (task,) = await submitted(acloud, 1)
    network.faults = [httpx.Response(401, json={"message": "bad token"})]
    with pytest.raises(ex.UnauthorizedException):
        await acloud.wait_all([task])


async def test_states_that_are_not_known_are_not_ends(acloud: AsyncConnection, network: Any) -> None:
    (task,) = await submitted(acloud, 5)
    novel = {"data": [{**task._state.snapshot, "state": "Novel"}], "isTruncated": False}
    network.faults = [httpx.Response(200, json=novel)] * 3
    assert await acloud.wait_all([task], timeout=0) is False
    assert await acloud.wait_all([task]) is True


async def test_a_server_whose_filter_knows_no_states_is_asked_task_by_task(
    acloud: AsyncConnection, network: Any, mocked: Any
) -> None:
    (task,) = await submitted(acloud, 5)
    network.always["/tasks/paginate"] = httpx.Response(200, json={"data": [], "isTruncated": False})
    assert await acloud.wait_all([task], timeout=100) is True
    assert f"GET /tasks/{task.uuid}" in mocked.requests


async def test_failures_are_told_together_with_exit_codes_and_last_lines(acloud: AsyncConnection) -> None:
    good = await submitted(acloud, 1)
    bad = await submitted(acloud, 1, 2, MOCK_EXIT_CODE="3", MOCK_STDERR="boom")
    with pytest.raises(ex.SomeFailed, match="2 of 3 did not succeed") as failed:
        await acloud.wait_all_done([*good, *bad])
    assert [failure.subject for failure in failed.value.failures] == bad
    assert [failure.exit_codes for failure in failed.value.failures] == [{0: 3}] * 2
    assert [failure.output for failure in failed.value.failures] == ["0> boom"] * 2
    await acloud.wait_all_done(good)


async def test_time_that_is_over_names_what_goes_on(acloud: AsyncConnection) -> None:
    tasks = await submitted(acloud, 500, 1)
    with pytest.raises(ex.WaitTimeout, match="1 did not end within 60 s") as late:
        await acloud.wait_all_done(tasks, timeout=60)
    assert late.value.subject == (tasks[0],)


async def test_what_cannot_be_waited_for_is_refused(acloud: AsyncConnection, aconnect: Any) -> None:
    with pytest.raises(ex.MissingTaskException, match="is not submitted"):
        await acloud.wait_all([acloud.create_task("new", "docker-batch")])
    foreign = AsyncTask.from_json(aconnect(token="other"), {"uuid": "1", "name": "foreign"})
    with pytest.raises(ValueError, match="another account"):
        await acloud.wait_all([foreign])
