"""Who holds which node: the one place where slots are taken and given back, whatever it is that runs on them.

What an account uses at a moment is a sum over the holds, so it cannot drift from what is placed.
"""

from __future__ import annotations

import attrs

from qarnot_mock.sim.records import Record
from qarnot_mock.sim.state import Hold, State


def take(state: State, record: Record, instance: int, node: int) -> None:
    """An instance of a task (or of another kind of object) takes a free slot of a node."""
    state.free[node] -= 1
    state.holds[record.uuid, instance] = Hold(node, record.scheduling)


def give_back(state: State, record: Record, instance: int) -> None:
    """It needs its slot no more."""
    state.free[state.holds.pop((record.uuid, instance)).node] += 1
    state.waiting.stirred = True


@attrs.frozen
class Use:
    """How much runs at a moment."""

    instances: int
    cores: int


def use(state: State, *schedulings: str) -> Use:
    """What holds nodes now: of some scheduling types, or of all."""
    cores = [
        state.nodes[hold.node].core_count
        for hold in state.holds.values()
        if not schedulings or hold.scheduling in schedulings
    ]
    return Use(len(cores), sum(cores))
