"""Jobs as the wire shows them: one small function per field of ``JobOutput`` (reference 3.10)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from qarnot_mock.sim.commands import Json
from qarnot_mock.sim.formats import date_text
from qarnot_mock.sim.jobs import Job
from qarnot_mock.sim.state import State


def job_output(state: State, job: Job) -> dict[str, Json]:
    """The ``JobOutput`` schema."""
    return selected(state, job, FIELDS)


def selected(state: State, job: Job, names: Iterable[str]) -> dict[str, Json]:
    """Only some fields of ``JobOutput``."""
    return {name: FIELDS[name](state, job) for name in names}


FIELDS: Mapping[str, Callable[[State, Job], Json]] = {
    "uuid": lambda state, job: job.uuid,
    "name": lambda state, job: job.text("name"),
    "shortname": lambda state, job: job.shortname,
    "poolUuid": lambda state, job: job.definition.get("poolUuid"),
    "state": lambda state, job: job.state,
    "previousState": lambda state, job: job.previous_state,
    "useDependencies": lambda state, job: job.uses_dependencies,
    "stateTransitionTime": lambda state, job: date_text(job.state_since),
    "previousStateTransitionTime": lambda state, job: date_text(job.previous_since),
    "creationDate": lambda state, job: date_text(job.created),
    "lastModified": lambda state, job: date_text(job.modified),
    "maxWallTime": lambda state, job: job.definition.get("maxWallTime"),
    "tags": lambda state, job: list(job.tags),
    "autoDeleteOnCompletion": lambda state, job: bool(job.definition.get("autoDeleteOnCompletion")),
    "completionTimeToLive": lambda state, job: job.text("completionTimeToLive") or "00:00:00",
}
"""Every field of a job and how it is made, in the order of the answer."""
