"""Follows all objects of one account through the exchanges about them, and holds each to its lifecycle.

Pure: it is fed with judged exchanges in their order. What an operation does to an object is the table's business
(``history``, ``lifecycle_check``); here it is known how objects are named in requests and answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from qarnot_mock.conformance.history import History
from qarnot_mock.conformance.judge import Judged
from qarnot_mock.conformance.lifecycle_check import Call, Table, check_calls
from qarnot_mock.conformance.reading import Met
from qarnot_mock.conformance.verdict import VIOLATION, Fact, Verdict
from qarnot_mock.http.document import as_object
from qarnot_mock.sim.commands import Json

TRANSITIONS = "transitions"
CREATIONS = {
    "tasks_create": "task", "tasks_force_create": "task", "task_clone": "task", "task_retry": "task",
    "task_resume": "task", "task_recover": "task", "jobs_create": "job", "pools_create": "pool", "pool_clone": "pool",
}  # fmt: skip
PARTS = {"instance": "instanceId", "dependency": "taskUuid"}
"""Kinds that are named within the object they are part of, and by what."""

Key = tuple[str, str]
"""A kind of object and what names it."""


@attrs.frozen
class Sighting:
    """An object with its state, in an answer. ``owner`` names the object that it is part of, if it is."""

    kind: str
    name: str
    state: str
    record: Mapping[str, Json] = attrs.field(repr=False)


class Kinds:
    """Which schemas of a document describe objects with a lifecycle, and in which key their state is."""

    def __init__(self, openapi: Mapping[str, Json], lifecycles: Mapping[str, Json]) -> None:
        self.tables: Mapping[str, Table] = {kind: as_object(table) for kind, table in lifecycles.items()}
        kinds = {str(table.get("schema")): kind for kind, table in self.tables.items()}
        self._state_of: dict[str, tuple[str, str]] = {}
        for name, schema in as_object(as_object(openapi["components"])["schemas"]).items():
            for key, inner in as_object(as_object(schema).get("properties")).items():
                kind = kinds.get(_referred(inner))
                if kind is not None and not key.startswith("previous"):
                    self._state_of[name] = kind, key

    def sightings(self, objects: tuple[Met, ...], within: str) -> Iterator[Sighting]:
        """The objects with a lifecycle among those of an answer; ``within`` is what the request was about."""
        for met in objects:
            kind, key = self._state_of.get(met.schema, ("", ""))
            state = met.value.get(key)
            if not isinstance(state, str):
                continue
            own = met.value.get(PARTS.get(kind, "uuid" if kind != "snapshot" else "id"))
            if own is None:
                continue
            name = f"{within}/{own}" if kind in PARTS else str(own)
            within = within if kind in (*PARTS, "snapshot") else name
            yield Sighting(kind, name, state, met.value)


class Sightings:
    """The histories of the objects of one account."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds
        self._histories: dict[Key, History] = {}
        self._names: dict[Key, str] = {}

    def take(self, judged: Judged) -> Verdict:
        """The verdict on an exchange, completed by what the lifecycles say."""
        if judged.operation is None or judged.verdict.faults:
            return judged.verdict
        findings = self._called(judged)
        facts: list[Fact] = []
        for key, history, record in self._seen(judged):
            undisturbed = history.state if not history.called else None
            findings += [f"{' '.join(key)}: {finding.text}" for finding in history.see(record)]
            facts += self._transitions(key[0], history, undisturbed, record)
        self._take_births(judged)
        known = dict.fromkeys((*judged.verdict.facts, *facts))
        return attrs.evolve(judged.verdict, findings=findings, facts=tuple(known))

    def _called(self, judged: Judged) -> list[str]:
        """Judge the operation by the state that its object was last seen in."""
        verdict = judged.verdict
        for kind, table in self._kinds.tables.items():
            history = self._histories.get(self._key(kind, judged.arguments.get(kind)))
            if history is None or verdict.operation not in table["operations"]:
                continue
            certain = not history.called  # nothing was done to it since it was seen
            call = Call(verdict.operation, verdict.status, history.state)
            if 200 <= verdict.status < 300:
                history.called.add(verdict.operation)
            elif verdict.request == VIOLATION or not _is_lifecycle_refusal(table, verdict.operation, judged.answer):
                return []
            found = check_calls(table, [call]) if certain else []
            return [f"{kind} {judged.arguments[kind]}: {finding.text}" for finding in found]
        return []

    def _seen(self, judged: Judged) -> Iterator[tuple[Key, History, Mapping[str, Any] | None]]:
        """What an answer shows: the objects in it, or that the one it is about is no more."""
        kind, _, what = judged.verdict.operation.partition("_")
        asked = self._key(kind, judged.arguments.get(kind))
        if what == "get" and judged.verdict.status == 404 and asked in self._histories:
            yield asked, self._histories[asked], None
        for sighting in self._kinds.sightings(judged.objects, asked[1]):
            key = sighting.kind, sighting.name
            history = self._history(key, sighting)
            yield key, history, {**sighting.record, "state": sighting.state}

    def _history(self, key: Key, sighting: Sighting) -> History:
        """The history of what is seen; of something whose birth was not seen it begins now."""
        history = self._histories.get(key)
        if history is None:
            history = History(self._kinds.tables[key[0]], states=[sighting.state])
            self._histories[key] = history
        if isinstance(shortname := sighting.record.get("shortname"), str):
            self._names[key[0], shortname] = key[1]
        history.belongs_to = _belongs_to(sighting.record)
        return history

    def _take_births(self, judged: Judged) -> None:
        """From now on, what is created here has a history that is complete."""
        kind = CREATIONS.get(judged.verdict.operation)
        if kind is None or judged.verdict.status >= 300:
            return
        given = judged.body if isinstance(judged.body, list) else [judged.body]
        answers = judged.answer if isinstance(judged.answer, list) else [judged.answer]
        for asked, answer in zip(given, answers, strict=False):  # a list is answered item by item
            uuid, shortname = as_object(answer).get("uuid"), as_object(asked).get("shortname")
            if isinstance(uuid, str) and (kind, uuid) not in self._histories:
                self._histories[kind, uuid] = History(self._kinds.tables[kind])
                if isinstance(shortname, str):
                    self._names[kind, shortname] = uuid

    def _key(self, kind: str, name: Json) -> Key:
        """An object by its uuid or its short name."""
        return kind, self._names.get((kind, str(name)), str(name))

    def _transitions(
        self, kind: str, history: History, before: str | None, record: Mapping[str, Any] | None
    ) -> Iterator[Fact]:
        """The row of the table that a look at an object shows to have happened.

        The record says what the state was ``before``; without that, two looks tell it when nobody did anything.
        """
        rows = {(origin, row["to"]) for row in history.table["transitions"] for origin in row["from"]}
        step = (record or {}).get("previousState", before), history.state
        if step in rows:
            yield TRANSITIONS, f"{kind} {step[0]} to {step[1]}"


