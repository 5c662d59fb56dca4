"""Submits many tasks in one request and sorts out what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from qarnot_hl._async.fanout import gather
from qarnot_hl._core.bulk import BulkTaskResponse, describe_refusals, read_results
from qarnot_hl._core.errors import error_from
from qarnot_hl._core.exact_body import exact_body
from qarnot_hl.exceptions import BulkSubmitException

if TYPE_CHECKING:
    from qarnot_hl._async.connection import AsyncConnection
    from qarnot_hl._async.task import AsyncTask


async def submit_tasks(connection: AsyncConnection, tasks: Sequence[AsyncTask]) -> None:
    """Submit those that are not submitted yet; see ``AsyncConnection.submit_tasks``."""
    waiting = list({id(task): task for task in tasks if task.uuid is None}.values())
    if not waiting:
        return
    await gather([partial(task._pre_submit) for task in waiting])
    results = await _send(connection, waiting)
    accepted = [(task, result) for task, result in zip(waiting, results, strict=True) if result.is_success()]
    refused = [(task, result) for task, result in zip(waiting, results, strict=True) if not result.is_success()]
    await gather([partial(task._post_submit, str(result.uuid)) for task, result in accepted])
    if refused:
        error = BulkSubmitException(
            describe_refusals(refused, len(waiting)),
            status=refused[0][1].status_code,
            next_step="Correct these tasks and submit the list again: those that were accepted are left alone.",
        )
        error.refusals = refused
        raise error


async def _send(connection: AsyncConnection, tasks: Sequence[AsyncTask]) -> list[BulkTaskResponse]:
    """The results in the order of the tasks. A refused list still holds results; anything else refused is raised."""
    from qarnot_client.api.tasks import tasks_create
    from qarnot_client.models.task_creation_input import TaskCreationInput

    body = [exact_body(TaskCreationInput, task._to_json()) for task in tasks]
    response = await connection._api.exchange(tasks_create._get_kwargs(body=body), "tasks_create")
    parsed = response.json() if response.is_json else None
    results = read_results(parsed, len(tasks))
    if results is None:
        raise error_from("tasks_create", response)
    return results
