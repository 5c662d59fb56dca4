"""What tasks and pools have in common: instances that run on nodes, constants, outputs. Data, and questions.

Nothing here moves anything; what every instance goes through is in ``moves``.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from qarnot_mock.sim.commands import Instant, Json
from qarnot_mock.sim.output import TaskOutput
from qarnot_mock.sim.records import Record
from qarnot_mock.sim.script import UNSCRIPTED, InstanceScript

STREAMS = ("stdout", "stderr")


@attrs.define
class Run:
    """One attempt of an instance on one node. ``spent`` holds the microseconds of each phase it has left.

    ``host`` is the instance of the pool in whose slot it runs, None when it has the node to itself; ``share`` is by
    how many slots the node is divided. ``script`` is what it is going to do, as far as a scenario says,
    ``printed`` how many lines of it each stream has had.
    """

    node: int
    began: Instant
    spent: dict[str, int] = attrs.Factory(dict)
    host: int | None = None
    share: int = 1
    script: InstanceScript = UNSCRIPTED
    printed: dict[str, int] = attrs.Factory(dict)


@attrs.define
class Instance:
    """One instance. ``version`` counts its state changes; ``outcome`` is decided when its execution ends.

    ``first_run`` is the number of runs before the last restart, ``preemptions`` how many have lost their node since.
    ``guests`` are the (task, instance) in the slots of a pool's instance, ``idle_since`` when it last had none.
    """

    id: int
    state: str
    entered: Instant
    version: int = 0
    runs: list[Run] = attrs.Factory(list)
    outcome: str = ""
    error: Mapping[str, Json] | None = None
    peak_memory_mb: int = 0
    results: list[str] = attrs.Factory(list)
    upload: str = ""
    ended: Instant | None = None
    first_run: int = 0
    preemptions: int = 0
    guests: list[tuple[str, int]] = attrs.Factory(list)
    idle_since: Instant = 0

    @property
    def attempt(self) -> int:
        """The number of the current or last run, from 1; 0 before the first."""
        return len(self.runs)

    @property
    def executed(self) -> bool:
        """Whether a run (since the last restart) has reached and left its execution."""
        return any("execution" in run.spent for run in self.runs[self.first_run :])

    @property
    def tries(self) -> int:
        """Its runs since the last restart, without those that lost their node to somebody else."""
        return self.attempt - self.first_run - self.preemptions

    @property
    def begun(self) -> bool:
        """Whether it has had a node (since the last restart)."""
        return len(self.runs) > self.first_run

    def spent(self, phase: str, now: Instant, *, last_only: bool = False) -> int:
        """Microseconds in a phase, cumulated over its runs, the one under way included."""
        past = sum(run.spent.get(phase, 0) for run in self.runs[-1 if last_only else 0 :])
        return past + (now - self.entered if self.state == phase else 0)


def _outputs() -> dict[str, TaskOutput]:
    return {}


@attrs.define(kw_only=True)
class Workload(Record):
    """A task or a pool. ``pool`` is the uuid of the pool whose slots its instances take; empty when they take nodes."""

    constants: dict[str, str]
    instances: dict[int, Instance]
    ended: Instant | None = None
    pool: str = ""
    outputs: dict[str, TaskOutput] = attrs.field(factory=_outputs)

    def finish_outputs(self, instance: Instance) -> None:
        """An instance has stopped printing."""
        for output in self.outputs.values():
            output.finish(instance.id)

    def in_states(self, *states: str) -> list[Instance]:
        """The instances that are in one of some states, by id."""
        return [instance for instance in self.instances.values() if instance.state in states]
