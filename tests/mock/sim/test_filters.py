"""Filters: operators, types, lists, names, refusals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.sim.commands import Refusal
from qarnot_mock.sim.filters import candidates, compile_filter

RECORD: Mapping[str, Any] = {
    "name": "render-7",
    "state": "Success",
    "tags": ["a", "b,c"],
    "progress": 50.5,
    "instanceCount": 12,
    "creationDate": "2023-11-14T22:13:20Z",
    "wallTime": "1.00:00:00",
    "uploadResultsOnCancellation": True,
    "poolUuid": None,
    "dependencies": {"dependsOn": ["x", "y"]},
    "errors": [],
}


def holds(node: Any) -> bool:
    return compile_filter(node, RECORD)(lambda name: RECORD[name])


def leaf(operator: str, field: str, value: Any) -> dict[str, Any]:
    return {"operator": operator, "field": field, "value": value}


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (None, True),
        ({}, True),
        (leaf("Equal", "Name", "render-7"), True),
        (leaf("equal", "NAME", "Render-7"), False),
        (leaf("NotEqual", "name", "x"), True),
        (leaf("Equal", "Tags", "b,c"), True),
        (leaf("Equal", "Tags", "b"), False),
        (leaf("NotEqual", "Tags", "a"), False),
        (leaf("NotEqual", "Tags", "z"), True),
        (leaf("LessThan", "InstanceCount", "9"), False),
        (leaf("GreaterThan", "InstanceCount", "9"), True),
        (leaf("GreaterThanOrEqual", "InstanceCount", 12), True),
        (leaf("LessThanOrEqual", "Progress", "50.5"), True),
        (leaf("Equal", "InstanceCount", "many"), False),
        (leaf("GreaterThan", "CreationDate", "2023-11-14T22:13:19.9999999Z"), True),
        (leaf("Equal", "CreationDate", "2023-11-14T23:13:20+01:00"), True),
        (leaf("LessThan", "WallTime", "23:59:59"), False),
        (leaf("Equal", "UploadResultsOnCancellation", "True"), True),
        (leaf("Equal", "PoolUuid", None), True),
        (leaf("LessThan", "PoolUuid", "x"), False),
        (leaf("Equal", "Dependencies.DependsOn", "y"), True),
        (leaf("Equal", "Dependencies.Nothing", "y"), False),
        (leaf("Like", "Name", "^render"), True),
        (leaf("Like", "Name", "/^render/"), True),
        (leaf("Like", "Name", "^7"), False),
        (leaf("Like", "Tags", "^b"), True),
        (leaf("Like", "PoolUuid", ""), False),
        (leaf("In", "State", ["Failure", "Success"]), True),
        ({"operator": "In", "field": "State", "values": ["Failure"]}, False),
        ({"operator": "NotIn", "field": "State", "values": ["Failure"]}, True),
        (leaf("NotIn", "State", ["Success"]), False),
        ({"operator": "In", "field": "Tags", "values": ["z", "a"]}, True),
        ({"operator": "In", "field": "State", "values": []}, False),
        ({"operator": "And", "filters": [leaf("Equal", "Tags", "a"), leaf("Equal", "Tags", "z")]}, False),
        ({"operator": "Or", "filters": [leaf("Equal", "Tags", "a"), leaf("Equal", "Tags", "z")]}, True),
        ({"operator": "And", "filters": []}, True),
        ({"operator": "Or", "filters": []}, False),
    ],
)
def test_a_filter_decides(node: Any, expected: bool) -> None:
    assert holds(node) is expected


@pytest.mark.parametrize(
    ("node", "key"),
    [
        ("text", "filter"),
        (leaf("Resembles", "Name", "x"), "filter.operator"),
        (leaf("Equal", "Nonsense", "x"), "filter.field"),
        (leaf("Equal", "Errors", "x"), "filter.field"),
        ({"operator": "Equal", "value": "x"}, "filter.field"),
        (leaf("Like", "Name", "("), "filter.value"),
        (leaf("In", "Name", "x"), "filter.values"),
        ({"operator": "And", "filters": "x"}, "filter.filters"),
        ({"operator": "Or", "filters": [leaf("Equal", "Name", "x"), 3]}, "filter.filters[1]"),
    ],
)
def test_a_bad_filter_is_a_problem_that_names_the_place(node: Any, key: str) -> None:
    with pytest.raises(Refusal) as caught:
        holds(node)
    assert (caught.value.status, caught.value.shape) == (400, "problem")
    assert list(caught.value.errors or ()) == [key]


VALUES = st.sampled_from(
    ["Success", "render-7", "success", "12", "50.5", "a", "b,c", "1.00:00:00", "24:00:00", "2023-11-14T23:13:20+01:00",
     "true", "", None, 12, 50.5, True]
)  # fmt: skip


@given(
    field=st.sampled_from(sorted(RECORD.keys() - {"errors"})),
    values=st.lists(VALUES, max_size=5),
    negated=st.booleans(),
)
def test_being_one_of_several_is_being_equal_to_any(field: str, values: list[Any], negated: bool) -> None:
    one_of = {"operator": "NotIn" if negated else "In", "field": field, "values": values}
    assert holds(one_of) is (any(holds(leaf("Equal", field, value)) for value in values) != negated)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (None, None),
        (leaf("Equal", "UUID", "u"), ["u"]),
        ({"operator": "In", "field": "Uuid", "values": ["u", "v", "u"]}, ["u", "v"]),
        ({"operator": "And", "filters": [leaf("Equal", "Name", "n"), leaf("Equal", "uuid", "u")]}, ["u"]),
        ({"operator": "Or", "filters": [leaf("Equal", "Name", "n"), leaf("Equal", "uuid", "u")]}, None),
        ({"operator": "NotIn", "field": "Uuid", "values": ["u"]}, None),
        (leaf("NotEqual", "Uuid", "u"), None),
    ],
)
def test_a_filter_says_to_which_uuids_it_keeps(node: Any, expected: list[str] | None) -> None:
    found = candidates(node, "uuid")
    assert (None if found is None else list(found)) == expected
