"""One tenant's world: applies commands at its own time, moves through due events, derives what follows from them.

It does no I/O and asks no clock: time comes in through :meth:`World.advance_to`, everything else through commands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from qarnot_mock.sim import (
    dependencies,
    derive,
    instances,
    job_operations,
    mishaps,
    placement,
    pool_closing,
    pool_instances,
    pool_sizing,
    printing,
    removal,
    snapshots,
)
from qarnot_mock.sim.commands import Answer, Command, Instant, Json, Refusal
from qarnot_mock.sim.dump import dump_state
from qarnot_mock.sim.effects import Effect
from qarnot_mock.sim.events import Event
from qarnot_mock.sim.lifecycle import Lifecycle
from qarnot_mock.sim.operations import HANDLERS
from qarnot_mock.sim.pools import Pool
from qarnot_mock.sim.settings import WorldSettings
from qarnot_mock.sim.state import Lifecycles, State
from qarnot_mock.sim.tasks import Task


class World:
    """The cloud as one account sees it.

    ``lifecycles`` is the parsed ``spec/lifecycles.yaml``. Between calls, everything due up to ``now`` has happened.
    """

    def __init__(self, settings: WorldSettings, lifecycles: Mapping[str, Json], now: Instant) -> None:
        engines = [
            Lifecycle.from_table(kind, cast(Mapping[str, Json], lifecycles[kind]))
            for kind in ("task", "instance", "snapshot", "job", "dependency", "pool")
        ]
        self._state = State.create(settings, Lifecycles(*engines), now)

    @property
    def now(self) -> Instant:
        """The time that this world has reached."""
        return self._state.now

    def next_due(self) -> Instant | None:
        """When something will happen next by itself; None when nothing will."""
        return self._state.queue.next_due()

    def advance_to(self, instant: Instant) -> None:
        """Let everything happen that is due up to ``instant``, in order. Raises ``ValueError`` for the past."""
        if instant < self._state.now:
            raise ValueError(f"time runs forward only: {instant} is before {self._state.now}")
        while (due := self.next_due()) is not None and due <= instant:
            self._state.now = due
            _settle(self._state)
        self._state.now = instant

    def apply(self, command: Command) -> Answer:
        """Carry out a command at ``now``. Raises :class:`Refusal`, and then nothing has changed."""
        handler = HANDLERS.get(command.operation)
        if handler is None:
            raise Refusal(501, f"The mock does not offer the operation {command.operation} yet")
        answer = handler(self._state, command)
        _settle(self._state)
        return answer

    def definition(self, command: Command) -> Json:
        """What the task or pool that a command addresses was made of; None when there is no such object."""
        task, pool = (str(command.arguments.get(kind) or "") for kind in ("task", "pool"))
        found = self._state.tasks.find(task) or self._state.pools.find(pool)
        return found.definition if found else None

    @property
    def settings(self) -> WorldSettings:
        """What holds now: the settings that it was made with, and its scenario."""
        return self._state.settings

    @property
    def origin(self) -> tuple[WorldSettings, Instant]:
        """The settings that it was made with, and when: with its commands enough to make it again."""
        return self._state.base, self._state.born

    def take_effects(self) -> tuple[Effect, ...]:
        """What the outside has to do since the last call, in order."""
        effects, self._state.effects = tuple(self._state.effects), []
        return effects

    def dump(self) -> Json:
        """The whole state as JSON data in a canonical order: two worlds are equal when their dumps are."""
        return dump_state(self._state)


def _settle(state: State) -> None:
    """Finish an instant: due events, then nodes and slots, then the states of tasks, of pools and of jobs, to the end.

    States come last, so that one which would last no time at all is never shown.
    """
    while True:
        while (event := state.queue.pop_due(state.now)) is not None:
            _EVENTS[event.kind](state, event)
        while state.waiting.stirred:
            placement.place_waiting(state)
        for uuid in list(state.touched_pools):
            pool_instances.fill(state, state.pools[uuid])
        while state.touched or state.touched_pools:
            _follow_touched(state)
        for job_uuid in state.touched_jobs:
            job_operations.follow(state, state.jobs[job_uuid])
        state.touched_jobs.clear()
        due = state.queue.next_due()
        if due is None or due > state.now:
            return


def _follow_touched(state: State) -> None:
    touched, state.touched = state.touched, {}
    for uuid in touched:
        _follow(state, state.tasks[uuid])
    pools, state.touched_pools = state.touched_pools, {}
    for uuid in pools:
        pool_closing.follow(state, state.pools[uuid])


def _follow(state: State, task: Task) -> None:
    target = derive.task_state(
        task.instances.values(), cancel_requested=task.cancel_requested, delete_requested=task.delete_requested
    )
    life = state.lifecycles.task
    if target != task.state:
        task.enter(life.move(task.state, target), state.now)
        if life.among(target, "terminal"):
            _end(state, task)
    if task.delete_requested:
        removal.when_pending(state, task)
    if removal.wound_down(state, task):
        _release(state, task)


def _release(state: State, task: Task) -> None:
    """Tell those that wait for the end of a task; one that is deleted before its end counts as cancelled."""
    dependencies.ended(state, task, "Cancelled" if task.delete_requested else task.state)
    if task.text("jobUuid") in state.jobs:
        state.touched_jobs[task.text("jobUuid")] = None


def _end(state: State, task: Task) -> None:
    task.ended = state.now
    uploads = task.state != "Cancelled" or task.definition.get("uploadResultsOnCancellation")
    if task.result_bucket and uploads and any(instance.executed for instance in task.instances.values()):
        task.results_count += 1
    snapshots.abandon(state, task)
    removal.after_completion(state, task)


def _queue_timeout(state: State, event: Event) -> None:
    task = state.tasks.get(event.subject)
    if task is not None and task.restarts == event.version:
        instances.expire(state, task)


def _end_phase(state: State, event: Event) -> None:
    found = state.current(event.subject, event.item, event.version)
    if found is None:
        return
    owner, instance = found
    if isinstance(owner, Task):
        mishaps.end_phase(state, owner, instance)
    elif isinstance(owner, Pool):
        pool_instances.end_phase(state, owner, instance)


_EVENTS: Mapping[str, Callable[[State, Event], None]] = {
    "join_queue": lambda state, event: placement.join_queue(state, event.subject, event.item, event.version),
    "phase": _end_phase,
    "line": lambda state, event: printing.due(state, event.subject, event.item, event.version),
    "queue_timeout": _queue_timeout,
    "snapshot": lambda state, event: snapshots.step(state, event.subject, event.item),
    "snapshot_tick": lambda state, event: snapshots.tick(state, event.subject, event.version),
    "remove": lambda state, event: removal.due(state, event.subject, event.version),
    "job_wall_time": lambda state, event: job_operations.wall_time_exceeded(state, event.subject),
    "job_wound_down": lambda state, event: job_operations.wound_down(state, event.subject, event.item),
    "job_expired": lambda state, event: job_operations.expired(state, event.subject),
    "pool_review": lambda state, event: pool_sizing.review_due(state, event.subject, event.version),
    "pool_queue_timeout": lambda state, event: pool_closing.queue_timeout(state, event.subject),
    "pool_wound_down": lambda state, event: pool_closing.wound_down(state, event.subject),
    "pool_expired": lambda state, event: pool_closing.expired(state, event.subject),
}
