"""What the command of a simulated instance prints: the lines of its script, evenly over the execution."""

from __future__ import annotations

from qarnot_mock.sim.environment import substitute, template_variables, variables
from qarnot_mock.sim.formats import microseconds
from qarnot_mock.sim.phases import duration
from qarnot_mock.sim.script import UNSCRIPTED
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Task
from qarnot_mock.sim.workloads import Instance

_CONSTANTS = {"stdout": "MOCK_STDOUT", "stderr": "MOCK_STDERR"}


def begin(state: State, task: Task, instance: Instance) -> None:
    """The execution begins: the first line of each stream is on its way."""
    for stream in _scripted(task, instance):
        _schedule(state, task, instance, stream)


def due(state: State, uuid: str, item: str, version: int) -> None:
    """The event of one line; one of an execution that is over prints nothing."""
    number, _, stream = item.partition(" ")
    task = state.tasks.get(uuid)
    found = state.current(uuid, number, version)
    if task is not None and found is not None:
        instance = found[1]
        _print(state, task, instance, stream, instance.runs[-1].printed.get(stream, 0) + 1)
        _schedule(state, task, instance, stream)


def finish(state: State, task: Task, instance: Instance, part: float = 1.0) -> None:
    """The execution ends after this part of its time: what should have been printed by then has been.

    What the constants of the task have it print comes at the very end, so a command that dies before has not.
    """
    for stream in _scripted(task, instance):
        _print(state, task, instance, stream, int(len(_lines(state, task, instance, stream)) * part))
    for stream, constant in _CONSTANTS.items():
        if constant in task.constants and part >= 1:
            task.outputs[stream].write(instance.id, variables(state, task, instance)[constant])


def _scripted(task: Task, instance: Instance) -> list[str]:
    """The streams on which the script has something to print."""
    script = instance.runs[-1].script
    if script is UNSCRIPTED:
        return []
    texts = {"stdout": script.stdout, "stderr": script.stderr}
    return [stream for stream, text in texts.items() if text and _CONSTANTS[stream] not in task.constants]


def _print(state: State, task: Task, instance: Instance, stream: str, count: int) -> None:
    """Print up to so many lines in all."""
    printed = instance.runs[-1].printed
    lines = _lines(state, task, instance, stream)[printed.get(stream, 0) : count]
    if lines:
        task.outputs[stream].write(instance.id, "".join(lines))
        printed[stream] = printed.get(stream, 0) + len(lines)


def _schedule(state: State, task: Task, instance: Instance, stream: str) -> None:
    """Plan the next line, unless it is the last, which comes with the end of the execution."""
    count = len(_lines(state, task, instance, stream))
    following = instance.runs[-1].printed.get(stream, 0) + 1
    if following < count:
        moment = instance.entered + microseconds(duration(state, task, instance, "execution") * following / count)
        item = f"{instance.id} {stream}"
        state.queue.put(max(moment, state.now), "line", task.uuid, item, instance.version)


def _lines(state: State, task: Task, instance: Instance, stream: str) -> list[str]:
    script = instance.runs[-1].script
    text = (script.stdout if stream == "stdout" else script.stderr) or ""
    return substitute(text, template_variables(state, task, instance)).splitlines(keepends=True)
