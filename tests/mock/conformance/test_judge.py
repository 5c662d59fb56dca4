"""One exchange by itself: how exact the request is, whether the answer keeps the spec, what it exercised."""

from __future__ import annotations

from typing import Any

import pytest

from qarnot_mock import contract
from qarnot_mock.conformance.clients import OFFICIAL, OURS, RAW, SCHEMATHESIS, client_of
from qarnot_mock.conformance.coverage import OPERATIONS, Coverage, declared, exercised, report, to_json
from qarnot_mock.conformance.judge import ANSWERS, ASKED, REQUESTS, TOLD, TOLERANCES
from qarnot_mock.conformance.reading import Reading
from qarnot_mock.conformance.sightings import TRANSITIONS
from qarnot_mock.conformance.verdict import EXACT, TOLERATED, VIOLATION, Verdict
from qarnot_mock.http.document import Document

TASK = {"name": "n", "profile": "docker-batch", "instanceCount": 1}
CREATED = {"uuid": "0a3c9c3e-5d5b-4c52-9e8c-7f1f4b1c2a10"}


@pytest.mark.parametrize(
    ("agent", "client"),
    [
        ("qarnot-hl/0.1.0 httpx/0.28.1", OURS),
        ("qarnot-sdk-python/2.23.0", OFFICIAL),
        ("schemathesis/4.32.5", SCHEMATHESIS),
        ("python-httpx/0.28.1", RAW),
        ("", RAW),
        ("not qarnot-hl/0.1.0", RAW),
    ],
)
def test_a_client_is_known_by_its_user_agent(agent: str, client: str) -> None:
    assert client_of(agent) == client


def test_an_exact_request_needs_nothing(exchange: Any) -> None:
    verdict = exchange("POST /tasks", 200, CREATED, body=TASK)
    assert (verdict.operation, verdict.request, verdict.rules, verdict.faults) == ("tasks_create", EXACT, (), ())
    assert verdict.problems() == {}


@pytest.mark.parametrize(
    ("asked", "body", "rules"),
    [
        ("POST /tasks", {"Name": "n", "profile": "p", "instanceCount": 1}, ("key-letter-case",)),
        ("POST /v1/tasks/", TASK, ("trailing-slash", "version-prefix")),
        ("GET /tasks", {"needless": 1}, ("needless-body",)),
    ],
)
def test_a_tolerated_request_names_its_rules_and_only_ours_must_not_be_one(
    exchange: Any, asked: str, body: Any, rules: tuple[str, ...]
) -> None:
    answer: Any = [] if asked.startswith("GET") else CREATED
    verdict = exchange(asked, 200, answer, body=body)
    assert (verdict.request, verdict.rules) == (TOLERATED, rules)
    assert verdict.problems() == {}
    assert exchange(asked, 200, answer, body=body, agent="qarnot-hl/1").problems() == {"tolerated": rules}


@pytest.mark.parametrize(
    ("asked", "body", "token", "reason"),
    [
        ("POST /tasks", {**TASK, "instanceCount": -1}, "t", "less than the minimum"),
        ("POST /tasks", [TASK, {"name": 3}], "t", "/name"),
        ("GET /tasks", None, "", "Authorization header is missing"),
        ("GET /tasks/x/stdout/many", None, "t", "/instanceId"),
        ("GET /no/such/path", None, "t", "no such operation"),
        ("DELETE /profiles", None, "t", "no such operation"),
    ],
)
def test_a_violation_says_why(exchange: Any, asked: str, body: Any, token: str, reason: str) -> None:
    verdict = exchange(asked, 400, {"message": "no"}, body=body, token=token)
    assert verdict.request == VIOLATION
    assert any(reason in text for text in verdict.problems()["violation"])


@pytest.mark.parametrize(
    ("asked", "status", "answer", "media", "fault"),
    [
        ("GET /tasks", 418, {"message": "no"}, "application/json", "418, which the spec does not declare"),
        ("GET /tasks", 200, [], "text/html", "as text/html"),
        ("GET /tasks", 200, None, "", "without a body"),
        ("GET /tasks", 200, {}, "application/json", "is not of type"),
        ("GET /tasks/x", 200, {"uuid": 3}, "application/json", "/uuid"),
        ("POST /tasks", 200, {**CREATED, "surprise": 1}, "application/json", "surprise"),
        ("GET /tasks", 500, {"message": "The mock broke its contract (a bug)"}, "application/json", "a bug"),
    ],
)
def test_an_answer_that_breaks_the_spec_is_a_breach(
    exchange: Any, asked: str, status: int, answer: Any, media: str, fault: str
) -> None:
    verdict = exchange(asked, status, answer, body=TASK if asked.startswith("POST") else None, media=media)
    assert any(fault in text for text in verdict.problems()["breach"]), verdict.faults


