"""The whole state of one tenant's world, and the few moves that every part of the simulation shares."""

from __future__ import annotations

import attrs

from qarnot_mock.sim import ids
from qarnot_mock.sim.commands import Instant, Refusal
from qarnot_mock.sim.confidential import Secret
from qarnot_mock.sim.directory import Directory
from qarnot_mock.sim.effects import Effect
from qarnot_mock.sim.events import EventQueue
from qarnot_mock.sim.jobs import Job
from qarnot_mock.sim.lifecycle import Lifecycle
from qarnot_mock.sim.meters import Meter
from qarnot_mock.sim.nodes import Fleet, NodeKind
from qarnot_mock.sim.pools import Pool
from qarnot_mock.sim.records import Record
from qarnot_mock.sim.settings import WorldSettings
from qarnot_mock.sim.tasks import Task
from qarnot_mock.sim.waiting import WaitingRoom
from qarnot_mock.sim.workloads import Instance, Run, Workload


@attrs.frozen
class Lifecycles:
    """The engines of the kinds of objects that exist."""

    task: Lifecycle
    instance: Lifecycle
    snapshot: Lifecycle
    job: Lifecycle
    dependency: Lifecycle
    pool: Lifecycle


@attrs.frozen
class Departed:
    """What paging must remember of a deleted object: where it stood in each order (see ``paging``)."""

    uuid: str
    created: Instant
    name: str
    state: str
    execution_time: int = 0


@attrs.frozen
class Hold:
    """A slot of a node that somebody has."""

    node: int
    scheduling: str


@attrs.define
class State:
    """Everything a world consists of.

    ``base`` is what the world was made with, ``settings`` what holds now, its script applied. ``nodes`` are all that
    ever were, ``fleet`` those in service. ``holds`` are the slots in use by (uuid, instance), the latest last, ``free``
    the slots left on each node; ``waiting`` are those who want one; ``touched``, ``touched_pools`` and
    ``touched_jobs`` are what to look at again; ``departed`` holds deleted objects by kind and number, ``meters`` what
    is billed by project and scheduling type.
    """

    settings: WorldSettings
    lifecycles: Lifecycles
    born: Instant
    now: Instant
    nodes: list[NodeKind]
    free: list[int]
    fleet: Fleet
    base: WorldSettings
    queue: EventQueue = attrs.Factory(EventQueue)
    tasks: Directory[Task] = attrs.Factory(Directory)
    jobs: Directory[Job] = attrs.Factory(Directory)
    pools: Directory[Pool] = attrs.Factory(Directory)
    holds: dict[tuple[str, int], Hold] = attrs.Factory(dict)
    meters: dict[tuple[str, str], Meter] = attrs.Factory(dict)
    secrets: dict[str, Secret] = attrs.Factory(dict)
    waiting: WaitingRoom = attrs.Factory(WaitingRoom)
    touched: dict[str, None] = attrs.Factory(dict)
    touched_jobs: dict[str, None] = attrs.Factory(dict)
    touched_pools: dict[str, None] = attrs.Factory(dict)
    effects: list[Effect] = attrs.Factory(list)
    counters: dict[str, int] = attrs.Factory(dict)
    departed: dict[str, dict[int, Departed]] = attrs.Factory(dict)

    @classmethod
    def create(cls, settings: WorldSettings, lifecycles: Lifecycles, now: Instant) -> State:
        """An empty world: every node is free."""
        base, settings = settings, settings.scripted()
        nodes: list[NodeKind] = []
        fleet = []
        for kind in settings.nodes:
            fleet.append((kind, range(len(nodes), len(nodes) + kind.count)))
            nodes.extend([attrs.evolve(kind, count=1)] * kind.count)
        free = [kind.slots for kind in nodes]
        return cls(settings, lifecycles, now, now, nodes, free, tuple(fleet), base)

    @property
    def external(self) -> bool:
        """Whether instances are run by an executor outside."""
        return self.settings.executor == "external"

    def task(self, key: str) -> Task:
        """The task with this uuid or shortname. Raises a 404 refusal."""
        found = self.tasks.find(key)
        if found is None:
            raise Refusal(404, f"No such task: {key}")
        return found

    def job(self, key: str) -> Job:
        """The job with this uuid or shortname. Raises a 404 refusal."""
        found = self.jobs.find(key)
        if found is None:
            raise Refusal(404, f"No such job: {key}")
        return found

    def pool(self, key: str) -> Pool:
        """The pool with this uuid or shortname. Raises a 404 refusal."""
        found = self.pools.find(key)
        if found is None:
            raise Refusal(404, f"No such pool: {key}")
        return found

    def owner(self, uuid: str) -> Workload | None:
        """The task or the pool with this uuid."""
        return self.tasks.get(uuid) or self.pools.get(uuid)

    def cores(self, run: Run) -> int:
        """The cores that a run has: those of its node, or its share of them."""
        return max(1, self.nodes[run.node].core_count // run.share)

    def count(self, kind: str) -> int:
        """The next number of a kind of object, from 1."""
        self.counters[kind] = self.counters.get(kind, 0) + 1
        return self.counters[kind]

    def new_uuid(self, kind: str) -> str:
        """A new identifier."""
        return ids.uuid_text(self.settings.seed, self.settings.tenant, kind, self.count(kind))

    def touch(self, owner: Workload) -> None:
        """The state of a task or a pool must be derived again at the end of this instant, and its pool looked at."""
        if owner.uuid in self.pools:
            self.touched_pools[owner.uuid] = None
            return
        self.touched[owner.uuid] = None
        if owner.pool in self.pools:
            self.touched_pools[owner.pool] = None

    def depart(self, kind: str, record: Record, execution_time: int = 0) -> None:
        """Remember of an object that is deleted what paging needs."""
        departed = Departed(record.uuid, record.created, record.text("name"), record.state, execution_time)
        self.departed.setdefault(kind, {})[record.number] = departed

    def current(self, uuid: str, item: str, version: int) -> tuple[Workload, Instance] | None:
        """The instance an event was meant for, unless it has moved on since."""
        owner = self.owner(uuid)
        instance = owner.instances.get(int(item)) if owner else None
        if owner is None or instance is None or instance.version != version:
            return None
        return owner, instance
