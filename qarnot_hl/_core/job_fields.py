"""The attributes of a job: a table of names, wire keys, types and rules (reference 3.10). Pure, for both flavours.

The server offers no way to change a job (reference 2.4), so nothing can be set after submit.
"""

from __future__ import annotations

from datetime import timedelta

from qarnot_hl._core.field_kinds import (
    BEFORE,
    Shortname,
    auto_deletion,
    fixed,
    moving,
    same,
    settable_text,
    time_to_live,
    typed,
)
from qarnot_hl._core.fields import Field, FieldTable, list_field
from qarnot_hl._core.formats import as_timespan
from qarnot_hl._core.json_types import Json
from qarnot_hl._core.resource_state import ResourceState
from qarnot_hl._core.task_state import UNSUBMITTED
from qarnot_hl._core.wire_values import Timespan, moment, moment_value, text
from qarnot_hl._core.wire_values import timespan as duration

ACTIVE = "Active"
TERMINATING = "Terminating"
COMPLETED = "Completed"
DELETING = "Deleting"


class JobState:
    """The states of a submitted job (reference 4.3)."""

    Active = ACTIVE
    Terminating = TERMINATING
    Completed = COMPLETED
    Deleting = DELETING


def timespan_or_none(value: timedelta | str | None) -> Json:
    """The text of a duration; None stays."""
    return None if value is None else as_timespan(value)


class JobFields(FieldTable):
    """What can be read of a job and set on it."""

    name = settable_text("The name, shorter than 2048 characters.", "name")
    shortname = Shortname(
        "A name that is unique in the account and accepted wherever a uuid is; the uuid if none was given.",
        "shortname",
        text,
        typed(str, same),
        settable=BEFORE,
    )
    use_dependencies = Field[bool, bool | None](
        "Whether tasks of the job may wait for one another.",
        "useDependencies",
        lambda value: value is True,
        typed(bool, same),
        settable=BEFORE,
    )
    max_wall_time = Field[Timespan | None, timedelta | str | None](
        "The job is terminated so long after it began: a timedelta, or a text like ``1.02:03:04``. None: never.",
        "maxWallTime",
        duration,
        timespan_or_none,
        settable=BEFORE,
    )
    auto_delete = auto_deletion(
        "Delete the job when it is completed and the account's limit of jobs is reached. Default False."
    )
    completion_ttl = time_to_live(
        "Delete the job so long after it is completed: a timedelta, or a text like ``1.02:03:04``. Default: never."
    )
    tags = list_field("Words to find the job by, at most 10.", "tags", str, str, settable=BEFORE)
    pool_uuid = fixed("The pool that the job's tasks run in, if any.", "poolUuid", text)
    state = moving(
        "``UnSubmitted``, or what the server says: ``Active``, ``Terminating``, ``Completed``, ``Deleting``.",
        "state",
        lambda value: text(value) or UNSUBMITTED,
    )
    previous_state = moving("The state before this one.", "previousState", text)
    state_transition_time = moving("When the state began.", "stateTransitionTime", moment)
    previous_state_transition_time = moving("When the previous state began.", "previousStateTransitionTime", moment)
    creation_date = fixed("When the job was submitted, a datetime in UTC.", "creationDate", moment_value)
    last_modified = moving("When the job last changed.", "lastModified", moment)


def job_creation_body(state: ResourceState) -> dict[str, Json]:
    """The JobCreationInput: every edit that says something."""
    return {key: value for key, value in state.edits.items() if value is not None}


def job_after_submit(body: dict[str, Json], uuid: str) -> dict[str, Json]:
    """What is known of a job the moment it is accepted."""
    return {"shortname": uuid, **body, "uuid": uuid, "state": ACTIVE}
