"""Writes ``docs/lifecycles.md`` from ``spec/lifecycles.yaml``: diagrams and tables; ``--check`` compares."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from scripts.derived import ROOT, parser, settle

SOURCE = ROOT / "spec" / "lifecycles.yaml"
TARGET = ROOT / "docs" / "lifecycles.md"
INTRODUCTION = """\
# Lifecycles

Made from `spec/lifecycles.yaml` by `scripts/lifecycle_docs.py` (`make generate`); do not edit. The mock runs on the
same tables, and a checker that shares no code with it judges observations by them.

Evidence grades: *documented* by the vendor, *vendor* schema, *sdk* behaviour, *witness* of a recorded answer,
*assumed*.
"""


def document(lifecycles: Mapping[str, Any]) -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for kind, table in lifecycles.items():
        parts.append("\n".join(section(kind, table)) + "\n")
    return "\n".join(parts)


def section(kind: str, table: Mapping[str, Any]) -> Iterator[str]:
    """One lifecycle: diagram, states, transitions, operations."""
    evidence = table["evidence"]
    yield f"## {kind.capitalize()}\n"
    yield f"Schema `{table['schema']}`. Evidence: {grade(table)} ({evidence['source']}).\n"
    yield from diagram(table)
    yield ""
    yield from markdown_table(("state", "meaning", "groups"), states(table))
    yield ""
    yield from markdown_table(("from", "to", "trigger", "evidence"), transitions(table))
    if table["operations"]:
        yield ""
        yield from markdown_table(("operation", "legal in", "otherwise", "evidence"), operations(table))


def diagram(table: Mapping[str, Any]) -> Iterator[str]:
    """A mermaid state diagram; arrows between the same two states are drawn once."""
    triggers: dict[tuple[str, str], list[str]] = {}
    for row in table["transitions"]:
        for origin in row["from"]:
            triggers.setdefault((origin, row["to"]), []).append(row["trigger"])
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {table['initial']}"
    for (origin, target), names in triggers.items():
        yield f"    {origin} --> {target}: {', '.join(names)}"
    for state in table["groups"]["terminal"]:
        yield f"    {state} --> [*]"
    yield "```"


def states(table: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Rows of the table of states."""
    for name, row in table["states"].items():
        groups = [group for group, members in table["groups"].items() if name in members]
        shown = "" if row.get("observable", True) else " (never shown)"
        yield f"`{name}`", row["meaning"] + shown, ", ".join(groups)


def transitions(table: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Rows of the table of transitions."""
    for row in table["transitions"]:
        yield codes(row["from"]), f"`{row['to']}`", row["trigger"], grade(row, table)


def operations(table: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Rows of the table of operations."""
    observable = [name for name, row in table["states"].items() if row.get("observable", True)]
    for name, row in table["operations"].items():
        legal = "any state" if set(observable) <= set(row["legal"]) else codes(row["legal"])
        condition = f", if {row['condition']} (else {row['unmet']['status']})" if "condition" in row else ""
        refusal = str(row["refusal"]["status"]) if row.get("refusal") else "–"
        yield f"`{name}`", legal + condition, refusal, grade(row, table)


def grade(row: Mapping[str, Any], table: Mapping[str, Any] | None = None) -> str:
    """The evidence grade of a row, or of its table."""
    evidence = row.get("evidence") or (table or {}).get("evidence", {})
    return f"*{evidence['grade']}*"


def codes(names: Sequence[str]) -> str:
    """Names as inline code."""
    return ", ".join(f"`{name}`" for name in names)


def markdown_table(header: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    """The lines of a table."""
    yield f"| {' | '.join(header)} |"
    yield f"| {' | '.join('---' for _ in header)} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def main() -> int:
    """Write or check; 1 when the committed file is stale."""
    check = parser(__doc__).parse_args().check
    return settle(TARGET, document(yaml.safe_load(SOURCE.read_text(encoding="utf-8"))), check=check)


if __name__ == "__main__":
    sys.exit(main())
