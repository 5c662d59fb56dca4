"""Schemas are connected, consistent, and can be read both openly (clients) and strictly (the mock)."""

from __future__ import annotations

import re
from typing import Any

import pytest

OPEN_BY_INTENT = {
    "EmptyObject": True,
    "ProblemExtensions": True,
    "UnknownHardwareConstraint": True,
    "UnknownScalingPolicy": True,
    "UnknownTimePeriod": True,
    "Settings": {"type": ["string", "null"]},
    "Labels": {"type": "string"},
    "ValidationErrors": {"type": "array", "items": {"type": "string"}},
    "PortForwardMap": {"$ref": "#/components/schemas/InstancePortForwards"},
    "InstancePortForwards": {"$ref": "#/components/schemas/PortForward"},
    "RunningCountsPerUser": {"$ref": "#/components/schemas/RunningCounts"},
}
NULL = {"type": "null"}
ONLY_REQUESTS = {
    "AdvancedDependencyInput",
    "ComparisonOperator",
    "DataDetailRequest",
    "DependencyInput",
    "Filter",
    "FilterNode",
    "FixedScalingPolicy",
    "HardwareConstraint",
    "JobCreationInput",
    "KeyValue",
    "LogicalOperator",
    "ManagedTasksQueueScalingPolicy",
    "MembershipOperator",
    "MultipleValueLeaf",
    "OrderType",
    "PageDetailRequest",
    "PeriodicSnapshotRequest",
    "PoolCloneInput",
    "PoolCreationInput",
    "PoolUpdateInput",
    "Scaling",
    "ScalingPolicy",
    "SecretWrite",
    "Select",
    "Shortname",
    "TagList",
    "TaskCloneInput",
    "TaskCreationBatch",
    "TaskCreationInput",
    "TaskRedoInput",
    "TaskUpdateInput",
    "TimeOfDay",
    "TimePeriod",
    "TimePeriodWeeklyRecurring",
    "UniqueSnapshotRequest",
    "UnitValueLeaf",
}
IDENTIFIED = ["TaskOutput", "TaskSummaryOutput", "PoolOutput", "PoolSummaryOutput", "JobOutput"]  # fmt: skip


def names_below(node: Any, walk: Any) -> Any:
    """Names of the schemas that a node refers to."""
    for _, child in walk(node):
        if isinstance(child, dict) and str(child.get("$ref", "")).startswith("#/components/schemas/"):
            yield child["$ref"].rsplit("/", 1)[1]


def reachable(spec: Any, walk: Any, roots: Any) -> Any:
    schemas, seen, todo = spec["components"]["schemas"], set(), set(roots)
    while todo:
        name = todo.pop()
        seen.add(name)
        todo |= set(names_below(schemas[name], walk)) - seen
    return seen


@pytest.fixture(scope="module")
def used_by_requests(spec: Any, walk: Any, operations: Any) -> Any:
    bodies = (media for view in operations.values() for where, _, media in view.bodies() if where == "request")
    return reachable(spec, walk, {name for media in bodies for name in names_below(media["schema"], walk)})


@pytest.fixture(scope="module")
def used_by_answers(spec: Any, walk: Any, operations: Any) -> Any:
    bodies = (media for view in operations.values() for where, _, media in view.bodies() if where != "request")
    return reachable(spec, walk, {name for media in bodies for name in names_below(media["schema"], walk)})


def test_every_reference_resolves(spec: Any, walk: Any, resolved: Any) -> None:
    references = [node for _, node in walk(spec) if isinstance(node, dict) and isinstance(node.get("$ref"), str)]
    assert len(references) > 500
    for node in references:
        resolved(node)


def test_every_component_is_used(spec: Any, walk: Any) -> None:
    used = {node["$ref"] for _, node in walk(spec) if isinstance(node, dict) and isinstance(node.get("$ref"), str)}
    declared = {
        f"#/components/{kind}/{name}"
        for kind, parts in spec["components"].items()
        for name in parts
        if kind not in {"schemas", "securitySchemes"}
    }
    assert declared - used == set()


def test_a_schema_is_reachable_from_an_operation(schema_name: str, used_by_requests: Any, used_by_answers: Any) -> None:
    assert schema_name in used_by_requests | used_by_answers


