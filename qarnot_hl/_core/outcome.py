"""What the end of a wait means: nothing for a success, else the exception that tells all about it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from qarnot_hl._core.completed_instance import CompletedInstance
from qarnot_hl._core.job_fields import COMPLETED
from qarnot_hl._core.pool_state import CLOSED
from qarnot_hl._core.task_state import CANCELLED, DELETED, SUCCESS
from qarnot_hl.error import Error
from qarnot_hl.exceptions import TaskCancelled, TaskFailed, TaskGone, WaitException
from qarnot_hl.status import Status

GOOD_ENDS = frozenset(state.lower() for state in (SUCCESS, CLOSED, COMPLETED))
EXIT_CODE = re.compile(r"\bexit(?:ed)?(?: with)?(?: (?:code|status))? (-?\d+)\b", re.IGNORECASE)
"""The API has no field for it; its messages name it (inferred)."""
KINDS: Mapping[str, type[WaitException]] = {CANCELLED.lower(): TaskCancelled, DELETED.lower(): TaskGone}


def is_unhappy(state: str | None) -> bool:
    """Whether a task, pool or job that has ended in this state did not succeed."""
    return (state or "").lower() not in GOOD_ENDS


def unhappy_end(
    subject: object,
    uuid: str | None,
    state: str,
    *,
    errors: Sequence[Error] = (),
    status: Status | None = None,
    instances: Sequence[CompletedInstance] = (),
    output: str = "",
) -> WaitException:
    """The exception for a task that ended in this state, not well. ``output``: the last lines that it wrote."""
    own = [f"instance {one.instance_id}: {one.error}" for one in instances if one.error is not None]
    reasons = "; ".join([*map(str, errors), *(text for text in own if not _said(text, errors))])
    failed = _instances(status)
    message = "".join(
        [
            f"{subject!r} was deleted" if state == DELETED else f"{subject!r} ended in {state}",
            f": {reasons}" if reasons else "",
            f" (instances {failed})" if failed else "",
            f"\nlast output:\n{output}" if output else "",
        ]
    )
    error = KINDS.get(state.lower(), TaskFailed)(message, object_id=uuid, status=404 if state == DELETED else None)
    error.subject, error.errors, error.output = subject, tuple(errors), output
    error.exit_codes = exit_codes(instances)
    return error


def exit_codes(instances: Sequence[CompletedInstance]) -> dict[int, int]:
    """The exit code of each failed instance whose error names one."""
    named = [(one.instance_id, EXIT_CODE.search(str(one.error))) for one in instances if one.error is not None]
    return {number: int(match[1]) for number, match in named if number is not None and match}


def _said(text: str, errors: Sequence[Error]) -> bool:
    """Whether the task's own errors say the same."""
    return any(text.endswith(str(error)) for error in errors)


def _instances(status: Status | None) -> str | None:
    """Which instances did not succeed, as a range."""
    return (status.failed_only_range or status.failed_range or status.cancelled_range) if status else None
