"""An account is taken out, put in elsewhere and copied: the same world and the same objects, and nobody else's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Open = Callable[..., Any]
WITH_RESULTS = {"resultBucket": "out", "constants": [{"key": "MOCK_DURATION", "value": "5"}]}


@pytest.fixture
def busy(open_cloud: Open, tmp_path: Path) -> Any:
    """An account with tasks under way, results, objects with metadata and a secret."""
    driver = open_cloud(tmp_path / "data")
    driver.s3("PUT", "/box")
    driver.put("a/small", b"x")
    driver.put("large", bytes(range(256)) * 400)
    driver.rest("PUT", "/secrets-manager/data/key", {"value": "hush"})
    driver.submit(**WITH_RESULTS)
    driver.advance(30)
    driver.submit(name="under way", **WITH_RESULTS)
    driver.advance(4)
    return driver


def exported(driver: Any) -> dict[str, Any]:
    answer = driver.rest("GET", "/_mock/export")
    assert answer.status == 200, answer
    return dict(json.loads(answer.body))


def other(driver: Any, token: str = "another-token") -> Any:
    return type(driver)(driver.cloud, token)


def test_an_import_is_the_same_account_under_another_token(busy: Any) -> None:
    there = other(busy)
    answer = there.rest("POST", "/_mock/import", exported(busy))
    assert answer.status == 200, answer
    assert there.state() == busy.state()
    assert there.stored() == busy.stored()
    assert json.loads(there.rest("GET", "/secrets-manager/data/key").body) == {"value": "hush"}
    info = json.loads(there.rest("GET", "/info").body)
    assert info["email"] == json.loads(answer.body)["email"] != json.loads(busy.rest("GET", "/info").body)["email"]
    assert there.s3("GET", "/box/large").body == bytes(range(256)) * 400, "its own token signs"


def test_a_fork_goes_its_own_way_and_survives_its_server(busy: Any, open_cloud: Open, tmp_path: Path) -> None:
    assert busy.rest("POST", "/_mock/fork", {"token": "another-token"}).status == 200
    there = other(busy)
    before = busy.state()
    there.rest("DELETE", f"/tasks/{busy.tasks[0]}")
    there.s3("DELETE", "/box/large")
    assert busy.state() == before
    assert "box/large" in busy.stored()
    there.advance(60)
    assert {task["state"] for task in json.loads(there.rest("GET", "/tasks").body)} == {"Success"}
    state, stored, journal = there.state(), there.stored(), there.rest("GET", "/_mock/journal").body
    busy.cloud.close()
    back = open_cloud(tmp_path / "data", "another-token")
    assert (back.state(), back.stored(), back.rest("GET", "/_mock/journal").body) == (state, stored, journal)


def test_an_export_needs_no_directory_of_data(busy: Any, cloud_factory: Callable[..., Any]) -> None:
    memory = type(busy)(cloud_factory(seed=99), "in-memory")
    memory.cloud.clock.jump_to(busy.cloud.clock.now())
    assert memory.rest("POST", "/_mock/import", exported(busy)).status == 200
    assert memory.state() == busy.state()
    assert memory.stored() == busy.stored()
    document = exported(memory)
    assert document["commands"] == exported(busy)["commands"]
    assert document["buckets"] == exported(busy)["buckets"]


def test_an_export_holds_secrets_and_no_token(busy: Any) -> None:
    text = json.dumps(exported(busy))
    assert "hush" in text
    assert busy.token not in text


def damaged(document: dict[str, Any], how: str) -> Any:
    match how:
        case "not an export":
            return {"a": 1}
        case "version":
            return {**document, "format": 99}
        case "no birth":
            return {**document, "birth": {}}
        case "commands":
            return {**document, "commands": [{"at": "soon"}]}
        case "a command that is refused":
            return {**document, "commands": [{**document["commands"][0], "operation": "task_abort"}]}
        case "rules":
            return {**document, "birth": {**document["birth"], "rules": "others"}}
        case "ahead":
            return {**document, "reached": document["reached"] + 10**9}
        case "bucket":
            return {**document, "buckets": [{"name": "../out", "created": 0, "objects": []}]}
        case "object":
            document["buckets"][0]["objects"][0]["content"] = "?"
            return document
    raise AssertionError(how)


@pytest.mark.parametrize(
    "how",
    [
        "not an export", "version", "no birth", "commands", "a command that is refused", "rules", "ahead", "bucket",
        "object",
    ],
)  # fmt: skip
def test_what_cannot_be_imported_is_refused_and_changes_nothing(busy: Any, how: str) -> None:
    there = other(busy)
    before = there.state()
    answer = there.rest("POST", "/_mock/import", damaged(exported(busy), how))
    assert answer.status == 409
    assert len(json.loads(answer.body)["message"]) > 20
    assert (there.state(), there.stored()) == (before, {})


def test_only_an_empty_account_takes_an_import(busy: Any) -> None:
    answer = busy.rest("POST", "/_mock/import", exported(busy))
    assert answer.status == 409
    assert "reset" in json.loads(answer.body)["message"]


def test_a_fork_to_a_token_that_is_not_let_in_is_refused(open_cloud: Open, tmp_path: Path) -> None:
    closed = open_cloud(tmp_path / "data", "mine", accounts={"mine": "me@example.com"})
    assert closed.rest("POST", "/_mock/fork", {"token": "stranger"}).status == 403
    assert closed.rest("POST", "/_mock/fork", {}).status == 400
    assert closed.rest("POST", "/_mock/fork", {"token": " "}).status == 400
