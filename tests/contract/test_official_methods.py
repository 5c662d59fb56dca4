"""The official package, unmodified, through its public methods: what it asked of the mock is what the page says."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "official_package.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("official_package", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def seen(tool: ModuleType) -> Any:
    return tool.Seen([tool.drive(script) for script in tool.DRIVERS])


def test_the_documented_table_is_what_the_scripts_made_the_package_do(tool: ModuleType, seen: Any) -> None:
    assert tool.TARGET.read_text(encoding="utf-8") == tool.document(seen), f"run {SCRIPT.name}"


def test_the_mock_answers_nothing_with_a_fault_of_its_own(seen: Any) -> None:
    faults = {(name, *asked) for name, requests in seen.called.items() for asked in requests if asked[2] >= 500}
    assert faults == set()


def test_the_url_table_has_the_47_entries_of_this_version(seen: Any) -> None:
    assert len(seen.table) == 47
    assert seen.templates | seen.borrowed == seen.table


def test_no_public_method_or_property_is_left_out(tool: ModuleType, seen: Any) -> None:
    assert [name for name, _ in tool.public_members() if name not in seen.called] == []


def test_entries_that_no_code_of_the_package_uses_are_told_apart(seen: Any) -> None:
    assert seen.borrowed - seen.templates == {"jobs search", "pools search", "task force", "tasks search"}


def test_a_verdict_is_the_weakest_of_a_methods_requests(tool: ModuleType) -> None:
    rest, storage = ("GET", "/tasks/a", 200, ""), ("S3", "GetObject", 0, "")
    assert tool.verdict({rest, storage}) == "exact"
    assert tool.verdict({storage}) == "storage"
    assert tool.verdict(set()) == "local"
    assert tool.verdict({rest, ("GET", "/tasks/b", 200, "r2, r1")}) == "tolerated: `r1`, `r2`"


def test_a_request_is_spelled_as_in_the_spec_and_an_unknown_one_stops_the_script(tool: ModuleType) -> None:
    known = tool.operations()
    assert tool.spelled(("GET", "/tasks/summaries", 200, ""), known) == "GET /tasks/summaries"
    assert tool.spelled(("GET", "/tasks/some-uuid", 200, ""), known) == "GET /tasks/{task}"
    with pytest.raises(SystemExit, match="no GET /nowhere/at/all"):
        tool.spelled(("GET", "/nowhere/at/all", 200, ""), known)
