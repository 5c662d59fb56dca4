"""Violations: each is a 400 in the server's own shape that names the place by a JSON pointer and says why."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from qarnot_mock.http.intake import Call, Rejected, parse_json
from qarnot_mock.messages import Response

Read = Callable[..., Call]
TASK = {"name": "n", "profile": "docker-batch", "instanceCount": 1}


def refused(read: Read, *arguments: Any, **options: Any) -> tuple[Response, Any]:
    with pytest.raises(Rejected) as refusal:
        read(*arguments, **options)
    return refusal.value.response, json.loads(refusal.value.response.body)


@pytest.mark.parametrize(
    ("change", "pointer", "reason"),
    [
        ({"name": None}, "/name", '"string"'),
        ({"name": "x" * 2048}, "/name", "longer than 2047"),
        ({"profile": 3}, "/profile", '"string"'),
        ({"tags": ["ok", 4]}, "/tags/1", '"string"'),
        ({"tags": ["t"] * 11}, "/tags", "10"),
        ({"constants": [{"key": "A B", "value": "x"}]}, "/constants/0/key", "does not match"),
        ({"constants": [{"value": "x"}]}, "/constants/0/key", "is required"),
        ({"jobUuid": "no-uuid"}, "/jobUuid", '"uuid"'),
        ({"schedulingType": "cheap"}, "/schedulingType", '"flex", "onDemand" or "reserved"'),
        ({"hardwareConstraints": [{"discriminator": "GpuHardwareConstraint"}, {}]}, "/hardwareConstraints/1", ""),
        ({"retrySettings": {"maxTotalRetries": -1}}, "/retrySettings/maxTotalRetries", "less than"),
    ],
)
def test_a_bad_task_is_refused_with_pointer_and_reason(
    read_with_all_rules: Read, change: dict[str, Any], pointer: str, reason: str
) -> None:
    response, body = refused(read_with_all_rules, "POST", "/tasks", {**TASK, **change})
    assert response.status == 400
    assert list(body) == ["message"]
    field = pointer.split("/")[1]
    assert body["message"].startswith(f"Invalid task file. Invalid fields: {field}. {pointer}")
    assert reason in body["message"]


def test_all_faults_are_named_at_once(read_with_all_rules: Read) -> None:
    _, body = refused(read_with_all_rules, "POST", "/tasks", {"profile": 3})
    assert "Invalid fields: name, profile." in body["message"]
    assert "/name: is required" in body["message"]


@pytest.mark.parametrize(
    ("target", "body", "place", "reason"),
    [
        ("/tasks/paginate", {"filter": {"operator": "Equal", "value": "x"}}, "filter.field", "is required"),
        ("/tasks/paginate", {"maximumResults": "many"}, "maximumResults", '"integer"'),
        ("/tasks/paginate", {"filter": {"operator": "And", "filters": [{}]}}, "filter.filters[0]", ""),
        ("/tasks/search", {"select": {"fields": [1]}}, "select.fields[0]", '"string"'),
        ("/tasks/t/snapshot/periodic", {"interval": -1}, "interval", "less than"),
        ("/tasks/t/clone", {"name": 1}, "name", '"string"'),
    ],
)
def test_queries_snapshots_and_clones_are_refused_as_problem_details(
    read_with_all_rules: Read, target: str, body: Any, place: str, reason: str
) -> None:
    response, problem = refused(read_with_all_rules, "POST", target, body)
    assert response.status == problem["status"] == 400
    assert response.header("content-type").startswith("application/problem+json")
    assert problem["instance"] == target
    assert problem["title"] == "One or more validation errors occurred."
    texts = [text for key, found in problem["errors"].items() if key.startswith(place) for text in found]
    assert any(reason in text for text in texts), problem["errors"]


def test_a_missing_body_has_an_error_under_the_empty_key(read_with_all_rules: Read) -> None:
    _, problem = refused(read_with_all_rules, "POST", "/tasks/t/clone")
    assert problem["errors"] == {"": ["A non-empty request body is required."]}


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"{", "not a JSON document"),
        (b'{"name": NaN}', "NaN is not a JSON number"),
        (b'{"name": "\\ud800"}', "surrogates not allowed"),
        (b"\xff", "utf-8"),
        (b"[" * 100_000, "not a JSON document"),
        (b"", "A non-empty request body is required."),
        (b'"text"', ""),
    ],
)
def test_what_is_no_json_object_is_refused(read_with_all_rules: Read, raw: bytes, reason: str) -> None:
    response, body = refused(read_with_all_rules, "POST", "/tasks", raw=raw)
    assert response.status == 400
    assert reason in body["message"]


def test_a_byte_order_mark_is_skipped() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}


def test_a_foreign_content_type_is_named(read_with_all_rules: Read) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    response, body = refused(read_with_all_rules, "POST", "/tasks", TASK, headers)
    assert response.status == 400
    assert "application/x-www-form-urlencoded is not supported; send application/json" in body["message"]


def test_an_instance_that_is_no_number_is_refused(read_with_all_rules: Read) -> None:
    response, body = refused(read_with_all_rules, "GET", "/tasks/t/stdout/first")
    assert response.status == 400
    assert body["message"].startswith('Invalid path parameter. /instanceId: "first" is not of type "integer"')


def test_path_numbers_are_converted(read_with_all_rules: Read) -> None:
    assert read_with_all_rules("GET", "/tasks/t/stdout/12").arguments == {"task": "t", "instanceId": 12}


def test_a_bulk_body_is_left_to_be_judged_entry_by_entry(read_with_all_rules: Read) -> None:
    call = read_with_all_rules("POST", "/tasks", [{"Name": 3}])
    assert call.body == [{"name": 3}]
    assert call.entry_schema == "/components/schemas/TaskCreationBatch/items"


EXACT = [
    ("/tasks", TASK | {"constants": [{"key": "A", "value": "1"}], "tags": ["x"], "schedulingType": "flex"}),
    ("/tasks", [TASK, TASK | {"shortname": None}]),
    ("/tasks/search", {"filter": {"operator": "In", "field": "Name", "values": ["a"]}, "select": {"fields": ["Uuid"]}}),
    ("/tasks/x/snapshot/periodic", {"interval": 60}),
]


@pytest.mark.parametrize(("target", "body"), EXACT)
def test_an_exact_body_is_left_as_it_is_and_needs_no_rule(
    read_with_all_rules: Read, monkeypatch: pytest.MonkeyPatch, target: str, body: Any
) -> None:
    at_once = read_with_all_rules("POST", target, body)
    assert (at_once.body, at_once.rules) == (body, ())
    monkeypatch.setattr("qarnot_mock.http.intake.holds_float", lambda value: True)
    walked = read_with_all_rules("POST", target, body)
    assert walked == at_once


def test_a_whole_number_with_a_fraction_part_is_still_made_an_integer(read_with_all_rules: Read) -> None:
    call = read_with_all_rules("POST", "/tasks", TASK | {"instanceCount": 2.0})
    assert isinstance(call.body, dict)
    assert isinstance(call.body["instanceCount"], int)
    assert call.rules