def test_success_for_a_request_that_violates_the_spec_is_a_breach(exchange: Any) -> None:
    bad = {**TASK, "instanceCount": -1}
    assert "though the request is a violation" in exchange("POST /tasks", 200, CREATED, body=bad).faults[0]
    partly = [{"statusCode": 200, "uuid": CREATED["uuid"]}, {"statusCode": 400, "message": "no"}]
    assert exchange("POST /tasks", 207, partly, body=[TASK, bad]).faults == ()


def test_what_an_exchange_exercises_is_named(exchange: Any) -> None:
    facts = exchange("POST /tasks", 200, CREATED, body={**TASK, "tags": None, "Priority": 3}, agent="qarnot-hl/1").facts
    assert (REQUESTS, TOLERATED) in facts
    assert (ANSWERS, "tasks_create 200") in facts
    assert (ASKED, "tasks_create TaskCreationInput.instanceCount") in facts
    assert not any(item.endswith(".tags") for _, item in facts), "a null exercises nothing"
    assert (TOLERANCES, "key-letter-case") in facts or (TOLERANCES, "unknown-keys") in facts
    assert any(aspect == TOLD and item.startswith("tasks_create 200 ") for aspect, item in facts)


def test_a_verdict_goes_to_another_process_and_back(exchange: Any) -> None:
    verdict = exchange("POST /tasks", 400, {"message": "no"}, body={"name": 3})
    assert Verdict.from_json(verdict.to_json()) == verdict


def test_all_that_is_exercised_is_declared(exchange: Any) -> None:
    """So that the coverage of a suite is a part of a whole."""
    exchange("POST /tasks", 200, CREATED, body={**TASK, "constants": [{"key": "a", "value": "b"}]})
    exchange("GET /profiles/docker-batch", 200, {"name": "docker-batch", "constants": [{"name": "a", "value": "b"}]})
    exchange.see("FullyExecuting", previous="FullyDispatched", tags=["x"])
    coverage, there_is = Coverage(), declared(contract.load())
    for verdict in exchange.verdicts:
        assert verdict.problems() == {}
        coverage.add(verdict)
    for aspect in (OPERATIONS, ANSWERS, ASKED, TOLD, TRANSITIONS):
        found = exercised(coverage, aspect)
        assert found
        assert found <= there_is[aspect]
    assert exercised(coverage, OPERATIONS, OURS) == frozenset()


def test_coverage_adds_up_over_processes_and_is_reported(exchange: Any) -> None:
    one, other = Coverage(), Coverage()
    one.add(exchange("GET /tasks", 200, [], agent="qarnot-hl/1"))
    other.add(exchange("GET /tasks", 200, [], agent="qarnot-hl/1"))
    other.add(exchange("GET /jobs", 200, []))
    one.merge(other.to_json())
    assert one.times(ANSWERS, "tasks_list 200", OURS) == 2
    there_is = declared(contract.load())
    text = report(one, there_is)
    assert next(line for line in text.splitlines() if line.startswith("operations")).split() == (
        ["operations", str(len(there_is[OPERATIONS])), "2", "1", "0", "0", "1"]
    )
    assert "operations that nobody exercised: 81" in text
    assert "task_abort" in to_json(one, there_is)["missing"][OPERATIONS]


def test_fields_are_named_by_the_component_that_has_them() -> None:
    reading = Reading(Document(contract.load().openapi))
    fields = reading.fields("/components/schemas/TaskOutput")
    assert {"TaskOutput.uuid", "TaskStatus.downloadProgress", "PerRunningInstanceInfo.phase"} <= fields
    met = reading.objects("/components/schemas/TaskOutput", {"constants": [{"key": "a", "value": None}], "x": {}})
    assert [(one.schema, list(one.fields())) for one in met] == [
        ("TaskOutput", ["TaskOutput.constants"]),
        ("Constant", ["Constant.key"]),
    ]


def test_a_recursive_schema_has_an_end() -> None:
    fields = Reading(Document(contract.load().openapi)).fields("/components/schemas/Filter")
    assert any(name.endswith(".operator") for name in fields)
