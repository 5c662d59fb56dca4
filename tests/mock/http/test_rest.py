"""REST from request to response, in process: authentication, refusals, bulk bodies, and breaches of the contract."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import pytest

from qarnot_mock import contract
from qarnot_mock.http.rest import RestApp
from qarnot_mock.messages import Request, Response
from qarnot_mock.sim.commands import Answer, Command, Json, Refusal

TASK = {"name": "n", "profile": "docker-batch", "instanceCount": 1}


@attrs.define
class Scripted:
    """A backend that answers what the test says and remembers what it was asked."""

    outcome: Answer | Exception
    commands: list[Command] = attrs.field(factory=list)

    def authenticate(self, token: str) -> Any:
        return "tenant" if token == "good" else None

    def facts(self, tenant: Any, command: Command) -> Mapping[str, Json]:
        return {}

    def execute(self, tenant: Any, command: Command) -> Answer:
        self.commands.append(command)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@attrs.define
class Bench:
    """A REST side over a scripted backend, and the breaches it reported."""

    backend: Scripted
    app: RestApp
    breaches: list[str]

    def ask(self, method: str, path: str, body: Any = None, token: str = "good") -> Response:
        content = b"" if body is None else json.dumps(body).encode()
        headers = (("authorization", token), ("content-type", "application/json")) if token else ()
        return self.app.handle(Request(method, path, "", headers, content))


@pytest.fixture
def bench() -> Callable[[Answer | Exception], Bench]:
    def make(outcome: Answer | Exception) -> Bench:
        breaches: list[str] = []
        backend = Scripted(outcome)
        built_in: dict[str, Callable[[], Json]] = {"settings_get": lambda: {"storage": None}}
        return Bench(backend, RestApp(contract.load(), backend, built_in, breaches.append), breaches)

    return make


Make = Callable[[Answer | Exception], Bench]


def test_settings_need_no_token(bench: Make) -> None:
    response = bench(Answer()).ask("GET", "/settings", token="")
    assert (response.status, response.body) == (200, b'{"storage":null}')


@pytest.mark.parametrize(("token", "text"), [("", "Missing authentication token"), ("bad", "Bad authentication token")])
def test_without_a_good_token_nothing_is_applied(bench: Make, token: str, text: str) -> None:
    made = bench(Answer(media="empty"))
    response = made.ask("POST", "/tasks", {"name": 3}, token=token)
    assert response.status == 401
    assert json.loads(response.body)["error"]["message"] == text
    assert made.backend.commands == []


def test_a_command_is_what_the_request_says_in_the_specs_spelling(bench: Make) -> None:
    made = bench(Answer({"uuid": "0a3c9c3e-5d5b-4c52-9e8c-7f1f4b1c2a10"}, location="/tasks/0a3c9c3e"))
    response = made.ask("POST", "/v1/tasks", {**TASK, "Extra": 1})
    assert made.backend.commands == [Command("tasks_create", {}, TASK)]
    assert response.header("location") == "/tasks/0a3c9c3e"
    assert response.header("x-qarnot-mock-tolerated") == "unknown-request-keys, version-prefix"


def test_a_refusal_of_the_world_is_an_answer(bench: Make) -> None:
    made = bench(Refusal(404, "No such task: t"))
    response = made.ask("GET", "/tasks/t")
    assert (response.status, response.body) == (404, b'{"message":"No such task: t"}')
    assert made.breaches == []


def test_405_names_the_methods_and_404_the_path(bench: Make) -> None:
    made = bench(Answer())
    wrong = made.ask("DELETE", "/info")
    assert (wrong.status, wrong.header("allow")) == (405, "GET")
    unknown = made.ask("GET", "/no/such")
    assert (unknown.status, unknown.body) == (404, b'{"message":"No such path: /no/such"}')


@pytest.mark.parametrize(
    ("outcome", "named"),
    [
        (Answer({"state": 3}), "/state"),
        (Answer({"uuid": "0a3c9c3e-5d5b-4c52-9e8c-7f1f4b1c2a10", "inventedKey": 1}), "inventedKey"),
        (Answer({}, status=299), "299"),
        (Answer("text", media="text"), "text/plain"),
        (Answer(media="empty"), "without a body"),
        (Refusal(418, "teapot"), "418"),
        (KeyError("lost"), "KeyError"),
    ],
)
def test_an_answer_that_breaks_the_contract_is_a_loud_500(bench: Make, outcome: Answer | Exception, named: str) -> None:
    made = bench(outcome)
    response = made.ask("GET", "/tasks/t")
    assert response.status == 500
    assert named in json.loads(response.body)["message"]
    assert len(made.breaches) == 1
    assert "task_get" in made.breaches[0]


def test_an_empty_output_is_no_breach(bench: Make) -> None:
    made = bench(Answer("", media="text"))
    assert made.ask("GET", "/tasks/t/stdout").body == b""
    assert made.breaches == []


RESULTS = [{"statusCode": 200, "uuid": "0a3c9c3e-5d5b-4c52-9e8c-7f1f4b1c2a10", "message": None}]


def test_malformed_entries_of_a_bulk_body_are_refused_one_by_one(bench: Make) -> None:
    made = bench(Answer(RESULTS))
    response = made.ask("POST", "/tasks", [{"name": 3}, TASK])
    body = json.loads(response.body)
    assert response.status == 207
    assert [entry["statusCode"] for entry in body] == [400, 200]
    assert "/name" in body[0]["message"]
    assert [command.body for command in made.backend.commands] == [[TASK]]


def test_a_bulk_body_without_a_good_entry_never_reaches_the_world(bench: Make) -> None:
    made = bench(Answer(RESULTS))
    response = made.ask("POST", "/tasks", [{"name": 3}, "task"])
    assert response.status == 400
    assert [entry["statusCode"] for entry in json.loads(response.body)] == [400, 400]
    assert made.backend.commands == []


def test_a_bulk_body_whose_last_good_entries_the_world_refuses_keeps_its_status(bench: Make) -> None:
    refused = [{"statusCode": 403, "uuid": None, "message": "Maximum number of tasks reached"}]
    made = bench(Refusal(403, "all", shape="list", body=refused))
    response = made.ask("POST", "/tasks", [{"name": 3}, TASK])
    assert response.status == 403
    assert [entry["statusCode"] for entry in json.loads(response.body)] == [400, 403]


def test_a_well_formed_bulk_body_is_one_command(bench: Make) -> None:
    made = bench(Answer(RESULTS * 2))
    assert made.ask("POST", "/tasks", [TASK, TASK]).status == 200
    assert len(made.backend.commands) == 1
