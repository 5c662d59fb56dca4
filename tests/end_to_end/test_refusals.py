"""What the mock refuses, asked over a real socket by a client that knows nothing: status, shape, and a way forward."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

TOKEN = "refusals-token"
TASK = {"name": "refusals", "profile": "docker-batch", "instanceCount": 1}
Ask = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="module")
def ask(mock_server: Callable[..., Any]) -> Ask:
    """``ask(method, path, body, token)`` gives the status and the parsed body."""
    server = mock_server("--time", "virtual")

    def asked(method: str, path: str, body: Any = None, token: str | None = TOKEN) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json"} | ({"Authorization": token} if token else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(server.url + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, parsed(response.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, parsed(refusal.read())

    return asked


def parsed(body: bytes) -> Any:
    try:
        return json.loads(body or b"null")
    except ValueError:
        return body.decode()


@pytest.mark.qarnot_contract("violation")
@pytest.mark.parametrize("path", ["/tasks", "/info", "/profiles"])
def test_a_missing_token_is_unauthorized(ask: Ask, path: str) -> None:
    status, body = ask("GET", path, token=None)
    assert status == 401
    assert body["error"]["code"] == 401


def test_settings_and_versions_need_no_token(ask: Ask) -> None:
    assert ask("GET", "/settings", token=None)[0] == 200
    assert ask("GET", "/versions", token=None)[0] == 200


def test_a_wrong_token_is_refused_when_accounts_are_given(mock_server: Callable[..., Any]) -> None:
    server = mock_server("--account", "the-right-token=someone@example.com")
    request = urllib.request.Request(server.url + "/info", headers={"Authorization": "the-wrong-token"})
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request)
    with refusal.value as answer:
        assert answer.code == 401
        body = answer.read().decode()
    assert json.loads(body)["error"]["message"] == "Bad authentication token"
    assert "the-wrong-token" not in body


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/tasks/nobody"),
        ("DELETE", "/tasks/nobody"),
        ("POST", "/tasks/nobody/abort"),
        ("GET", "/tasks/nobody/stdout"),
    ],
)
def test_an_unknown_task_is_named(ask: Ask, method: str, path: str) -> None:
    assert ask(method, path) == (404, {"message": "No such task: nobody"})


def test_an_unknown_bucket_is_named(ask: Ask) -> None:
    body = TASK | {"resourceBuckets": ["never-made"]}
    assert ask("POST", "/tasks", body) == (404, {"message": "No such bucket: never-made"})


@pytest.mark.qarnot_contract("violation")
@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"instanceCount": "many"}, "/instanceCount"),
        ({"constants": [{"key": "A"}]}, "/constants/0"),
        ({"tags": "one"}, "/tags"),
    ],
)
def test_a_bad_body_is_answered_with_pointer_and_reason(ask: Ask, change: dict[str, Any], pointer: str) -> None:
    status, body = ask("POST", "/tasks", TASK | change)
    assert status == 400
    assert pointer in json.dumps(body)


@pytest.mark.qarnot_contract("violation")
def test_a_body_that_is_not_json_is_refused(ask: Ask) -> None:
    status, body = ask("POST", "/tasks", "just a string")
    assert status == 400
    assert body["message"]


def test_a_duplicate_shortname_is_refused_and_the_first_task_stays(ask: Ask) -> None:
    first = ask("POST", "/tasks", TASK | {"shortname": "twice"})
    assert first[0] == 200
    status, body = ask("POST", "/tasks", TASK | {"shortname": "twice"})
    assert status == 400
    assert "shortname-uniqueness" in body["message"]
    assert ask("GET", "/tasks/twice")[1]["uuid"] == first[1]["uuid"]


def test_a_finished_task_cannot_be_aborted(ask: Ask) -> None:
    uuid = ask("POST", "/tasks", TASK)[1]["uuid"]
    assert ask("POST", f"/tasks/{uuid}/abort")[0] == 200
    assert ask("POST", "/_mock/clock/advance", {"seconds": 600})[0] == 200
    assert ask("GET", f"/tasks/{uuid}")[1]["state"] == "Cancelled"
    status, body = ask("POST", f"/tasks/{uuid}/abort")
    assert status == 403
    assert body["message"]


@pytest.mark.qarnot_contract("violation")
@pytest.mark.parametrize("text", ["3-1", "a-b", "1,,2", "0-2047,3000-5000"])
def test_a_bad_range_is_refused(ask: Ask, text: str) -> None:
    body = {"name": "ranges", "profile": "docker-batch", "advancedRanges": text}
    status, answer = ask("POST", "/tasks", body)
    assert status == 400
    assert "range" in json.dumps(answer).lower()


@pytest.mark.qarnot_contract("violation")
def test_an_oversize_name_is_refused(ask: Ask) -> None:
    status, body = ask("POST", "/tasks", TASK | {"name": "x" * 2048})
    assert status == 400
    assert "name" in body["message"]
    assert ask("POST", "/tasks", TASK | {"name": "x" * 2047})[0] == 200


@pytest.mark.qarnot_contract("violation")
def test_an_unknown_path_and_a_wrong_method_are_told_apart(ask: Ask) -> None:
    assert ask("GET", "/nothing-here")[0] == 404
    assert ask("PATCH", "/profiles")[0] == 405
