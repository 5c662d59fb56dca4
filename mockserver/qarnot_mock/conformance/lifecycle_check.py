"""Holds observations of one object against the tables of ``spec/lifecycles.yaml``.

Pure functions on plain data. Nothing here is shared with the engine that runs the mock, so that one mistake cannot
hide another; states that the tables do not know are findings, never exceptions.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

Table = Mapping[str, Any]
"""One lifecycle (``task``, ``job``, ``instance``, ...) as parsed from the YAML or from ``contract.json``."""

UNSET_DATE = "0001-01-01T00:00:00"


@attrs.frozen
class Finding:
    """Something that the tables do not allow. ``position`` is the index of the observation it was found at."""

    rule: str
    position: int
    text: str


@attrs.frozen
class Call:
    """One operation on an object, with the states read just before and just after it (None: not read)."""

    operation: str
    status: int
    before: str | None = None
    after: str | None = None


def check_states(
    table: Table,
    states: Sequence[str],
    *,
    complete: bool = False,
    born: bool = False,
    called: Collection[str] | None = None,
    belongs_to: Collection[str] = (),
) -> list[Finding]:
    """Judge the states seen of one object, in order; repetitions are fine.

    With ``complete`` every change was seen, so each must be a row of the table; without it (polling) the later
    state must be reachable. With ``born`` the first observation was made right after creation. ``called`` are the
    operations that may have been called meanwhile; None means any but those that bring back an ended object.
    ``belongs_to`` are the kinds of objects that it is part of (``job``), which matters when ``called`` is given.
    """
    findings = _unknown_states(table, states)
    if born and states and states[0] != table["initial"] and complete:
        findings.append(Finding("initial", 0, f"began in {states[0]}, not in {table['initial']}"))
    edges = _edges_of(_possible_rows(table, called, belongs_to))
    for position, (earlier, later) in enumerate(itertools.pairwise(states), start=1):
        if earlier == later:
            continue
        possible = edges.get(earlier, frozenset()) if complete else _reachable(edges, earlier)
        if later not in possible:
            verdict = f"{earlier} was followed by {later}; possible: {', '.join(sorted(possible)) or 'nothing'}"
            findings.append(Finding("transition", position, verdict))
    return findings


def check_calls(table: Table, calls: Sequence[Call]) -> list[Finding]:
    """Judge operations: success where the table allows it, the table's refusal where it does not.

    A state may have changed between the reads and the call: a call is in order when some state that the object can
    have had at that moment explains it.
    """
    return [finding for position, call in enumerate(calls) for finding in _check_call(table, position, call)]


def check_record(table: Table, record: Mapping[str, Any]) -> list[Finding]:
    """Judge one answer about a task, a pool or a job by itself: its state, the previous one, and its dates."""
    state, previous = record.get("state"), record.get("previousState")
    findings = _unknown_states(table, [each for each in (previous, state) if each])
    if previous and not findings and state not in _edges(table).get(previous, frozenset()):
        findings.append(Finding("transition", 0, f"previousState {previous} cannot become {state}"))
    findings += _check_dates(table, record)
    return findings


def _check_dates(table: Table, record: Mapping[str, Any]) -> list[Finding]:
    findings = []
    ended = str(record.get("endDate") or UNSET_DATE)[:19] != UNSET_DATE
    if record.get("state") in table["groups"]["terminal"] and "endDate" in record and not ended:
        findings.append(Finding("end date", 0, f"{record['state']} is terminal but endDate is not set"))
    if record.get("state") in table["groups"]["running"] and ended:
        findings.append(Finding("end date", 0, f"{record['state']} is not terminal but endDate is set"))
    since, before = record.get("stateTransitionTime"), record.get("previousStateTransitionTime")
    if since and before and _comparable(since) < _comparable(before):
        findings.append(Finding("transition time", 0, f"{since} is before the previous transition {before}"))
    return findings


def _check_call(table: Table, position: int, call: Call) -> list[Finding]:
    row = table["operations"].get(call.operation)
    if row is None:
        return []
    moments = _moments(table, call)
    legal = set(row["legal"])
    if 200 <= call.status < 300:
        findings = _check_success(row, position, call)
        if moments and not moments & legal:
            text = f"{call.operation} succeeded in state {call.before}; legal in {', '.join(sorted(legal))}"
            findings.append(Finding("operation", position, text))
        return findings
    expected = {rule["status"] for rule in (row.get("refusal"), row.get("unmet")) if rule}
    if not moments or call.status not in {400, 403}:
        return []  # another reason (404, 401, 5xx, ...): the lifecycle does not judge it
    if moments <= legal and not row.get("unmet"):
        text = f"{call.operation} was refused with {call.status} in state {call.before}, where it is legal"
        return [Finding("operation", position, text)]
    if call.status not in expected:
        text = f"{call.operation} was refused with {call.status} in state {call.before}; expected {sorted(expected)}"
        return [Finding("refusal", position, text)]
    return []


def _check_success(row: Mapping[str, Any], position: int, call: Call) -> list[Finding]:
    wanted = row.get("then")
    if not wanted or call.after is None or call.after in wanted:
        return []
    return [Finding("effect", position, f"after {call.operation} the state was {call.after}, not one of {wanted}")]


def _moments(table: Table, call: Call) -> set[str]:
    """The states that the object can have had when the call arrived."""
    if call.before is None:
        return set()
    edges = _edges(table)
    if call.after is None or 200 <= call.status < 300:
        return {call.before} | _automatic(table, call.before)
    between = {state for state in _reachable(edges, call.before) if call.after in _reachable(edges, state)}
    return {call.before, call.after} | (between if call.before != call.after else set())


def _possible_rows(
    table: Table, called: Collection[str] | None, belongs_to: Collection[str]
) -> Iterator[Mapping[str, Any]]:
    """The transitions that can have happened when only these operations were called."""
    terminal, running = set(table["groups"]["terminal"]), table["groups"]["running"]
    for row in table["transitions"]:
        if called is None:
            possible = not (terminal & set(row["from"]) and row["to"] in running)
        else:
            possible = row["trigger"] not in table["operations"] or row["trigger"] in called
            possible = possible and row.get("only_with", "") in ("", *belongs_to)
        if possible:
            yield row


def _automatic(table: Table, state: str) -> set[str]:
    """What a state can have become by itself, without an operation."""
    operations = set(table["operations"])
    rows = [row for row in table["transitions"] if row["trigger"] not in operations]
    return _reachable(_edges_of(rows), state)


def _unknown_states(table: Table, states: Iterable[str]) -> list[Finding]:
    return [
        Finding("unknown state", position, f"{state!r} is not in the table")
        for position, state in enumerate(states)
        if state not in table["states"]
    ]


def _edges(table: Table) -> dict[str, frozenset[str]]:
    return _edges_of(table["transitions"])


def _edges_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    edges: dict[str, set[str]] = {}
    for row in rows:
        for origin in row["from"]:
            edges.setdefault(origin, set()).add(row["to"])
    return {origin: frozenset(targets) for origin, targets in edges.items()}


def _reachable(edges: Mapping[str, frozenset[str]], start: str) -> set[str]:
    found: set[str] = set()
    frontier = [start]
    while frontier:
        for target in edges.get(frontier.pop(), frozenset()):
            if target not in found:
                found.add(target)
                frontier.append(target)
    return found


def _comparable(text: str) -> str:
    """ISO dates compare as texts once their fractions have one length."""
    stem, _, fraction = text.rstrip("Z").partition(".")
    return f"{stem}.{fraction:0<7}"
