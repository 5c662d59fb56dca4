"""Filters in their wire form."""

from __future__ import annotations

import pytest

from qarnot_hl._core.filters import (
    Filters,
    all_tag_filter,
    concat_filters,
    or_tag_filter,
    page_request,
    tag_filter,
)

A = {"operator": "Equal", "field": "Tags", "value": "a"}
B = {"operator": "Equal", "field": "Tags", "value": "b,c"}


@pytest.mark.parametrize(
    ("name", "operator"),
    [
        ("equal", "Equal"), ("not_equal", "NotEqual"), ("less", "LessThan"), ("less_or_equal", "LessThanOrEqual"),
        ("greater", "GreaterThan"), ("greater_or_equal", "GreaterThanOrEqual"), ("like", "Like"),
    ],
)  # fmt: skip
def test_a_leaf_compares_a_field_with_one_value(name: str, operator: str) -> None:
    assert getattr(Filters, name)("Name", "x") == {"operator": operator, "field": "Name", "value": "x"}


def test_membership_is_sent_under_the_key_of_the_server_s_schema() -> None:
    assert Filters.inside("State", ("a", "b")) == {"operator": "In", "field": "State", "values": ["a", "b"]}
    assert Filters.not_inside("State", ["a"]) == {"operator": "NotIn", "field": "State", "values": ["a"]}


def test_a_search_selects_fields_in_the_object_form() -> None:
    assert Filters.data_detail(A, ["Uuid"], 3) == {"filter": A, "select": {"fields": ["Uuid"]}, "maximumResults": 3}
    assert Filters.data_detail() == {"filter": None, "select": None, "maximumResults": None}


def test_filters_join_only_when_there_are_several() -> None:
    assert concat_filters([]) is None
    assert concat_filters([A]) == A
    assert concat_filters([A, B]) == {"operator": "And", "filters": [A, B]} == Filters.node_and([A, B])
    assert concat_filters([A, B], False) == {"operator": "Or", "filters": [A, B]} == Filters.node_or([A, B])


def test_tags_mean_any_and_tags_intersect_all_and_wins() -> None:
    assert or_tag_filter(["a", "b,c"]) == {"operator": "Or", "filters": [A, B]}
    assert all_tag_filter(["a", "b,c"]) == {"operator": "And", "filters": [A, B]}
    assert tag_filter(["a"], ["b,c"]) == B
    assert tag_filter("a", None) == A
    assert tag_filter([], []) is None
    assert tag_filter(None, None) is None


def test_a_page_request_leaves_to_the_server_what_was_not_asked() -> None:
    assert page_request() == {}
    assert page_request(A, "t", 5, "name", True) == {
        "filter": A, "token": "t", "maximumResults": 5, "orderBy": "name", "orderType": "DESC",
    }  # fmt: skip
    assert page_request(order_by="name")["orderType"] == "ASC"
