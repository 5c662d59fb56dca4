"""Who may lose a node to a waiting onDemand instance, and how: it waits and runs again, which is no retry.

That it happens is documented, how is not: what was running is stopped at once and leaves nothing (assumed).
"""

from __future__ import annotations

from collections.abc import Iterator

from qarnot_mock.sim import instances, moves
from qarnot_mock.sim.limits import Holder
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Task
from qarnot_mock.sim.workloads import Instance, Workload

_YIELDS = "flex"


def candidates(state: State) -> Iterator[Holder]:
    """Who may lose a node, the latest comer first. A pool's instance may not while a task in it cannot be stopped."""
    for (uuid, number), hold in reversed(state.holds.items()):
        owner = state.owner(uuid)
        if hold.scheduling == _YIELDS and owner and _may_be_stopped(state, owner.instances[number]):
            yield uuid, number


def preempt(state: State, holder: Holder) -> None:
    """Take the node from an instance, and from the tasks in its slots when it is a pool's."""
    owner = state.owner(holder[0])
    assert owner is not None
    instance = owner.instances[holder[1]]
    for uuid, number in list(instance.guests):
        send_back(state, state.tasks[uuid], state.tasks[uuid].instances[number])
    send_back(state, owner, instance)


def send_back(state: State, owner: Workload, instance: Instance) -> None:
    """Let one instance lose what it runs on: it waits again, and its next run is no retry."""
    if isinstance(owner, Task):
        instances.withdraw(state, owner, instance)
    owner.finish_outputs(instance)
    instance.preemptions += 1
    moves.change(state, owner, instance, "preempt")
    moves.wait(state, owner, instance)


def _may_be_stopped(state: State, instance: Instance) -> bool:
    """One that uploads or shuts down is about to give its node back anyway."""
    guests = (state.tasks[uuid].instances[number] for uuid, number in instance.guests)
    return all((each.state, "preempt") in state.lifecycles.instance.moves for each in (instance, *guests))
