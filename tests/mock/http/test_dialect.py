"""The server's words: error shapes, media types, and the choice between text and a JSON string."""

from __future__ import annotations

import json

import pytest

from qarnot_mock.http import dialect
from qarnot_mock.sim.commands import Answer, Refusal


def test_shape_a_is_a_message() -> None:
    response = dialect.message(404, "No such task: é")
    assert response.status == 404
    assert response.header("content-type") == "application/json; charset=utf-8"
    assert response.body == '{"message":"No such task: é"}'.encode()


def test_shape_b_is_an_error_object_with_its_code() -> None:
    assert json.loads(dialect.unauthorized("Bad authentication token").body) == {
        "error": {"message": "Bad authentication token", "code": 401},
        "data": {},
    }


def test_shape_c_has_the_members_of_problem_details() -> None:
    response = dialect.problem(400, "bad interval", instance="/x", errors={"interval": ["too small"]})
    body = json.loads(response.body)
    assert response.header("content-type").startswith("application/problem+json")
    assert set(body) == {"type", "title", "status", "detail", "instance", "extensions", "errors"}
    assert body["errors"] == {"interval": ["too small"]}
    assert body["extensions"]["traceId"]


def test_shape_c_without_field_errors_has_the_title_of_its_status() -> None:
    body = json.loads(dialect.problem(403, "not now").body)
    assert body["title"] == "Forbidden"
    assert "errors" not in body


def test_shape_e_is_empty() -> None:
    response = dialect.answer(Answer(media="empty"), "")
    assert (response.status, response.body, response.headers) == (200, b"", ())


def test_shape_f_is_a_list() -> None:
    body = [{"statusCode": 403, "uuid": None, "message": "no"}]
    response = dialect.refusal(Refusal(403, "all", shape="list", body=body), "/tasks")
    assert (response.status, json.loads(response.body)) == (403, body)


@pytest.mark.parametrize(("shape", "media"), [("message", "application/json"), ("problem", "application/problem+json")])
def test_a_refusal_takes_the_shape_it_asks_for(shape: str, media: str) -> None:
    response = dialect.refusal(Refusal(400, "why", shape=shape), "/x")  # type: ignore[arg-type]
    assert response.header("content-type").startswith(media)
    assert b"why" in response.body


@pytest.mark.parametrize(
    ("accept", "as_json"),
    [
        ("", False),
        ("*/*", False),
        ("text/plain", False),
        ("application/json", True),
        ("application/json, text/plain, */*", True),
        ("text/plain, application/json", False),
        ("text/plain;q=0.5, application/json", True),
        ("application/json;q=0", False),
        ("application/json;q=what", False),
        ("APPLICATION/*", True),
    ],
)
def test_an_output_is_a_json_string_only_for_those_who_prefer_json(accept: str, as_json: bool) -> None:
    response = dialect.answer(Answer('0> "hi"\n', media="text"), accept)
    if as_json:
        assert json.loads(response.body) == '0> "hi"\n'
        assert response.header("content-type").startswith("application/json")
    else:
        assert response.body == b'0> "hi"\n'
        assert response.header("content-type") == "text/plain; charset=utf-8"


def test_a_location_is_a_header() -> None:
    assert dialect.answer(Answer({}, location="/tasks/1"), "").header("location") == "/tasks/1"


def test_shape_d_is_an_error_text() -> None:
    response = dialect.refusal(Refusal(404, "Secret the_key doesn't exist", shape="error"), "/secrets-manager/data/x")
    assert (response.status, json.loads(response.body)) == (404, {"error": "Secret the_key doesn't exist"})
