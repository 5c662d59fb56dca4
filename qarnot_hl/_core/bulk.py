"""The outcome of a bulk submit, entry by entry (reference 2.2, rows 6 and 7; error shape F). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from qarnot_hl._core.json_types import Json, JsonObject

T = TypeVar("T")


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


def describe_refusals(refusals: Sequence[tuple[T, BulkTaskResponse]], total: int) -> str:
    """One line per refused task, below a line that counts them."""
    lines = [f"{task!r}: {result.status_code}, {result.message or 'no message'}" for task, result in refusals]
    return "\n  ".join([f"{len(refusals)} of {total} tasks were refused:", *lines])
