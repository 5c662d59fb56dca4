"""Writes ``spec/operations.txt``, the list of operations, from the spec; ``--check`` says whether it is fresh.

``--report`` prints how sure we are instead: operations, schemas and fields by evidence grade, then each claim that is
assumed, wholly or in part, which is what a live account should confirm.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import fill
from typing import Any, NamedTuple

import yaml

from scripts.derived import ROOT, parser, settle

SPEC = ROOT / "spec" / "openapi.yaml"
TOLERANCES = ROOT / "spec" / "tolerances.yaml"
LIFECYCLES = ROOT / "spec" / "lifecycles.yaml"
TARGET = ROOT / "spec" / "operations.txt"
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
GRADES = ("documented", "vendor", "sdk", "witness", "assumed")
KINDS = ("operation", "parameter", "response", "schema", "field", "tolerance", "lifecycle")

Document = Mapping[str, Any]


class Operation(NamedTuple):
    """One row of the inventory."""

    tag: str
    operation_id: str
    method: str
    path: str


class Claim(NamedTuple):
    """One thing the spec says, and how we know; ``own`` unless that is only what we know of the whole it is part of."""

    kind: str
    name: str
    grade: str
    source: str
    own: bool = True


def parsed(path: Path) -> Any:
    """One YAML file, parsed with the C parser where there is one."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def operations(spec: Document) -> Iterator[Operation]:
    """Every operation, in the order of the file."""
    for path, item in spec["paths"].items():
        for method, node in item.items():
            if method in METHODS:
                yield Operation(node["tags"][0], node["operationId"], method.upper(), path)


def inventory(spec: Document) -> str:
    """The text of ``operations.txt``: aligned columns, one operation a line."""
    rows = list(operations(spec))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row.path]) for row in rows
    ]
    return "\n".join(["# Derived from openapi.yaml by scripts/spec_inventory.py. Do not edit.", *lines, ""])


def _claim(kind: str, name: str, node: Document, inherited: Claim | None = None) -> Claim:
    if evidence := node.get("x-evidence"):
        return Claim(kind, name, evidence["grade"], evidence["source"])
    if inherited:
        return inherited._replace(kind=kind, name=name, own=False)
    raise SystemExit(f"{kind} {name} has no x-evidence")


def claims(spec: Document, tolerances: Document, lifecycles: Document) -> Iterator[Claim]:
    """Everything that carries evidence; a part without its own has that of the whole."""
    yield from _described(spec)
    for rule in tolerances["tolerances"]:
        yield _claim("tolerance", rule["id"], {"x-evidence": rule["evidence"]})
    yield from _lived(lifecycles)


def _described(spec: Document) -> Iterator[Claim]:
    for row in operations(spec):
        yield _claim("operation", row.operation_id, spec["paths"][row.path][row.method.lower()])
    components = spec["components"]
    for name, parameter in components["parameters"].items():
        yield _claim("parameter", name, parameter)
    for name, response in components["responses"].items():
        if "x-evidence" in response:
            yield _claim("response", name, response)
    for name, schema in components["schemas"].items():
        whole = _claim("schema", name, schema)
        yield whole
        for field, node in schema.get("properties", {}).items():
            yield _claim("field", f"{name}.{field}", node, whole)


def _lived(lifecycles: Document) -> Iterator[Claim]:
    for machine, table in lifecycles.items():
        whole = _claim("lifecycle", machine, {"x-evidence": table["evidence"]})
        yield whole
        for row in table["transitions"]:
            name = f"{machine}: {', '.join(row['from'])} to {row['to']}"
            yield _claim("lifecycle", name, {"x-evidence": row.get("evidence")}, whole)
        for operation, row in table["operations"].items():
            yield _claim("lifecycle", f"{machine}: {operation}", {"x-evidence": row.get("evidence")}, whole)


def report(found: list[Claim]) -> str:
    """Counts per kind and grade, then the claims that are assumed, wholly and in part."""
    assumed = [claim for claim in found if claim.own and claim.grade == "assumed"]
    partly = [claim for claim in found if claim.own and claim.grade != "assumed" and "assumed" in claim.source]
    return "\n".join([
        "How sure the spec is. Grades are explained on top of spec/openapi.yaml; a field without evidence of its own",
        "has that of its schema, and a transition that of its machine.",
        "",
        *_counted(found),
        "",
        f"Wholly assumed ({len(assumed)}), to be confirmed by a live account:",
        *_listed(assumed),
        "",
        f"Assumed in part ({len(partly)}), the rest graded as shown:",
        *_listed(partly),
    ])  # fmt: skip


def _counted(found: list[Claim]) -> Iterator[str]:
    counts = Counter((claim.kind, claim.grade) for claim in found)
    yield "".join([f"{'':12}", *(f"{grade:>12}" for grade in (*GRADES, "together"))])
    for kind in KINDS:
        row = [counts[kind, grade] for grade in GRADES]
        yield "".join([f"{kind:12}", *(f"{count:12}" for count in (*row, sum(row)))])


def _listed(claims: list[Claim]) -> Iterator[str]:
    """By kind; what is claimed, then how we know, folded to the width of a page."""
    for kind in KINDS:
        for claim in claims:
            if claim.kind == kind:
                graded = "" if claim.grade == "assumed" else f" ({claim.grade})"
                line = f"{kind} {claim.name}{graded}: {claim.source}"
                yield fill(line, 118, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False)


def main() -> int:
    """Write, check or report; 1 when the committed file is stale."""
    arguments = parser(__doc__)
    arguments.add_argument("--report", action="store_true", help="print evidence grades and assumptions")
    options = arguments.parse_args()
    spec = parsed(SPEC)
    if options.report:
        print(report(list(claims(spec, parsed(TOLERANCES), parsed(LIFECYCLES)))))
        return 0
    return settle(TARGET, inventory(spec), check=options.check)


if __name__ == "__main__":
    sys.exit(main())
