"""Listing, paging, retrieving and bulk submitting tasks, on the mock cloud. The blocking twin is made from this."""

from __future__ import annotations

from typing import Any

import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._async.connection import AsyncConnection
from qarnot_hl.filters import Filters

pytestmark = pytest.mark.anyio


async def submitted(cloud: AsyncConnection, **tags: list[str]) -> None:
    """One task for each name, with the tags given for it."""
    tasks = []
    for name, wanted in tags.items():
        task = cloud.create_task(name, "docker-batch", 1)
        task.tags = wanted
        tasks.append(task)
    await cloud.submit_tasks(tasks)


def names(tasks: Any) -> list[str]:
    return sorted(task.name for task in tasks)


async def test_an_empty_account_has_no_tasks(acloud: AsyncConnection) -> None:
    assert await acloud.tasks() == []


async def test_tags_mean_any_and_tags_intersect_all(acloud: AsyncConnection) -> None:
    await submitted(acloud, a=["x"], b=["x", "y"], c=["z"], d=[])
    assert names(await acloud.tasks()) == ["a", "b", "c", "d"]
    assert names(await acloud.tasks(tags=["x", "z"])) == ["a", "b", "c"]
    assert names(await acloud.tasks(tags_intersect=["x", "y"])) == ["b"]
    assert names(await acloud.tasks(tags=["z"], tags_intersect=["x"])) == ["a", "b"]
    assert names(await acloud.tasks(tags="z")) == ["c"]


async def test_a_listing_goes_through_all_pages(acloud: AsyncConnection, mocked: Any) -> None:
    await submitted(acloud, **{f"task{n}": [] for n in range(7)})
    mocked.requests.clear()
    found = [task async for task in acloud.all_tasks(page_size=3)]
    assert names(found) == [f"task{n}" for n in range(7)]
    assert mocked.requests == ["POST /tasks/summaries/paginate"] * 3


async def test_a_listing_fetches_a_page_only_when_it_is_needed(acloud: AsyncConnection, mocked: Any) -> None:
    await submitted(acloud, **{f"task{n}": [] for n in range(4)})
    mocked.requests.clear()
    async for _ in acloud.all_tasks(page_size=2):
        break
    assert len(mocked.requests) == 1


async def test_pages_follow_each_other_by_their_tokens(acloud: AsyncConnection) -> None:
    await submitted(acloud, a=[], b=[], c=[])
    first = await acloud.tasks_page(maximum=2, order_by="name")
    assert ([t.name for t in first], first.is_truncated) == (["a", "b"], True)
    second = await acloud.tasks_page(first.next_token, maximum=2, order_by="name")
    assert ([t.name for t in second], second.is_truncated, second.following) == (["c"], False, None)


async def test_a_listing_may_be_filtered_and_ordered(acloud: AsyncConnection) -> None:
    await submitted(acloud, a=["x"], b=["x"], c=[])
    some = acloud.all_tasks(tags=["x"], filters=Filters.not_equal("Name", "a"))
    assert [task.name async for task in some] == ["b"]
    ordered = acloud.all_tasks(order_by="name", descending=True, summary=False)
    assert [task.name async for task in ordered] == ["c", "b", "a"]


async def test_a_task_is_found_by_uuid_and_by_shortname(acloud: AsyncConnection) -> None:
    task = acloud.create_task("named", "docker-batch", 1, "short-name")
    await acloud.submit_tasks([task])
    assert (await acloud.retrieve_task("short-name")).uuid == task.uuid
    assert (await acloud.retrieve_task(task.uuid)).name == "named"


async def test_an_unknown_task_is_missing(acloud: AsyncConnection) -> None:
    with pytest.raises(ex.MissingTaskException, match="nope"):
        await acloud.retrieve_task("nope")


async def test_a_bulk_with_refused_tasks_submits_the_others_and_lists_the_refused(acloud: AsyncConnection) -> None:
    good, bad = acloud.create_task("good", "docker-batch", 1), acloud.create_task("bad", "no-such-profile", 1)
    with pytest.raises(ex.BulkSubmitException, match="1 of 2 tasks were refused") as refused:
        await acloud.submit_tasks([bad, good])
    assert [(task, result.status_code) for task, result in refused.value.refusals] == [(bad, 400)]
    assert good.uuid is not None
    assert bad.uuid is None
    assert names(await acloud.tasks()) == ["good"]


async def test_a_bulk_of_which_everything_is_refused_says_why_for_each(acloud: AsyncConnection) -> None:
    tasks = [acloud.create_task(name, "no-such-profile", 1) for name in ("one", "two")]
    with pytest.raises(ex.QarnotGenericException, match="2 of 2") as refused:
        await acloud.submit_tasks(tasks)
    assert str(refused.value).count("Invalid fields: profile") == 2


async def test_tasks_that_are_submitted_already_are_left_alone(acloud: AsyncConnection, mocked: Any) -> None:
    tasks = [acloud.create_task("once", "docker-batch", 1)]
    await acloud.submit_tasks(tasks)
    mocked.requests.clear()
    await acloud.submit_tasks(tasks)
    await acloud.submit_tasks([])
    assert mocked.requests == []
    assert names(await acloud.tasks()) == ["once"]


async def test_a_task_that_is_listed_twice_is_submitted_once(acloud: AsyncConnection) -> None:
    task = acloud.create_task("twice", "docker-batch", 1)
    await acloud.submit_tasks([task, task])
    assert names(await acloud.tasks()) == ["twice"]
