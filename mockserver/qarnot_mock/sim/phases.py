"""How long phases last where the simulation decides that, and what happens in the middle of one."""

from __future__ import annotations

from qarnot_mock.sim import script
from qarnot_mock.sim.environment import profile_of
from qarnot_mock.sim.pools import Pool
from qarnot_mock.sim.records import Record
from qarnot_mock.sim.script import Ending, Facts, InstanceScript
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Task
from qarnot_mock.sim.workloads import Instance, Workload

SHORTEST = 1e-6


def draw(state: State, owner: Workload, instance: Instance, attempt: int) -> InstanceScript:
    """What a run that begins now is going to do, by the rules of now."""
    rules = state.settings.script
    if not (rules.about_runs or "MOCK_OUTCOME" in owner.constants):
        return script.UNSCRIPTED
    return script.outcome(rules, _facts(state, owner, instance.id, attempt), owner.constants)


def around(state: State, record: Record, phase: str) -> float:
    """Seconds of what is about a task, a pool or a job as a whole: ``queue``, ``removal``, ``snapshot``."""
    rules = state.settings.script.durations
    scripted = script.seconds(rules, _facts(state, record), phase) if rules else None
    ordinary: float = getattr(state.settings.durations, phase)
    return ordinary if scripted is None else scripted


def duration(state: State, owner: Workload, instance: Instance, phase: str) -> float:
    """Seconds that a simulated phase takes, never zero.

    MOCK_DURATION overrides the execution of a task; preparing a pool's node takes as long as any command.
    """
    durations, run = state.settings.durations, instance.runs[-1]
    scripted = run.script.durations
    seconds: float = scripted.get(phase, getattr(durations, phase))
    if phase == "execution":
        seconds = float(owner.constants.get("MOCK_DURATION") or seconds)
    if isinstance(owner, Pool) and owner.preparation and phase == "environment":
        seconds += scripted.get("execution", durations.execution)
    if phase == "upload" and run.script.ending is not None and run.script.ending.happens == "slow-upload":
        seconds *= run.script.ending.factor
    return max(seconds, SHORTEST)


def striking(instance: Instance) -> Ending | None:
    """What the script of a run does in the phase that it is in; a run that is being cancelled is left alone."""
    ending = instance.runs[-1].script.ending
    return ending if ending is not None and ending.phase == instance.state and not _cancelled(instance) else None


def until_event(state: State, owner: Workload, instance: Instance) -> float | None:
    """Seconds until the phase that has just begun ends or is cut short; None when it is stuck for ever."""
    whole = duration(state, owner, instance, instance.state)
    ending = striking(instance)
    if ending is None:
        return whole
    if ending.happens == "stuck-in-dispatch":
        return None if ending.seconds is None else whole + ending.seconds
    return max(whole * ending.at, SHORTEST)


def _cancelled(instance: Instance) -> bool:
    return instance.outcome == "cancelled"


def length(state: State, owner: Workload, instance: Instance, phase: str) -> float | None:
    """The same; None when something else ends the phase: an external executor, or that a pool needs it no more."""
    if isinstance(owner, Pool):
        return None if phase == "execution" else duration(state, owner, instance, phase)
    return None if state.external and phase != "dispatch" else duration(state, owner, instance, phase)


def _facts(state: State, record: Record, instance: int | None = None, attempt: int | None = None) -> Facts:
    kind = "task" if isinstance(record, Task) else "pool" if isinstance(record, Pool) else "job"
    return Facts(
        seed=state.settings.seed,
        tenant=state.settings.tenant,
        kind=kind,
        uuid=record.uuid,
        name=record.text("name"),
        shortname=record.shortname,
        profile=profile_of(state, record) if isinstance(record, Workload) else "",
        scheduling=record.scheduling,
        tags=tuple(record.tags),
        instance=instance,
        attempt=attempt,
    )
