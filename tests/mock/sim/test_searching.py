"""Lists, search and pages of tasks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.sim.commands import Refusal
from qarnot_mock.sim.paging import Mark, page, token, token_number
from qarnot_mock.sim.render import FIELDS, SUMMARY_FIELDS


def names(answer: Any) -> list[str]:
    return [each["name"] for each in answer]


@pytest.fixture
def five(driver: Any) -> Any:
    for number, name in enumerate(["c", "a", "e", "b", "d"]):
        driver.at(number)
        driver.submit(name=name, tags=["even" if number % 2 == 0 else "odd", name])
    return driver


def walk(driver: Any, operation: str = "tasks_paginate", **body: Any) -> list[str]:
    found: list[str] = []
    while True:
        answer = driver.call(operation, body=body).body
        assert answer["count"] == len(answer["data"])
        found += names(answer["data"])
        if not answer["isTruncated"]:
            assert answer["nextToken"] is None
            return found
        body["token"] = answer["nextToken"]


def test_lists_take_any_of_several_tags(five: Any) -> None:
    assert names(five.call("tasks_list").body) == ["c", "a", "e", "b", "d"]
    assert names(five.call("tasks_list", tag=["a", "even"]).body) == ["c", "a", "e", "d"]
    assert names(five.call("task_summaries_list", tag=["odd"]).body) == ["a", "b"]
    assert five.call("tasks_list", tag=["none"]).body == []


def test_a_summary_has_exactly_the_documented_fields(five: Any) -> None:
    summary = five.call("task_summaries_list").body[0]
    assert set(summary) == set(SUMMARY_FIELDS) - {"advancedRanges"}


def test_pages_walk_the_whole_collection(five: Any) -> None:
    assert walk(five, maximumResults=2) == ["c", "a", "e", "b", "d"]
    assert walk(five, "task_summaries_paginate", maximumResults=5) == ["c", "a", "e", "b", "d"]
    assert walk(five, maximumResults=2, orderBy="Name") == ["a", "b", "c", "d", "e"]
    assert walk(five, maximumResults=3, orderBy="name", orderType="DESC") == ["e", "d", "c", "b", "a"]
    assert walk(five, maximumResults=1, orderBy="creationDate", orderType="desc") == ["d", "b", "e", "a", "c"]


def test_a_page_tells_its_size_and_the_total(five: Any) -> None:
    body = {"maximumResults": 2, "filter": {"operator": "Equal", "field": "Tags", "value": "even"}}
    answer = five.call("tasks_paginate", body=body).body
    assert (answer["count"], answer["total"], answer["isTruncated"]) == (2, 3, True)
    assert re.fullmatch("[0-9a-f]{24}", answer["nextToken"])


def test_the_default_page_has_ten(driver: Any) -> None:
    for _ in range(11):
        driver.submit()
    assert driver.call("tasks_paginate", body={}).body["count"] == 10


def test_tokens_are_stable_while_tasks_come_and_go(five: Any) -> None:
    first = five.call("tasks_paginate", body={"maximumResults": 2, "orderBy": "name"}).body
    assert names(first["data"]) == ["a", "b"]
    five.submit(name="aa")
    five.call("task_delete", first["data"][1]["uuid"])
    five.at(100)
    body = {"maximumResults": 9, "orderBy": "name", "token": first["nextToken"]}
    assert names(five.call("tasks_paginate", body=body).body["data"]) == ["c", "d", "e"]


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"token": "f" * 24}, "token"),
        ({"token": "zz"}, "token"),
        ({"maximumResults": 0}, "maximumResults"),
        ({"orderBy": "profile"}, "orderBy"),
        ({"orderType": "UP"}, "orderType"),
        ({"filter": {"operator": "Equal", "field": "Nope", "value": 1}}, "filter.field"),
    ],
)
def test_a_bad_page_request_is_a_problem(five: Any, body: Any, key: str) -> None:
    refusal = five.refused("tasks_paginate", body=body)
    assert (refusal.status, refusal.shape, list(refusal.errors)) == (400, "problem", [key])


def test_a_token_of_a_task_that_never_was_is_refused(five: Any) -> None:
    assert five.refused("tasks_paginate", body={"token": token(Mark(0, "task"), 77)}).status == 400


def test_search_fills_only_what_was_selected(five: Any) -> None:
    body = {"select": {"fields": ["Uuid", "name"]}, "maximumResults": 2}
    found = five.call("tasks_search", body=body).body
    assert [set(each) for each in found] == [{"uuid", "name"}] * 2
    assert set(five.call("tasks_search", body={"select": ["Name"]}).body[0]) == {"name"}
    assert set(five.call("tasks_search", body={}).body[0]) <= set(FIELDS)


@pytest.mark.parametrize("field", ["Nothing", "AutoDeleteOnCompletion"])
def test_an_unknown_or_unselectable_field_is_a_problem(five: Any, field: str) -> None:
    refusal = five.refused("tasks_search", body={"select": {"fields": [field]}})
    assert (refusal.status, list(refusal.errors)) == (400, ["select.fields"])


def test_every_field_of_a_task_can_be_filtered_or_is_known_not_to_be(five: Any) -> None:
    for name in FIELDS:
        node = {"operator": "Equal", "field": name, "value": "x"}
        try:
            five.call("tasks_search", body={"filter": node})
        except Exception as refusal:
            assert "can be filtered" in str(refusal)  # noqa: PT017


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**31))
def test_a_token_is_24_hexadecimal_digits_and_reads_back(seed: int, number: int) -> None:
    mark = Mark(seed, "task")
    assert re.fullmatch("[0-9a-f]{24}", token(mark, number))
    assert token_number(mark, token(mark, number)) == number
    with pytest.raises(Refusal):
        token_number(Mark(seed, "job"), token(mark, number))


@given(st.lists(st.integers(0, 5), max_size=12), st.integers(1, 5), st.booleans())
def test_pages_partition_any_collection(values: list[int], size: int, descending: bool) -> None:
    items = list(enumerate(values))
    key: Callable[[tuple[int, int]], tuple[int, int]] = lambda item: (item[1], item[0])  # noqa: E731
    found, after = [], None
    while True:
        part = page(items, key, after, descending=descending, size=size, mark=Mark(1, "task"))
        found += part.items
        if part.next_token is None:
            break
        after = key(part.items[-1])
    assert found == sorted(items, key=key, reverse=descending)


def test_named_uuids_come_in_the_order_of_creation_and_unknown_ones_not_at_all(five: Any) -> None:
    uuids = [task["uuid"] for task in five.call("tasks_list").body]
    wanted = {"operator": "In", "field": "uuid", "values": [uuids[3], "unknown", uuids[1], uuids[3]]}
    assert names(five.call("tasks_search", body={"filter": wanted}).body) == ["a", "b"]
    assert walk(five, filter=wanted, maximumResults=1) == ["a", "b"]
