"""What breaks a client between two revisions of a spec, and what does not, each seen on a small document."""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts import spec_compat
from scripts.spec_compat import may_break, version
from scripts.spec_diff import Change, changes

DOCUMENT: dict[str, Any] = {
    "paths": {
        "/things": {
            "post": {
                "operationId": "things_create",
                "parameters": [{"name": "force", "in": "query", "schema": {"type": "boolean"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Wish"}}}},
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                    "400": {"$ref": "#/components/responses/Refused"},
                },
            },
            "get": {"operationId": "things_list", "responses": {"200": {}}},
        }
    },
    "components": {
        "responses": {"Refused": {"content": {"application/json": {"schema": {"type": "object"}}}}},
        "schemas": {
            "Wish": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 10},
                    "kind": {"type": ["string", "null"], "enum": ["a", "b", None]},
                    "size": {"type": "integer", "minimum": 1},
                },
            },
            "Thing": {
                "type": "object",
                "required": ["uuid"],
                "properties": {
                    "uuid": {"type": "string"},
                    "state": {"anyOf": [{"$ref": "#/components/schemas/State"}, {"type": "null"}]},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                    "size": {"type": "integer"},
                },
            },
            "State": {"type": "string", "enum": ["On", "Off"]},
        },
    },
}
Edit = Callable[[dict[str, Any]], object]


def edited(edit: Edit) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    edit(document)
    return document


def post(document: dict[str, Any]) -> Any:
    return document["paths"]["/things"]["post"]


def schema(document: dict[str, Any], name: str) -> Any:
    return document["components"]["schemas"][name]


def field(document: dict[str, Any], name: str, key: str) -> Any:
    return schema(document, name)["properties"][key]


