"""What is new in a release of the official package is found: in small packages made here, and none in the known one."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from scripts import drift
from scripts.drift import News, Vocabulary, blank, look, news, vocabulary
from scripts.package_facts import facts
from scripts.spec_inventory import SPEC, TOLERANCES, parsed

WORDS = Vocabulary(frozenset({"/tasks/{}", "/tasks"}), frozenset({"name", "force"}), frozenset({"success"}))
Package = Callable[..., Path]


@pytest.fixture
def package(tmp_path: Path) -> Package:
    """Makes a package ``vendor`` of the modules given as texts."""

    def make(**modules: str) -> Path:
        folder = tmp_path / "vendor"
        folder.mkdir(exist_ok=True)
        for name, text in {"__init__": "", **modules}.items():
            (folder / f"{name}.py").write_text(text)
        return folder

    return make


def found(text: str) -> list[tuple[str, str]]:
    return [(one.kind, one.name) for one in news(facts({"m.py": text}), WORDS, known={})]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("urls = {'x y': '/tasks/{uuid}/rewind'}", [("url", "/tasks/{uuid}/rewind")]),
        ("get('/tasks/{uuid}?force={force}')", []),
        ("get('/tasks/{uuid}?dry={dry}')", [("key", "dry")]),
        ("get('/tasks/')", []),
        ("body = {'Name': 1, 'priority': 2}", [("key", "priority")]),
        ("body['priority'] = 2", [("key", "priority")]),
        ("x = json.get('priority')", [("key", "priority")]),
        ("if 'priority' in json: pass", [("key", "priority")]),
        ("class State(Enum):\n    Paused = 'Paused'\n    Success = 'Success'", [("value", "Paused")]),
        ("ENDED = ['Success', 'Paused']", [("value", "Paused")]),
        ("__all__ = ['Task']", []),
        ("def f(x: Optional['Task']): '''/a/docstring'''", []),
        ("raise ValueError('some/text with a slash')", []),
    ],
)
def test_what_a_package_has_and_the_spec_has_not_is_news(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


def test_news_say_where_and_leave_out_what_is_known() -> None:
    read = facts({"task.py": "a['speed'] = 1\nb['speed'] = 2\nb['local'] = 3"})
    assert news(read, WORDS, known={"key": {"local": "ours"}}) == [News("key", "speed", ("task.py:1", "task.py:2"))]
    assert str(News("key", "speed", ("task.py:1",))) == "key    speed  (task.py:1)"


def test_enumerations_are_seen_as_they_are_when_imported(package: Package) -> None:
    made = package(states="from enum import Enum\nState = Enum('State', {n: n.title() for n in ('success', 'paused')})")
    assert [one.name for one in news(look(made), WORDS)] == ["Paused"]


def test_a_package_that_cannot_be_imported_is_still_read(package: Package, capsys: pytest.CaptureFixture[str]) -> None:
    made = package(broken="import no_such_module_at_all\nbody = {'priority': 1}")
    assert [one.name for one in news(look(made), WORDS)] == ["priority"]
    assert "cannot be imported" in capsys.readouterr().err


def test_the_names_of_parameters_in_a_template_do_not_matter() -> None:
    assert blank("/tasks/{uuid}/stdout/{instanceId}?since={x}") == blank("/tasks/{task}/stdout/{instance}/")


def test_the_release_that_we_know_holds_nothing_new(capsys: pytest.CaptureFixture[str]) -> None:
    known = find_spec("qarnot")
    assert known is not None
    assert known.origin is not None
    assert drift.main([str(Path(known.origin).parent)]) == 0
    assert "nothing that the spec does not know" in capsys.readouterr().out


def test_what_is_taken_out_of_the_spec_would_be_news() -> None:
    """So the comparison with the release that we know can fail."""
    spec, known = parsed(SPEC), find_spec("qarnot")
    assert known is not None
    assert known.origin is not None
    del spec["paths"]["/jobs/{job}/terminate"]
    for schema in spec["components"]["schemas"].values():
        schema.get("properties", {}).pop("maxWallTime", None)
    spec["components"]["schemas"]["DayOfWeek"]["enum"].remove("monday")
    told = news(look(Path(known.origin).parent), vocabulary(spec, parsed(TOLERANCES)))
    assert {(one.kind, one.name) for one in told} >= {("url", "/jobs/{uuid}/terminate"), ("key", "maxWallTime")}
    assert ("value", "monday") in {(one.kind, one.name) for one in told}


def test_a_release_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no package vendor"):
        drift.package_in(tmp_path, "vendor")
