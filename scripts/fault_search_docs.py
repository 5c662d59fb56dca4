"""Writes ``docs/fault-search.md`` from what the search has found; ``--check`` compares."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.fault_search.verdict import DEFECTS
from scripts.derived import ROOT, parser, settle
from scripts.lifecycle_docs import markdown_table

RESULTS = ROOT / "benchmarks" / "fault_search" / "results.json"
TARGET = ROOT / "docs" / "fault-search.md"
TITLES = {"ours": "qarnot_hl", "official": "The official package, 2.23.0, unmodified"}
INTRODUCTION = """\
# What goes wrong when something goes wrong

Made from `benchmarks/fault_search/results.json` by `scripts/fault_search_docs.py` (`make generate`); do not edit.

Seven workflows are run in process and on virtual time, again and again. In each run one exchange with the API or the
storage goes wrong, or two, in every way that [faults.md](faults.md) has for it: before and after the effect, with and
without `Retry-After`. Afterwards what the script believes is held against what is true in the cloud.

| counted | when |
| --- | --- |
| duplicated objects | a task, a pool or a job is there more often than it was submitted |
| lost results | a file has another content than it should, or is missing though nobody was told |
| lost or doubled lines | the lines that were read are not those that were printed, though nobody was told |
| hangs | six virtual hours have passed, or an answer is awaited for ever |
| wrong decisions | success where there was none, or none where there was; an object taken for made that is not there |
| leaked tokens | the token is in something printed, logged or raised |

An error that is raised is none of these: the person knows. How often that was the end is in the last column.

What no client can see: an answer in plain text whose bytes were changed on their way has no checksum (`corrupt` on the
output of a task). Where it counts as lost lines below, that is why.

Not searched yet: pairs of faults. `near` and `far` search them; all pairs near each other are about 310,000 runs.
"""


def document() -> str:
    """The whole page."""
    found = json.loads(RESULTS.read_text(encoding="utf-8"))
    lines = [INTRODUCTION]
    for client, title in TITLES.items():
        if client in found:
            lines += [f"## {title}", "", explored(client, found[client]), "", *results(found[client])]
            lines += ["", *examples(found[client])]
    return "\n".join(lines)


def explored(client: str, found: Mapping[str, Any]) -> str:
    """How much was tried, and how to try it again."""
    words = [client, *(["singles"] if found["singles"] else [])]
    parts = ["every fault alone"] if found["singles"] else []
    for name, title in (("near", "pairs at exchanges near each other"), ("far", "other pairs")):
        if found[name] == "all":
            words, parts = [*words, name], [*parts, f"all {title}"]
        elif found[name]:
            words = [*words, f"{name}={found[name]}"]
            parts = [*parts, f"a sample of up to {found[name]} {title} of each workflow"]
    total = sum(tally["tried"] for tally in found["tallies"].values())
    command = f"python -m benchmarks.fault_search {' '.join(words)} seed={found['seed']}"
    return f"{total:,} runs: {', '.join(parts)} (`{command}`)."


def results(found: Mapping[str, Any]) -> Iterator[str]:
    """The table: a workflow in each row."""
    header = ("workflow", "runs", "met their faults", *DEFECTS, "ended with an error")
    yield from markdown_table(header, iter(list(rows(found))))


def rows(found: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The rows and their sum."""
    sums = [0] * (len(DEFECTS) + 3)
    for name, tally in found["tallies"].items():
        counts = [tally["tried"], tally["struck"], *(tally["defects"].get(d, 0) for d in DEFECTS), tally["raised"]]
        sums = [one + other for one, other in zip(sums, counts, strict=True)]
        yield name, *map(str, counts)
    yield "all", *map(str, sums)


def examples(found: Mapping[str, Any]) -> Iterator[str]:
    """One case of each defect of each workflow, for whoever wants to see it."""
    for name, tally in found["tallies"].items():
        for defect, case in tally["examples"].items():
            yield f"- {name}, {defect}: {case}"
    yield ""


def main() -> int:
    """Write or check; 1 when the committed file is stale."""
    return settle(TARGET, document(), check=parser(__doc__).parse_args().check)


if __name__ == "__main__":
    sys.exit(main())
