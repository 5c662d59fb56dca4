# Generated from tests/hl/connection/test_tasks_async.py by scripts/unasync.py. Do not edit.
"""Listing, paging, retrieving and bulk submitting tasks, on the mock cloud. The blocking twin is made from this."""

from __future__ import annotations

from typing import Any

import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._sync.connection import Connection
from qarnot_hl.filters import Filters

pytestmark = pytest.mark.anyio


def submitted(cloud: Connection, **tags: list[str]) -> None:
    """One task for each name, with the tags given for it."""
    tasks = []
    for name, wanted in tags.items():
        task = cloud.create_task(name, "docker-batch", 1)
        task.tags = wanted
        tasks.append(task)
    cloud.submit_tasks(tasks)


def names(tasks: Any) -> list[str]:
    return sorted(task.name for task in tasks)


def test_an_empty_account_has_no_tasks(cloud: Connection) -> None:
    assert cloud.tasks() == []


def test_tags_mean_any_and_tags_intersect_all(cloud: Connection) -> None:
    submitted(cloud, a=["x"], b=["x", "y"], c=["z"], d=[])
    assert names(cloud.tasks()) == ["a", "b", "c", "d"]
    assert names(cloud.tasks(tags=["x", "z"])) == ["a", "b", "c"]
    assert names(cloud.tasks(tags_intersect=["x", "y"])) == ["b"]
    assert names(cloud.tasks(tags=["z"], tags_intersect=["x"])) == ["a", "b"]
    assert names(cloud.tasks(tags="z")) == ["c"]


def test_a_listing_goes_through_all_pages(cloud: Connection, mocked: Any) -> None:
    submitted(cloud, **{f"task{n}": [] for n in range(7)})
    mocked.requests.clear()
    found = list(cloud.all_tasks(page_size=3))
    assert names(found) == [f"task{n}" for n in range(7)]
    assert mocked.requests == ["POST /tasks/summaries/paginate"] * 3


def test_a_listing_fetches_a_page_only_when_it_is_needed(cloud: Connection, mocked: Any) -> None:
    submitted(cloud, **{f"task{n}": [] for n in range(4)})
    mocked.requests.clear()
    for _ in cloud.all_tasks(page_size=2):
        break
    assert len(mocked.requests) == 1


def test_pages_follow_each_other_by_their_tokens(cloud: Connection) -> None:
    submitted(cloud, a=[], b=[], c=[])
    first = cloud.tasks_page(maximum=2, order_by="name")
    assert ([t.name for t in first], first.is_truncated) == (["a", "b"], True)
    second = cloud.tasks_page(first.next_token, maximum=2, order_by="name")
    assert ([t.name for t in second], second.is_truncated, second.following) == (["c"], False, None)


def test_a_listing_may_be_filtered_and_ordered(cloud: Connection) -> None:
    submitted(cloud, a=["x"], b=["x"], c=[])
    some = cloud.all_tasks(tags=["x"], filters=Filters.not_equal("Name", "a"))
    assert [task.name for task in some] == ["b"]
    ordered = cloud.all_tasks(order_by="name", descending=True, summary=False)
    assert [task.name for task in ordered] == ["c", "b", "a"]


def test_a_task_is_found_by_uuid_and_by_shortname(cloud: Connection) -> None:
    task = cloud.create_task("named", "docker-batch", 1, "short-name")
    cloud.submit_tasks([task])
    assert (cloud.retrieve_task("short-name")).uuid == task.uuid
    assert (cloud.retrieve_task(task.uuid)).name == "named"


def test_an_unknown_task_is_missing(cloud: Connection) -> None:
    with pytest.raises(ex.MissingTaskException, match="nope"):
        cloud.retrieve_task("nope")


def test_a_bulk_with_refused_tasks_submits_the_others_and_lists_the_refused(cloud: Connection) -> None:
    good, bad = cloud.create_task("good", "docker-batch", 1), cloud.create_task("bad", "no-such-profile", 1)
    with pytest.raises(ex.BulkSubmitException, match="1 of 2 tasks were refused") as refused:
        cloud.submit_tasks([bad, good])
    assert [(task, result.status_code) for task, result in refused.value.refusals] == [(bad, 400)]
    assert good.uuid is not None
    assert bad.uuid is None
    assert names(cloud.tasks()) == ["good"]


def test_a_bulk_of_which_everything_is_refused_says_why_for_each(cloud: Connection) -> None:
    tasks = [cloud.create_task(name, "no-such-profile", 1) for name in ("one", "two")]
    with pytest.raises(ex.QarnotGenericException, match="2 of 2") as refused:
        cloud.submit_tasks(tasks)
    assert str(refused.value).count("Invalid fields: profile") == 2


def test_tasks_that_are_submitted_already_are_left_alone(cloud: Connection, mocked: Any) -> None:
    tasks = [cloud.create_task("once", "docker-batch", 1)]
    cloud.submit_tasks(tasks)
    mocked.requests.clear()
    cloud.submit_tasks(tasks)
    cloud.submit_tasks([])
    assert mocked.requests == []
    assert names(cloud.tasks()) == ["once"]


def test_a_task_that_is_listed_twice_is_submitted_once(cloud: Connection) -> None:
    task = cloud.create_task("twice", "docker-batch", 1)
    cloud.submit_tasks([task, task])
    assert names(cloud.tasks()) == ["twice"]