def _belongs_to(record: Mapping[str, Json]) -> tuple[str, ...]:
    """What an object is part of; a job has perhaps a pool, and a record that leaves both out may hide either."""
    if ("jobUuid" not in record and "poolUuid" not in record) or record.get("jobUuid"):
        return ("job", "pool")
    return ("pool",) if record.get("poolUuid") else ()


def _is_lifecycle_refusal(table: Table, operation: str, answer: Json) -> bool:
    """Whether a refusal is the one that the table has for a state in which the operation is illegal."""
    rule = table["operations"][operation].get("refusal")
    if not rule:
        return False
    said = as_object(answer)
    text = str(said.get("message") or said.get("detail") or "")
    literal = [re.escape(part) for part in re.split(r"\{\w+\}", rule["message"])]
    return re.fullmatch(".*".join(literal), text) is not None


def _referred(schema: Json) -> str:
    """The component that a schema is, also where it may be null instead."""
    node = as_object(schema)
    branches = [node, *(as_object(branch) for branch in node.get("anyOf") or ())]  # type: ignore[union-attr]
    return next((str(one["$ref"]).rpartition("/")[2] for one in branches if "$ref" in one), "")


def transitions(lifecycles: Mapping[str, Json]) -> Iterator[str]:
    """All that can be seen to happen, as the facts call it."""
    for kind, table in lifecycles.items():
        rows: Any = as_object(table)["transitions"]
        yield from dict.fromkeys(f"{kind} {origin} to {row['to']}" for row in rows for origin in row["from"])
