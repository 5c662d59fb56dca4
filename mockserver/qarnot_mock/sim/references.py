"""What a definition refers to must exist: pools, active jobs (reference 1.5, 3.3, 3.10). Each raises the 400."""

from __future__ import annotations

from qarnot_mock.sim.commands import Refusal
from qarnot_mock.sim.jobs import Job
from qarnot_mock.sim.state import State


def refuse_pool(uuid: str) -> None:
    """Raise for a pool that is named. This world has no pools, so every one is unknown."""
    if uuid:
        raise Refusal(400, f"No such pool: {uuid}")


def active_job(state: State, uuid: str) -> Job | None:
    """The job that a task is for, None when it names none. Raises when it is unknown or takes no more tasks."""
    if not uuid:
        return None
    job = state.jobs.get(uuid)
    if job is None:
        raise Refusal(400, f"No such job: {uuid}")
    if not state.lifecycles.job.among(job.state, "running"):
        raise Refusal(400, f"The job {uuid} is not active ({job.state}); it takes no more tasks")
    return job