# What a revision did, and whether it breaks, and whether undoing it does.
CASES: dict[str, tuple[Edit, bool, bool]] = {
    "an operation more": (lambda d: d["paths"].update({"/more": {"get": {"operationId": "more"}}}), False, True),
    "another operationId": (lambda d: post(d).update(operationId="make"), True, True),
    "an optional parameter more": (
        lambda d: post(d)["parameters"].append({"name": "dry", "in": "query", "schema": {}}), False, True,
    ),
    "a required parameter more": (
        lambda d: post(d)["parameters"].append({"name": "dry", "in": "query", "required": True}), True, True,
    ),
    "a parameter that is required now": (lambda d: post(d)["parameters"][0].update(required=True), True, False),
    "a parameter of another type": (lambda d: post(d)["parameters"][0]["schema"].update(type="string"), True, True),
    "a body that is required now": (lambda d: post(d)["requestBody"].update(required=True), True, False),
    "another success": (lambda d: post(d)["responses"].update({"207": {}}), True, True),
    "another refusal": (lambda d: post(d)["responses"].update({"403": {}}), False, False),
    "a refusal in another form": (
        lambda d: d["components"]["responses"]["Refused"]["content"].update({"application/problem+json": {}}),
        False, False,
    ),
    "an optional field to send more": (lambda d: schema(d, "Wish")["properties"].update(tag={}), False, True),
    "a field to send that is required now": (lambda d: schema(d, "Wish")["required"].append("kind"), True, False),
    "a shorter text to send": (lambda d: field(d, "Wish", "name").update(maxLength=5), True, False),
    "a higher minimum to send": (lambda d: field(d, "Wish", "size").update(minimum=2), True, False),
    "a limit where there was none": (lambda d: field(d, "Wish", "size").update(maximum=9), True, False),
    "a value more to send": (lambda d: field(d, "Wish", "kind")["enum"].append("c"), False, True),
    "no null to send": (lambda d: field(d, "Wish", "kind").update(type="string"), True, False),
    "another default": (lambda d: field(d, "Wish", "size").update(default=3), True, True),
    "a wider type to send": (lambda d: field(d, "Wish", "size").update(type="number"), False, True),
    "a field more in an answer": (lambda d: schema(d, "Thing")["properties"].update(tag={}), False, True),
    "a field of an answer that may be missing": (lambda d: schema(d, "Thing").update(required=[]), True, False),
    "a null in an answer": (lambda d: field(d, "Thing", "size").update(type=["integer", "null"]), True, False),
    "a value more in an answer": (lambda d: schema(d, "State")["enum"].append("Broken"), False, False),
    "another kind of value in an answer": (lambda d: field(d, "Thing", "size").update(type="string"), True, True),
    "a pattern in an answer": (lambda d: field(d, "Thing", "uuid").update(pattern="^x"), False, True),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_change_breaks_clients_or_does_not_in_each_direction(name: str) -> None:
    edit, breaks, breaks_back = CASES[name]
    new = edited(edit)
    there, back = changes(DOCUMENT, new), changes(new, DOCUMENT)
    assert len(there) == 1
    assert len(back) == 1
    assert (there[0].breaking, back[0].breaking) == (breaks, breaks_back), (there, back)


def test_texts_evidence_and_names_of_components_are_no_changes() -> None:
    def edit(document: dict[str, Any]) -> None:
        schema(document, "Wish").update(description="other", **{"x-evidence": {"grade": "sdk"}})
        schemas = document["components"]["schemas"]
        schemas["Wanted"] = schemas.pop("Wish")
        post(document)["requestBody"]["content"]["application/json"]["schema"]["$ref"] = "#/components/schemas/Wanted"

    assert changes(DOCUMENT, edited(edit)) == []
    assert changes(DOCUMENT, DOCUMENT) == []


def test_a_change_is_told_once_the_breaking_ones_first_and_with_its_place() -> None:
    def edit(document: dict[str, Any]) -> None:
        schema(document, "State")["enum"] = ["Off", "Broken"]
        del schema(document, "Thing")["properties"]["size"]

    assert changes(DOCUMENT, edited(edit)) == [
        Change(True, "answer Thing.size", "is gone"),
        Change(False, "answer State", "the value 'On' is gone"),
        Change(False, "answer State", "a new value 'Broken'"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        ((0, 1, 0), (0, 1, 1), False),
        ((0, 1, 5), (0, 2, 0), True),
        ((0, 9, 0), (1, 0, 0), True),
        ((1, 2, 0), (1, 3, 0), False),
        ((1, 2, 0), (2, 0, 0), True),
    ],
)
def test_the_version_announces_what_breaks(old: tuple[int, ...], new: tuple[int, ...], allowed: bool) -> None:
    assert may_break(old, new) is allowed


def test_the_version_is_read_from_the_manifest() -> None:
    assert version('[project]\nversion = "1.20.3rc1"\n') == (1, 20, 3)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any], str], None]:
    """A repository of its own; called with a spec and a version it has them, and tags its first state ``v``version."""
    monkeypatch.setattr(spec_compat, "ROOT", tmp_path)
    (tmp_path / "spec").mkdir()

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=n", "-c", "user.email=e@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    def write(document: dict[str, Any], number: str) -> None:
        (tmp_path / "spec" / "openapi.yaml").write_text(yaml.safe_dump(document))
        (tmp_path / "pyproject.toml").write_text(f'[project]\nversion = "{number}"\n')
        if not (tmp_path / ".git").exists():
            git("init", "-q")
            git("add", ".")
            git("commit", "-q", "-m", "first")
            git("tag", f"v{number}")

    return write


def test_a_break_since_the_last_release_needs_a_version_that_says_so(
    repository: Callable[[dict[str, Any], str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    repository(DOCUMENT, "0.1.0")
    assert spec_compat.main([]) == 0
    assert "0 changes since v0.1.0" in capsys.readouterr().out
    broken = edited(lambda document: post(document)["requestBody"].update(required=True))
    repository(broken, "0.1.1")
    assert spec_compat.main([]) == 1
    assert "BREAKING  POST /things: the body is required now" in capsys.readouterr().err
    repository(broken, "0.2.0")
    assert spec_compat.main([]) == 0


def test_without_a_release_there_is_nothing_to_compare_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(spec_compat, "ROOT", tmp_path)
    assert spec_compat.main([]) == 0
    assert "no release yet" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="cannot be read"):
        spec_compat.main(["v9"])
