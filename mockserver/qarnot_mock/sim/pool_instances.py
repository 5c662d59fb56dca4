"""What the instances of pools do: they get a node, prepare it, hold its slots open for tasks, and leave it when asked.

They are simulated with any executor. With an external one a preparation command is not run, and the output says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qarnot_mock.sim import echo
from qarnot_mock.sim.environment import substitute, variables
from qarnot_mock.sim.moves import change, run_phase, seat
from qarnot_mock.sim.pools import Pool
from qarnot_mock.sim.state import State
from qarnot_mock.sim.workloads import Instance


def end_phase(state: State, pool: Pool, instance: Instance) -> None:
    """A phase of a pool's instance is over."""
    _AFTER[instance.state](state, pool, instance)


def fill(state: State, pool: Pool) -> None:
    """Give the free slots of a pool to the task instances that wait for one, as they came."""
    for host in pool.in_states("execution"):
        while pool.waiting and len(host.guests) < pool.slots_per_node:
            uuid, number = next(iter(pool.waiting))
            task = state.tasks[uuid]
            seat(state, task, task.instances[number], pool, host)


def release(state: State, pool: Pool, instance: Instance) -> None:
    """Let an instance go that no task needs: one that waits for a node at once, one that has it after a moment."""
    if instance.state == "waiting":
        change(state, pool, instance, "abort")
        return
    pool.finish_outputs(instance)
    change(state, pool, instance, "release")
    run_phase(state, pool, instance)


def _after_dispatch(state: State, pool: Pool, instance: Instance) -> None:
    change(state, pool, instance, "dispatched")
    run_phase(state, pool, instance)


def _after_download(state: State, pool: Pool, instance: Instance) -> None:
    change(state, pool, instance, "downloaded")
    run_phase(state, pool, instance)


def _after_environment(state: State, pool: Pool, instance: Instance) -> None:
    environment = variables(state, pool, instance)
    command = substitute(pool.preparation, environment)
    if command:
        printed = None if state.external else echo.simulate(command, environment)
        pool.outputs["stdout"].write(instance.id, echo.placeholder(command) if printed is None else printed)
    for stream, name in (("stdout", "MOCK_STDOUT"), ("stderr", "MOCK_STDERR")):
        pool.outputs[stream].write(instance.id, environment.get(name, ""))
    change(state, pool, instance, "ready")
    instance.idle_since = state.now


def _after_shutdown(state: State, pool: Pool, instance: Instance) -> None:
    instance.outcome = "success"
    change(state, pool, instance, "released")


_AFTER: Mapping[str, Callable[[State, Pool, Instance], None]] = {
    "dispatch": _after_dispatch,
    "download": _after_download,
    "environment": _after_environment,
    "shutdown": _after_shutdown,
}
