"""Which nodes are in service, when what the cloud has changes while it runs.

A node that goes out of service keeps its index, and whoever is on it stays to the end; nobody else gets it. When nodes
of its kind come back it is the first to return.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from qarnot_mock.sim.demand import Demand, demand
from qarnot_mock.sim.nodes import NodeKind
from qarnot_mock.sim.state import State


def refit(state: State) -> None:
    """Bring into service what the settings say, busy nodes first, and let those who wait look at all of them again."""
    taken: set[int] = set()
    fleet = []
    for kind in state.settings.nodes:
        indexes = _chosen(state, attrs.evolve(kind, count=1), kind.count, taken)
        taken.update(indexes)
        fleet.append((kind, indexes))
    state.fleet = tuple(fleet)
    state.waiting.regroup(lambda owner: _demand(state, owner))


def _chosen(state: State, machine: NodeKind, count: int, taken: set[int]) -> Sequence[int]:
    """So many nodes of one kind: those that are busy, then idle ones, then new ones; in the order of their indexes."""
    busy = {hold.node for hold in state.holds.values()}
    known = [index for index, kind in enumerate(state.nodes) if kind == machine and index not in taken]
    chosen = sorted(known, key=lambda index: (index not in busy, index))[:count]
    for _ in range(count - len(chosen)):
        chosen.append(len(state.nodes))
        state.nodes.append(machine)
        state.free.append(machine.slots)
    return tuple(sorted(chosen))


def _demand(state: State, uuid: str) -> Demand | None:
    owner = state.owner(uuid)
    if owner is None:
        return None
    return demand("pool" if uuid in state.pools else "task", owner.definition, state.fleet)
