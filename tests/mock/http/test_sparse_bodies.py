"""Null, empty and nearly empty wherever the spec allows it: each is answered within the contract, with no crash."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest

from qarnot_mock import contract
from qarnot_mock.assemble import build_cloud
from qarnot_mock.clock import VirtualClock
from qarnot_mock.http.document import Document, Operation, operations
from qarnot_mock.messages import Request

Schema = Mapping[str, Any]

DOCUMENT = Document(contract.load().openapi)
UUID = "0a3c9c3e-5d5b-4c52-9e8c-7f1f4b1c2a10"
TASK = {"name": "n", "profile": "docker-batch", "instanceCount": 1}
# What a body is completed by, so that it gets past what is required of the whole.
WHOLE: Mapping[str, Any] = {"tasks_create": TASK, "tasks_force_create": TASK, "pools_create": TASK}
# The text names a profile, so that a required one exists.
SCALARS: Mapping[str, Any] = {"string": "docker-batch", "integer": 1, "number": 1.0, "boolean": True}
DEEPEST = 6
WITH_BODY = [operation for operation in operations(DOCUMENT) if operation.body]


def kinds(schema: Schema) -> list[Any]:
    named: Any = schema.get("type", "object")
    return named if isinstance(named, list) else [named]


def least(schema: Schema) -> Any:
    """The smallest value that is not null: of an object only what is required."""
    node: Any = DOCUMENT.schema(schema)
    if branches := node.get("oneOf") or node.get("anyOf"):
        return least(branches[0])
    if "const" in node or "enum" in node:
        return node.get("const") or node["enum"][0]
    kind = kinds(node)[0]
    if kind == "array":
        return [least(node["items"])] if node.get("minItems") else []
    if kind == "object":
        return {key: least(node["properties"][key]) for key in node.get("required", ())}
    return UUID if node.get("format") == "uuid" else SCALARS[kind]


def sparse(schema: Schema, depth: int = 0) -> Iterator[Any]:
    """Every value of a schema that lacks as much as it may, and those with a single hole."""
    node: Any = DOCUMENT.schema(schema)
    if branches := node.get("oneOf") or node.get("anyOf"):
        for branch in branches if depth < DEEPEST else ():
            yield from sparse(branch, depth + 1)
        return
    if "null" in kinds(node):
        yield None
    if "object" in kinds(node):
        yield least(node)
        for key, child in node.get("properties", {}).items() if depth < DEEPEST else ():
            yield from ({**least(node), key: value} for value in sparse(child, depth + 1))
    if "array" in kinds(node):
        yield []
        yield from ([value] for value in sparse(node["items"], depth + 1))


def crashes(operation: Operation, bodies: Iterable[Any]) -> Iterator[tuple[Any, str]]:
    """The bodies that break the contract of a cloud with one object of each kind, and how."""
    cloud = build_cloud(seed=1, clock=VirtualClock())

    def send(method: str, path: str, sent: Any) -> int:
        headers = (("authorization", "t"), ("content-type", "application/json"))
        return cloud.rest(Request(method, path, "", headers, json.dumps(sent).encode())).status

    for path in ("/tasks", "/pools"):
        assert send("POST", path, {**TASK, "shortname": "known"}) == 200
    for body in bodies:
        status = send(operation.method, re.sub(r"{\w+}", "known", operation.path), body)
        if status >= 500 or cloud.contract_errors:
            yield body, str(cloud.contract_errors)
            return


@pytest.mark.qarnot_contract("violation")
@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda operation: operation.id)
def test_a_sparse_body_is_answered(operation: Operation) -> None:
    whole = WHOLE.get(operation.id, {})
    given = sparse(DOCUMENT.follow(str(operation.body))[1])
    bodies = [{**whole, **body} if isinstance(body, dict) else body for body in given]
    # Few enough for one account's limits on tasks and pools.
    batches = [bodies[start : start + 40] for start in range(0, len(bodies), 40)]
    assert [found for batch in batches for found in crashes(operation, batch)] == []
