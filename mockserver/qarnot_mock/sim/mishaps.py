"""What goes wrong with runs by script: a phase ends otherwise than it would, by the ordinary transitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qarnot_mock.sim import instances, preemption, printing
from qarnot_mock.sim.phases import striking
from qarnot_mock.sim.script import Ending
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Task
from qarnot_mock.sim.workloads import Instance


def end_phase(state: State, task: Task, instance: Instance) -> None:
    """The event at the end of a phase, or where its script cuts it short."""
    ending = striking(instance)
    strike = _STRIKES.get(ending.happens) if ending is not None else None
    if ending is None or strike is None:
        instances.end_phase(state, task, instance)
    else:
        strike(state, task, instance, ending)


def _exit(state: State, task: Task, instance: Instance, ending: Ending) -> None:
    printing.finish(state, task, instance, ending.at)
    instances.exited(state, task, instance, ending.code, ending.message or None, 0)


def _out_of_memory(state: State, task: Task, instance: Instance, ending: Ending) -> None:
    run = instance.runs[-1]
    memory = state.nodes[run.node].memory_mb // run.share
    message = ending.message or f"Instance {instance.id} ran out of memory: it needs more than {memory} MB"
    printing.finish(state, task, instance, ending.at)
    instances.exited(state, task, instance, ending.code, message, memory, "MOCK_OUT_OF_MEMORY")


def _lost(state: State, task: Task, instance: Instance, ending: Ending) -> None:
    message = ending.message or f"The node of instance {instance.id} was lost during {instance.state}"
    instances.lost(state, task, instance, "MOCK_NODE_LOST", message)


def _preempted(state: State, task: Task, instance: Instance, ending: Ending) -> None:
    preemption.send_back(state, task, instance)


def _upload_failed(state: State, task: Task, instance: Instance, ending: Ending) -> None:
    if task.result_bucket:
        message = ending.message or f"The results of instance {instance.id} could not be uploaded"
        instances.uploaded(state, task, instance, [], message)
    else:
        instances.end_phase(state, task, instance)


_STRIKES: Mapping[str, Callable[[State, Task, Instance, Ending], None]] = {
    "exit": _exit,
    "out-of-memory": _out_of_memory,
    "node-lost": _lost,
    "preempted": _preempted,
    "upload-failed": _upload_failed,
}
