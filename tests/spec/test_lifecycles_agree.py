"""The lifecycle tables and the API description tell the same story: states, operations, and how they are refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

SHAPES = {
    "message": ("application/json", "RequestError"),
    "problem": ("application/problem+json", "ProblemDetails"),
    "list": ("application/json", "BulkTaskResults"),
}


def refusals(lifecycles: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every operation with each of its refusals."""
    for machine in lifecycles.values():
        for operation, row in machine["operations"].items():
            yield from ((operation, row[key]) for key in ("refusal", "unmet") if key in row)


def undeclared(operations: Any, operation: str, refusal: Mapping[str, Any]) -> str | None:
    """What the API description lacks to give this refusal; None when nothing."""
    response = operations[operation].responses().get(str(refusal["status"]))
    media_type, schema = SHAPES[refusal["shape"]]
    if response is None:
        return f"{operation} does not declare {refusal['status']}"
    if schema not in str(response["content"].get(media_type)):
        return f"{operation} {refusal['status']} has no {schema} as {media_type}"
    return None


def observable(machine: Any) -> set[str]:
    return {name for name, state in machine["states"].items() if state.get("observable", True)}


@pytest.mark.parametrize("name", ["task", "snapshot", "job", "dependency"])
def test_a_lifecycle_has_the_states_of_its_enumeration(name: str, spec: Any, lifecycles: Any) -> None:
    machine = lifecycles[name]
    assert observable(machine) == set(spec["components"]["schemas"][machine["schema"]]["enum"])


def test_the_phases_of_an_instance_are_states_of_its_lifecycle(spec: Any, lifecycles: Any) -> None:
    phases = set(spec["components"]["schemas"][lifecycles["instance"]["schema"]]["enum"])
    assert phases <= observable(lifecycles["instance"])


def test_lifecycles_speak_of_operations_that_exist(operations: Any, lifecycles: Any) -> None:
    named = {name for machine in lifecycles.values() for name in machine["operations"]}
    assert named
    assert named <= set(operations)


def test_every_refusal_of_a_lifecycle_is_declared(operations: Any, lifecycles: Any) -> None:
    found = list(refusals(lifecycles))
    assert len(found) > 5
    assert [gap for operation, refusal in found if (gap := undeclared(operations, operation, refusal))] == []


def test_an_undeclared_refusal_is_seen(operations: Any) -> None:
    assert undeclared(operations, "task_abort", {"status": 418, "shape": "message"})
    assert undeclared(operations, "task_abort", {"status": 404, "shape": "problem"})
