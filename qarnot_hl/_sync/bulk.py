# Generated from qarnot_hl/_async/bulk.py by scripts/unasync.py. Do not edit.
"""Submits many tasks in one request, each exactly once, and sorts out what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from qarnot_hl._core.bulk import describe_refusals, entry_outcomes, refused_entry
from qarnot_hl._core.exact_body import exact_body
from qarnot_hl._core.exchange import Outcome
from qarnot_hl._core.json_types import JsonObject
from qarnot_hl._core.submission import Step, Submission
from qarnot_hl._sync.fanout import gather
from qarnot_hl._sync.submission import failure, settle
from qarnot_hl.exceptions import BulkSubmitException

if TYPE_CHECKING:
    from qarnot_hl._sync.connection import Connection
    from qarnot_hl._sync.task import Task


def submit_tasks(connection: Connection, tasks: Sequence[Task], submit_id: str | None = None) -> None:
    """Submit those that are not submitted yet; see ``Connection.submit_tasks``."""
    ids = {id(task): None if submit_id is None else f"{submit_id}-{number}" for number, task in enumerate(tasks)}
    distinct = {id(task): task for task in tasks}
    with ExitStack() as turns:
        for _, task in sorted(distinct.items()):  # all callers in one order, so that none waits for another in a ring
            turns.enter_context(task._turn)
        waiting = [task for task in distinct.values() if task.uuid is None]
        if waiting:
            _submit(connection, waiting, [ids[id(task)] for task in waiting])


def _submit(connection: Connection, tasks: Sequence[Task], ids: Sequence[str | None]) -> None:
    gather([partial(task._pre_submit) for task in tasks])
    ended = _settled(connection, tasks, ids)
    pairs = list(zip(tasks, ended, strict=True))
    for task, submission in pairs:
        task._conclude(submission)
    gather([partial(task._take_in, done) for task, done in pairs if done.step is Step.DONE])
    failed = [(task, submission) for task, submission in pairs if submission.step is Step.FAILED]
    refused = [(task, entry) for task, one in failed if (entry := refused_entry(one.outcome)) is not None]
    if len(refused) < len(failed):
        task, submission = next(pair for pair in failed if refused_entry(pair[1].outcome) is None)
        raise failure(connection._api, "task", submission, f"{len(tasks)} tasks")
    if refused:
        error = BulkSubmitException(
            describe_refusals(refused, len(tasks)),
            status=refused[0][1].status_code,
            next_step="Correct these tasks and submit the list again: those that were accepted are left alone.",
        )
        error.refusals = refused
        raise error


def _settled(connection: Connection, tasks: Sequence[Task], ids: Sequence[str | None]) -> list[Submission]:
    """How each submit ended."""
    from qarnot_client.api.tasks import tasks_create
    from qarnot_client.models.task_creation_input import TaskCreationInput

    bodies: list[JsonObject] = [task._to_json() for task in tasks]

    def send(due: Mapping[int, Submission], limit: float | None) -> Sequence[Outcome]:
        for index, submission in due.items():
            tasks[index]._submission = submission.interrupted()
        body = [exact_body(TaskCreationInput, one.marked(bodies[index])) for index, one in due.items()]
        outcome = connection._api.attempt(tasks_create._get_kwargs(body=body), limit)
        return entry_outcomes(outcome, len(body))

    begun = [task._begin(body, own) for task, body, own in zip(tasks, bodies, ids, strict=True)]
    return settle(connection._api, "task", begun, send)
