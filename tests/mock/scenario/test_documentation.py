"""``docs/scenarios.md`` holds: its YAML is taken, its tables are of what there is. Its Python runs in tests/docs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from qarnot_mock import scenario
from qarnot_mock.scenario.checking import schema
from qarnot_mock.sim.script import CONSTANTS, HAPPENINGS
from qarnot_mock.sim.script_document import SECTIONS, TAKES
from scripts.scenario_docs import TARGET, document

TEXT = TARGET.read_text(encoding="utf-8")
KEYWORDS = re.findall(
    r"\S+",
    "$schema $defs $ref type properties additionalProperties items required enum description if then else minimum "
    "maximum exclusiveMinimum minItems maxItems minLength minProperties maxProperties",
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def test_the_tables_are_fresh() -> None:
    assert document(TEXT) == TEXT


def test_the_example_is_a_scenario_with_every_section() -> None:
    (example,) = blocks("yaml")
    given = scenario.parse(yaml.safe_load(example))
    assert set(given.document) == set(SECTIONS)
    assert given.faults


def test_everything_that_can_happen_is_in_the_table_with_its_details() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| .* \| (.*?) ?\|$", TEXT, re.MULTILINE)
    told = {name: set(re.findall(r"`(\w+)`", details)) for name, details in rows if name in HAPPENINGS}
    assert told == {name: set(details) for name, details in TAKES.items()}


def test_every_constant_and_error_code_of_the_mock_is_documented() -> None:
    sources = (Path(scenario.__file__).parents[1] / "sim").glob("*.py")
    used = {name for path in sources for name in re.findall(r"\"(MOCK_[A-Z_]+)\"", path.read_text(encoding="utf-8"))}
    assert set(CONSTANTS) < used
    assert {name for name in used if f"`{name}`" not in TEXT and f"{{{name}}}" not in TEXT} == set()


def test_the_schema_uses_no_word_that_means_nothing() -> None:
    def words(node: Mapping[str, Any]) -> Iterator[str]:
        yield from node
        for name in ("properties", "$defs"):
            for part in node.get(name, {}).values():
                yield from words(part)
        for name in ("items", "if", "then", "else", "additionalProperties"):
            if isinstance(node.get(name), Mapping):
                yield from words(node[name])

    assert set(words(schema())) == set(KEYWORDS)
