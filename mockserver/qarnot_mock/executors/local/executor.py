"""The local executor: keeps the instances of this machine and hands each its effects.

Which instances run, and how many at once, is decided by the world's nodes and slots, not here.
"""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from qarnot_mock.executors.base import Report
from qarnot_mock.executors.local.confinement import Confinement, detect_confinement
from qarnot_mock.executors.local.instance import Instance, Machine
from qarnot_mock.executors.local.reports import InstanceReports
from qarnot_mock.executors.local.tree import WorkTree
from qarnot_mock.sim.commands import Instant
from qarnot_mock.sim.effects import (
    Effect,
    ForgetInstance,
    InstanceKey,
    RefreshResources,
    StartInstance,
    StopInstance,
    UploadFiles,
)
from qarnot_mock.storage.store import ObjectStore

_JOIN_SECONDS = 10.0


def _wall_clock() -> Instant:
    return time.time_ns() // 1000


class LocalExecutor:
    """Runs the commands of instances as processes of this machine (:class:`qarnot_mock.executors.base.Executor`).

    ``notice`` gets, at the first start, one sentence saying that no container image is run and, without
    confinement, a warning. ``now`` dates uploaded objects (default: the wall clock). ``root`` is where the temporary
    directory is made (default: the system's). ``confinement`` is detected when None. A stopped process has
    ``grace_seconds`` between SIGTERM and SIGKILL.
    """

    def __init__(
        self,
        notice: Callable[[str], None] | None = None,
        *,
        now: Callable[[], Instant] = _wall_clock,
        root: Path | None = None,
        confinement: Confinement | None = None,
        grace_seconds: float = 2.0,
    ) -> None:
        self._notice = notice or logging.getLogger(__name__).warning
        self._now = now
        self._parent = root
        self._confinement = confinement
        self._grace_seconds = grace_seconds
        self._lock = threading.Lock()
        self._machine: Machine | None = None
        self._closed = False
        self._instances: dict[InstanceKey, Instance] = {}
        self._leaving: set[Instance] = set()

    def perform(self, effect: Effect, store: ObjectStore, report: Report) -> None:
        """Begin one effect and return at once. After :meth:`close`, and for unknown instances, nothing happens.

        An upload from an unknown instance is answered with an error, so that its task does not wait for ever.
        """
        match effect:
            case StartInstance():
                self._start(effect, store, report)
            case StopInstance():
                if (instance := self._find(effect.key)) is not None:
                    instance.stop()
            case RefreshResources():
                if (instance := self._find(effect.key)) is not None:
                    instance.put(effect)
            case UploadFiles():
                self._upload(effect, report)
            case ForgetInstance():
                self._forget(effect)
            case _:
                raise TypeError(f"{type(effect).__name__} is for the shell around the world, not for an executor")

    @property
    def busy(self) -> bool:
        """True while any process, transfer or removal is under way."""
        return any(instance.busy for instance in self._all())

    def close(self) -> None:
        """Kill every process, report nothing more, remove all directories. Idempotent."""
        with self._lock:
            self._closed = True
            machine, self._machine = self._machine, None
            instances = [*self._instances.values(), *self._leaving]
            self._instances.clear()
        for instance in instances:
            instance.close()
        for instance in instances:
            instance.join(_JOIN_SECONDS)
        if machine is not None:
            WorkTree(machine.root).remove()

    def _start(self, effect: StartInstance, store: ObjectStore, report: Report) -> None:
        with self._lock:
            if self._closed or effect.key in self._instances:
                return
            if self._machine is None:
                self._machine = self._prepare(effect)
            instance = Instance(effect.key, self._machine, store, report, self._gone)
            self._instances[effect.key] = instance
        instance.put(effect)

    def _prepare(self, first: StartInstance) -> Machine:
        confinement = self._confinement or detect_confinement()
        image = first.environment.get("DOCKER_REPO")
        self._notice(
            "local executor: commands run with the programs of this machine; container images"
            + (f" (here {image})" if image else "")
            + " are not run"
        )
        if confinement.warning:
            self._notice(confinement.warning)
        root = Path(tempfile.mkdtemp(prefix="qarnot-mock-", dir=self._parent)).resolve()
        return Machine(root, confinement, self._now, self._grace_seconds)

    def _upload(self, effect: UploadFiles, report: Report) -> None:
        instance = self._find(effect.key)
        if instance is not None:
            instance.put(effect)
        elif not self._closed:
            error = f"instance {effect.key.instance_id} is not on this machine any more; its files are lost"
            InstanceReports(effect.key, report).uploaded(effect.upload, (), 0, error)

    def _forget(self, effect: ForgetInstance) -> None:
        with self._lock:
            instance = self._instances.pop(effect.key, None)
            if instance is not None:
                self._leaving.add(instance)
        if instance is not None:
            instance.put(effect)

    def _find(self, key: InstanceKey) -> Instance | None:
        with self._lock:
            return self._instances.get(key)

    def _all(self) -> list[Instance]:
        with self._lock:
            return [*self._instances.values(), *self._leaving]

    def _gone(self, instance: Instance) -> None:
        with self._lock:
            self._leaving.discard(instance)
