"""Fills the tables of ``docs/scenarios.md`` from the schema, the library and the simulation; ``--check`` compares."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any

from qarnot_mock import scenario
from qarnot_mock.scenario.checking import schema
from qarnot_mock.sim.script import CONSTANTS
from scripts.derived import ROOT, parser, settle
from scripts.lifecycle_docs import markdown_table

TARGET = ROOT / "docs" / "scenarios.md"
_BOUNDS = {"minimum": "≥ {}", "exclusiveMinimum": "> {}"}


def library() -> Iterator[str]:
    """The scenarios that come with the mock."""
    rows = ((f"`{name}`", scenario.load(name).description) for name in scenario.names())
    return markdown_table(("name", "what for"), rows)


def constants() -> Iterator[str]:
    """The constants by which a task asks for an outcome."""
    return markdown_table(("constant", "effect"), ((f"`{name}`", text) for name, text in CONSTANTS.items()))


def keys() -> Iterator[str]:
    """Every key of a scenario, a line each; what several places share is shown at the first."""
    return markdown_table(("key", "value", "meaning"), _joined(_rows("", schema(), set())))


def _joined(rows: Iterator[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """Neighbours that mean the same in one line."""
    for rest, group in groupby(rows, key=lambda row: row[1:]):
        yield ", ".join(path for path, *_ in group), *rest


def _rows(path: str, node: Mapping[str, Any], shown: set[str]) -> Iterator[tuple[str, str, str]]:
    reference = str(node.get("$ref") or node.get("else", {}).get("$ref", "")).rpartition("/")[2]
    definition = schema()["$defs"].get(reference, {})
    about = {**definition, **node}
    if path:
        yield f"`{path}`", _value(about), str(about["description"]).replace("|", "\\|")
    if reference:
        if reference in shown:
            return
        shown.add(reference)
    listed = "[]" if "items" in about and isinstance(about["items"].get("properties"), Mapping) else ""
    inner = about["items"] if listed else about
    for name, part in inner.get("properties", {}).items():
        yield from _rows(f"{path}{listed}.{name}".removeprefix("."), part, shown)


def _value(about: Mapping[str, Any]) -> str:
    if "enum" in about:
        return ", ".join(f"`{each}`" for each in about["enum"])
    given = ["object", "array"] if "else" in about else about["type"]
    bounds = "".join(f" {text.format(about[key])}" for key, text in _BOUNDS.items() if key in about)
    kinds = [given] if isinstance(given, str) else given
    return " or ".join(kind + (bounds if kind in ("number", "integer") else "") for kind in kinds)


_TABLES: Mapping[str, Callable[[], Iterator[str]]] = {"library": library, "keys": keys, "constants": constants}


def document(text: str) -> str:
    """The page with its tables made anew."""
    for name, table in _TABLES.items():
        marks = re.compile(rf"(<!-- {name}: [^>]*-->\n).*?(<!-- end -->)", re.DOTALL)
        rows = "\n".join(table())
        text, found = marks.subn(lambda match, rows=rows: f"{match[1]}\n{rows}\n\n{match[2]}", text)  # type: ignore[misc]
        assert found == 1, f"no place for the table {name}"
    return text


def main() -> int:
    """Write or check; 1 when the committed file is stale."""
    check = parser(__doc__).parse_args().check
    return settle(TARGET, document(TARGET.read_text(encoding="utf-8")), check=check)


if __name__ == "__main__":
    sys.exit(main())
