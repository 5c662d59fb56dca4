# Generated from qarnot_hl/_async/submission.py by scripts/unasync.py. Do not edit.
"""Carries out what ``_core.submission`` decides: sends and looks until each object exists or cannot be made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Protocol

from qarnot_hl._core.creation import created_uuid
from qarnot_hl._core.exchange import ApiResponse, Outcome
from qarnot_hl._core.retry_table import Repeatable
from qarnot_hl._core.submission import Step, Submission, resume_hint
from qarnot_hl._sync.api import Api
from qarnot_hl._sync.fanout import gather
from qarnot_hl.exceptions import QarnotException


class Send(Protocol):
    """Sends some creations, by their index, in so many seconds, and gives an outcome of each."""

    def __call__(self, due: Mapping[int, Submission], limit: float | None, /) -> Sequence[Outcome]: ...


def settle(api: Api, noun: str, submissions: Sequence[Submission], send: Send) -> list[Submission]:
    """Bring each to DONE or FAILED. What is due together is sent together."""
    operation, started, repeats = f"{noun}s_create", api.stopwatch(), 0
    current = [*submissions]
    while True:
        _look(api, noun, current)
        due = {index: one for index, one in enumerate(current) if one.step is Step.SEND}
        if not due:
            return current
        limit, last = None, next(iter(due.values())).outcome
        if last is not None:
            if not api.may_repeat(operation, Repeatable.GUARDED, last, repeats, started):
                return [one.given_up() if one.step is Step.SEND else one for one in current]
            repeats, limit = repeats + 1, api.time_left(started)
        for index, outcome in zip(due, send(due, limit), strict=True):
            current[index] = current[index].after_send(outcome)


def _look(api: Api, noun: str, current: list[Submission]) -> None:
    """Look for each that needs it; a look is a read and repeated like one."""
    get = import_module(f"qarnot_client.api.{noun}s.{noun}_get")

    def look(shortname: str) -> Outcome:
        return api.outcome(get._get_kwargs(shortname), f"{noun}_get")

    wanted = [index for index, one in enumerate(current) if one.step is Step.LOOK]
    outcomes = gather([partial(look, current[index].shortname) for index in wanted])
    for index, outcome in zip(wanted, outcomes, strict=True):
        current[index] = current[index].after_look(outcome)


def failure(api: Api, noun: str, submission: Submission, what: str) -> Exception:
    """The exception for one that FAILED: of its last sending, or of the look that stopped it before any."""
    outcome, operation = submission.outcome, f"{noun}s_create"
    if outcome is None:
        outcome, operation = submission.failed_look, f"{noun}_get"
    assert outcome is not None
    error: Exception = api.error(operation, outcome, max(0, submission.sent - 1))
    if isinstance(outcome, ApiResponse) and outcome.status < 300:
        try:
            created_uuid(outcome.json(), f"the submit of {what}", noun)
        except QarnotException as unexpected:
            error = unexpected
    if hint := resume_hint(submission):
        error.add_note(hint)
    return error
