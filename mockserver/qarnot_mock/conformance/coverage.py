"""Counts what exchanges exercised, by client, against all that the contract declares. Pure data and its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import attrs

from qarnot_mock.conformance.clients import CLIENTS
from qarnot_mock.conformance.judge import ANSWERS, ASKED, REQUESTS, TOLD, TOLERANCES
from qarnot_mock.conformance.reading import Reading
from qarnot_mock.conformance.sightings import TRANSITIONS, transitions
from qarnot_mock.conformance.verdict import EXACT, TOLERATED, VIOLATION, Verdict
from qarnot_mock.contract import Contract
from qarnot_mock.http.document import Document, Operation, as_list, as_object, operations
from qarnot_mock.sim.commands import Json

OPERATIONS = "operations"
GENERAL = frozenset({"429", "500", "503"})
"""Statuses that every operation declares; the mock gives them only when it is told to (faults)."""

Declared = Mapping[str, frozenset[str]]


@attrs.define
class Coverage:
    """How often each client exercised what: ``counts`` by (client, aspect, item)."""

    counts: Counter[tuple[str, str, str]] = attrs.Factory(Counter)

    def add(self, verdict: Verdict) -> None:
        """Count one exchange."""
        self.counts.update((verdict.client, aspect, item) for aspect, item in verdict.facts)

    def by(self, aspect: str, client: str | None = None) -> frozenset[str]:
        """What of an aspect a client exercised, or anybody."""
        found = (key[2] for key in self.counts if key[1] == aspect and client in (None, key[0]))
        return frozenset(found)

    def times(self, aspect: str, item: str, client: str) -> int:
        """How often a client exercised something."""
        return self.counts[client, aspect, item]

    def to_json(self) -> Mapping[str, Any]:
        """Plain data: client, aspect, item, how often."""
        told: dict[str, dict[str, dict[str, int]]] = {}
        for (client, aspect, item), count in sorted(self.counts.items()):
            told.setdefault(client, {}).setdefault(aspect, {})[item] = count
        return told

    def merge(self, told: Mapping[str, Any]) -> None:
        """Add what another process counted."""
        for client, aspects in told.items():
            for aspect, items in aspects.items():
                self.counts.update({(client, aspect, item): count for item, count in items.items()})


def declared(contract: Contract) -> Declared:
    """All that there is to exercise, by aspect."""
    document = Document(contract.openapi)
    reading, all_of_them = Reading(document), list(operations(document))
    return {
        OPERATIONS: frozenset(one.id for one in all_of_them),
        ANSWERS: frozenset(f"{one.id} {status}" for one in all_of_them for status in one.responses),
        ASKED: frozenset(name for one in all_of_them for name in _asked(reading, one)),
        TOLD: frozenset(name for one in all_of_them for name in _told(reading, one)),
        TRANSITIONS: frozenset(transitions(contract.lifecycles)),
        TOLERANCES: frozenset(_tolerances(contract.tolerances)),
    }


def _asked(reading: Reading, operation: Operation) -> Iterator[str]:
    names = {one.name for one in operation.parameters}
    if operation.body is not None:
        names |= reading.fields(operation.body)
    return (f"{operation.id} {name}" for name in names)


def _told(reading: Reading, operation: Operation) -> Iterator[str]:
    for status, media in operation.responses.items():
        fields = (reading.fields(schema) for schema in media.values() if schema)
        yield from {f"{operation.id} {status} {name}" for found in fields for name in found}


def _tolerances(document: Mapping[str, Json]) -> Iterator[str]:
    """The rules for requests: those for answers are a client's to apply."""
    for node in map(as_object, as_list(document["tolerances"])):
        if set(as_list(node["applies"])) != {"response"}:
            yield str(node["id"])


def exercised(coverage: Coverage, aspect: str, client: str | None = None) -> frozenset[str]:
    """What of an aspect a client, or anybody, exercised."""
    if aspect == OPERATIONS:
        return frozenset(item.partition(" ")[0] for item in coverage.by(ANSWERS, client))
    return coverage.by(aspect, client)


def report(coverage: Coverage, declared: Declared, *, listed: Collection[str] = (OPERATIONS, TRANSITIONS)) -> str:
    """A table of how much each client exercised, for people, and what of the listed aspects nobody did."""
    rows = [["exercised", "declared", "by anyone", *CLIENTS]]
    for aspect, universe in _aspects(declared):
        found = [len(exercised(coverage, aspect.split(",")[0], client) & universe) for client in (None, *CLIENTS)]
        rows.append([aspect, str(len(universe)), *map(str, found)])
    for grade in (EXACT, TOLERATED, VIOLATION):
        counts = [coverage.times(REQUESTS, grade, client) for client in CLIENTS]
        rows.append([f"requests: {grade}", "", str(sum(counts)), *map(str, counts)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(f"{cell:{'<' if not at else '>'}{widths[at]}}" for at, cell in enumerate(row)) for row in rows]
    for aspect in listed:
        missing = sorted(declared[aspect] - exercised(coverage, aspect))
        lines += [f"{aspect} that nobody exercised: {len(missing)}", *(f"  {item}" for item in missing)]
    return "\n".join(lines)


def _aspects(declared: Declared) -> Iterator[tuple[str, frozenset[str]]]:
    """The rows of the table; answers also without those that every operation declares alike."""
    for aspect, universe in declared.items():
        yield aspect, universe
        if aspect in (ANSWERS, TOLD):
            yield (
                f"{aspect}, not {'/'.join(sorted(GENERAL))}",
                frozenset(item for item in universe if item.split(" ")[1] not in GENERAL),
            )


def to_json(coverage: Coverage, declared: Declared) -> Mapping[str, Any]:
    """The whole report as data: per aspect what is declared, what nobody exercised, and what each client did."""
    return {
        "declared": {aspect: len(universe) for aspect, universe in declared.items()},
        "missing": {aspect: sorted(universe - exercised(coverage, aspect)) for aspect, universe in declared.items()},
        "clients": coverage.to_json(),
    }
