"""Whatever a client sends, the mock neither fails nor breaks its contract, and a refusal leaves the world as it was."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qarnot_mock import contract
from qarnot_mock.assemble import build_cloud
from qarnot_mock.clock import SECOND, VirtualClock
from qarnot_mock.http.document import Document, Operation, operations
from qarnot_mock.messages import Request, Response
from qarnot_mock.sim.operations import HANDLERS

DOCUMENT = Document(contract.load().openapi)
# What the world has no handler for yet. The list may only shrink, and a handler without its line here fails a test.
PENDING: frozenset[str] = frozenset()
BUILT_IN = {"settings_get", "versions_list"}
KNOWN = list(operations(DOCUMENT))
OPERATIONS = [operation for operation in KNOWN if operation.id not in PENDING]
NAMES = st.sampled_from(
    ["known", "other", "0", "1", "docker-batch", "", "..", "é", "0a3c9c3e-5d5b-4c52-9e8c-7f1f4b1c2a10"]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3000)
    | st.floats(allow_nan=False, allow_infinity=False)
    | NAMES
    | st.sampled_from(
        ["In", "and", "Equal", "Like", "state", "Tags", "flex", "0-3,7", "00:00:10", "9" * 40, "(", "x" * 3000]
    )
)


def fitting(schema: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values that nearly have the shape of a schema: right keys, often right types, sometimes neither."""
    node: Any = DOCUMENT.schema(schema)
    branches: Any = node.get("oneOf") or node.get("anyOf")
    if depth > 4:
        return SCALARS
    if branches:
        return st.one_of([fitting(branch, depth + 1) for branch in branches]) | SCALARS
    if "enum" in node:
        return st.sampled_from(list(node["enum"])) | SCALARS
    if "properties" in node:
        properties: Any = node["properties"]
        required = {key: fitting(properties[key], depth + 1) for key in node.get("required", ())}
        optional = {key: fitting(value, depth + 1) for key, value in properties.items() if key not in required}
        return st.fixed_dictionaries(required, optional=optional) | SCALARS
    if "items" in node:
        return st.lists(fitting(node["items"], depth + 1), max_size=3) | SCALARS
    return SCALARS


@attrs.frozen
class Sent:
    operation: Operation
    path: str
    body: Any
    accept: str


@st.composite
def requests(draw: st.DrawFn) -> Sent:
    operation = draw(st.sampled_from(OPERATIONS))
    path = operation.path
    for parameter in operation.parameters_in("path"):
        path = path.replace(f"{{{parameter.name}}}", draw(NAMES))
    body = None if operation.body is None else draw(fitting(DOCUMENT.at(operation.body)))
    return Sent(operation, path, body, draw(st.sampled_from(["*/*", "application/json"])))


def test_what_is_pending_is_what_the_world_does_not_handle() -> None:
    assert {operation.id for operation in KNOWN} - BUILT_IN - set(HANDLERS) == PENDING


@pytest.mark.qarnot_contract("violation")
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(st.lists(st.tuples(requests(), st.integers(0, 4 * SECOND)), max_size=8))
def test_any_sequence_of_requests_is_answered_within_the_contract(steps: list[tuple[Sent, int]]) -> None:
    clock = VirtualClock()
    cloud = build_cloud(seed=1, clock=clock)
    tenant = cloud.authenticate("t")
    assert tenant is not None

    def send(method: str, path: str, body: Any, accept: str = "*/*") -> Response:
        headers = (("authorization", "t"), ("content-type", "application/json"), ("accept", accept))
        content = b"" if body is None else json.dumps(body).encode()
        return cloud.rest(Request(method, path, "", headers, content))

    assert (
        send(
            "POST", "/tasks", {"name": "n", "shortname": "known", "profile": "docker-batch", "instanceCount": 2}
        ).status
        == 200
    )
    assert (
        send(
            "POST", "/pools", {"name": "p", "shortname": "known", "profile": "docker-batch", "instanceCount": 2}
        ).status
        == 200
    )
    for sent, pause in steps:
        clock.advance(pause)
        cloud.tick()
        before = tenant.world.dump()
        response = send(sent.operation.method, sent.path, sent.body, sent.accept)
        assert cloud.contract_errors == []
        assert response.status < 500
        if response.status >= 400:
            assert tenant.world.dump() == before
