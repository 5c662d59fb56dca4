"""How long the phases of instances last, where the simulation decides that."""

from __future__ import annotations

from qarnot_mock.sim.pools import Pool
from qarnot_mock.sim.state import State
from qarnot_mock.sim.workloads import Workload


def duration(state: State, owner: Workload, phase: str) -> float:
    """Seconds that a simulated phase takes, never zero.

    MOCK_DURATION overrides the execution of a task; preparing a pool's node takes as long as any command.
    """
    durations = state.settings.durations
    seconds: float = getattr(durations, phase)
    if phase == "execution":
        seconds = float(owner.constants.get("MOCK_DURATION") or seconds)
    if isinstance(owner, Pool) and owner.preparation and phase == "environment":
        seconds += durations.execution
    return max(seconds, 1e-6)


def length(state: State, owner: Workload, phase: str) -> float | None:
    """The same; None when something else ends the phase: an external executor, or that a pool needs it no more."""
    if isinstance(owner, Pool):
        return None if phase == "execution" else duration(state, owner, phase)
    return None if state.external and phase != "dispatch" else duration(state, owner, phase)
