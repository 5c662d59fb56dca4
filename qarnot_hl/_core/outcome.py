"""What the end of a wait means: nothing for a success, else the exception that tells all about it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from qarnot_hl._core.task_state import CANCELLED, SUCCESS
from qarnot_hl.error import Error
from qarnot_hl.exceptions import TaskCancelled, TaskFailed, WaitException
from qarnot_hl.status import Status


def unhappy_end(
    subject: object, uuid: str | None, state: str, errors: Sequence[Error], status: Status | None, output: str
) -> WaitException | None:
    """None after a success. ``output``: the last lines that the instances wrote."""
    if state.lower() == SUCCESS.lower():
        return None
    kind = TaskCancelled if state.lower() == CANCELLED.lower() else TaskFailed
    reasons = "; ".join(map(str, errors))
    instances = _instances(status)
    message = "".join(
        [
            f"{subject!r} ended in {state}",
            f": {reasons}" if reasons else "",
            f" (instances {instances})" if instances else "",
            f"\nlast output:\n{output}" if output else "",
        ]
    )
    error = kind(message, object_id=uuid)
    error.subject, error.errors, error.output = subject, tuple(errors), output
    return error


def _instances(status: Status | None) -> str | None:
    """Which instances did not succeed, as a range."""
    return (status.failed_only_range or status.failed_range or status.cancelled_range) if status else None
