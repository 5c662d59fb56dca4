"""Filters: operators, types, lists, names, refusals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from qarnot_mock.sim.commands import Refusal
from qarnot_mock.sim.filters import compile_filter

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