def test_what_only_requests_use_is_known(used_by_requests: Any, used_by_answers: Any) -> None:
    """The strict schemas of requests must not judge what a newer server sends."""
    assert used_by_requests - used_by_answers == ONLY_REQUESTS


def test_a_schema_is_named_in_pascal_case(schema_name: str) -> None:
    assert re.fullmatch(r"[A-Z][A-Za-z]+", schema_name)


def test_a_schema_is_explained(schema_name: str, spec: Any) -> None:
    description = spec["components"]["schemas"][schema_name]["description"].strip()
    assert description.endswith((".", ")"))


def test_required_keys_are_declared(schema_name: str, spec: Any) -> None:
    schema = spec["components"]["schemas"][schema_name]
    assert set(schema.get("required", [])) <= set(schema.get("properties", {}))


def test_an_object_is_open_only_by_intent(schema_name: str, spec: Any) -> None:
    schema = spec["components"]["schemas"][schema_name]
    assert schema.get("additionalProperties") == OPEN_BY_INTENT.get(schema_name)


def test_a_nullable_key_of_an_answer_may_be_absent(
    schema_name: str, spec: Any, resolved: Any, used_by_answers: Any
) -> None:
    schema = spec["components"]["schemas"][schema_name]
    if schema_name not in used_by_answers or schema_name in IDENTIFIED:
        return
    for key in schema.get("required", []):
        node = resolved(schema["properties"][key])
        assert "null" not in node.get("type", []), key
        assert NULL not in node.get("anyOf", []), key


@pytest.mark.parametrize("name", IDENTIFIED)
def test_an_object_always_says_who_it_is_and_how_it_stands(name: str, spec: Any) -> None:
    assert spec["components"]["schemas"][name]["required"] == ["uuid", "name", "shortname", "state"]


def test_lists_and_objects_of_answers_are_nullable(
    schema_name: str, spec: Any, resolved: Any, used_by_answers: Any
) -> None:
    """A .NET server may send null for any reference; only what both sides share with requests is stricter."""
    schema = spec["components"]["schemas"][schema_name]
    if schema_name not in used_by_answers:
        return
    for key, raw in schema.get("properties", {}).items():
        node = resolved(raw)
        assert node.get("type") not in ("array", "object"), key


def test_the_three_inputs_grow_from_each_other(spec: Any) -> None:
    fields = {
        name: set(spec["components"]["schemas"][f"Task{name}Input"]["properties"])
        for name in ("Redo", "Clone", "Creation")
    }
    assert fields["Clone"] - fields["Redo"] == {"instanceCount", "advancedRanges"}
    assert fields["Creation"] - fields["Clone"] == {"poolUuid"}
    assert fields["Redo"] < fields["Clone"] < fields["Creation"]


def test_a_clone_of_a_pool_may_change_all_that_a_creation_sets(spec: Any) -> None:
    schemas = spec["components"]["schemas"]
    clone, creation = (schemas[f"Pool{name}Input"]["properties"] for name in ("Clone", "Creation"))
    assert set(clone) == set(creation)
    assert {key for key in clone if clone[key] != creation[key]} == {"name", "profile"}


@pytest.mark.parametrize("kind", ["Task", "Pool"])
def test_a_summary_is_part_of_the_whole(kind: str, spec: Any) -> None:
    schemas = spec["components"]["schemas"]
    summary, whole = schemas[f"{kind}SummaryOutput"]["properties"], schemas[f"{kind}Output"]["properties"]
    assert summary.items() <= whole.items()
    assert {"tags", "constants", "status", "errors", "resourceBuckets", "scaling"}.isdisjoint(summary)


@pytest.mark.parametrize("kind", ["Task", "Pool", "Job"])
def test_what_a_user_sets_is_echoed(kind: str, spec: Any) -> None:
    schemas = spec["components"]["schemas"]
    set_by_user = set(schemas[f"{kind}CreationInput"]["properties"])
    assert set_by_user - set(schemas[f"{kind}Output"]["properties"]) == set()


@pytest.mark.parametrize(("name", "states"), [("PoolState", 9), ("JobState", 4), ("DayOfWeek", 7)])
def test_an_enumeration_has_all_its_members(name: str, states: int, spec: Any) -> None:
    assert len(spec["components"]["schemas"][name]["enum"]) == states


def test_a_task_has_the_eleven_states(spec: Any) -> None:
    assert len(spec["components"]["schemas"]["TaskState"]["enum"]) == 11
