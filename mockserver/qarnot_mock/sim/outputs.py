"""The operations that read what tasks and pools have printed: whole or of one instance, all or what is fresh."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qarnot_mock.sim.commands import Answer, Command, Refusal
from qarnot_mock.sim.output import Ring
from qarnot_mock.sim.searching import Handler
from qarnot_mock.sim.state import State
from qarnot_mock.sim.workloads import STREAMS, Workload

Find = Callable[[State, str], Workload]


def handlers(kind: str, find: Find) -> Mapping[str, Handler]:
    """The eight operations of a kind, by operationId; its name is also that of the path parameter."""
    return {
        f"{kind}{part}_{stream}_{mode}": _handler(kind, find, stream, fresh=mode == "fresh")
        for part in ("", "_instance")
        for stream in STREAMS
        for mode in ("get", "fresh")
    }


def _handler(kind: str, find: Find, stream: str, *, fresh: bool) -> Handler:
    def handler(state: State, command: Command) -> Answer:
        ring = _ring(kind, find(state, str(command.arguments[kind])), stream, command)
        return Answer(ring.fresh() if fresh else ring.text(), media="text")

    return handler


def _ring(kind: str, owner: Workload, stream: str, command: Command) -> Ring:
    if "instanceId" not in command.arguments:
        return owner.outputs[stream].whole()
    number = command.arguments["instanceId"]
    if not isinstance(number, int) or number not in owner.instances:
        raise Refusal(404, f"No such instance: {number} in {kind} {owner.uuid}")
    return owner.outputs[stream].instance(number)
