"""The outcome of a bulk submit, entry by entry (reference 2.2, rows 6 and 7; error shape F). Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeVar

from qarnot_hl._core.exchange import ApiResponse, NoAnswer, Outcome
from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.wire_values import mapping

T = TypeVar("T")
ENTRY = "application/vnd.qarnot-hl.entry+json"


class BulkTaskResponse:
    """What became of one task of a bulk: ``status_code``, and either ``uuid`` or ``message``."""

    def __init__(self, json: JsonObject) -> None:
        status, uuid, message = json.get("statusCode"), json.get("uuid"), json.get("message")
        self.status_code: int | None = status if isinstance(status, int) else None
        self.uuid: str | None = uuid if isinstance(uuid, str) and uuid else None
        self.message: str | None = message if isinstance(message, str) else None

    def is_success(self) -> bool:
        """Whether the task was accepted."""
        return self.uuid is not None and (self.status_code is None or 200 <= self.status_code < 300)

    def __repr__(self) -> str:
        """Status and what came with it."""
        return f"BulkTaskResponse({self.status_code}, {self.uuid or self.message!r})"


def read_results(body: Json, expected: int) -> list[BulkTaskResponse] | None:
    """The results in the order of the request, or None when the body is no list of them.

    A list of another length cannot be matched to the tasks, so it counts as none either.
    """
    if isinstance(body, Mapping) and expected == 1 and "uuid" in body:
        return [BulkTaskResponse(body)]
    if not isinstance(body, Sequence) or isinstance(body, str) or len(body) != expected:
        return None
    return [BulkTaskResponse(entry if isinstance(entry, Mapping) else {}) for entry in body]


def entry_outcomes(outcome: Outcome, count: int) -> list[Outcome]:
    """What became of each entry: its own answer where the server gives a list of them, else that of the whole."""
    entries = entries_of(outcome)
    if entries is None or read_results(entries, count) is None:
        return [outcome] * count
    if not isinstance(entries, list):
        return [outcome]
    return [answer_in(mapping(entry)) for entry in entries]


def entries_of(outcome: Outcome) -> Json:
    """The JSON of an answer; None when it is none."""
    if isinstance(outcome, NoAnswer) or not outcome.is_json:
        return None
    try:
        return outcome.json()
    except ValueError:
        return None


def answer_in(entry: JsonObject) -> ApiResponse:
    """An entry as if it had been asked for alone; without a status, its uuid decides."""
    result = BulkTaskResponse(entry)
    status = result.status_code or (200 if result.uuid else 400)
    return ApiResponse(status, {"content-type": ENTRY}, json.dumps(entry).encode())


def refused_entry(outcome: Outcome | None) -> BulkTaskResponse | None:
    """The result of an entry that was refused; None when it was not an entry that failed."""
    if not isinstance(outcome, ApiResponse) or outcome.content_type != ENTRY:
        return None
    return BulkTaskResponse(mapping(outcome.json()))


def describe_refusals(refusals: Sequence[tuple[T, BulkTaskResponse]], total: int) -> str:
    """One line per refused task, below a line that counts them."""
    lines = [f"{task!r}: {result.status_code}, {result.message or 'no message'}" for task, result in refusals]
    return "\n  ".join([f"{len(refusals)} of {total} tasks were refused:", *lines])
