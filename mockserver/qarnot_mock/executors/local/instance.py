"""One instance on this machine: a thread that performs its effects in order, and the process in between.

Stopping does not queue: it reaches the process at once. Everything that goes wrong ends as a report; the thread itself
never dies before the instance is forgotten or the executor closes (bubblewrap ties the process's life to it).
"""

from __future__ import annotations

import queue
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import attrs

from qarnot_mock.executors.base import Report
from qarnot_mock.executors.local.command import CommandError, mentions_job, parse_command
from qarnot_mock.executors.local.confinement import Confinement, Place
from qarnot_mock.executors.local.environment import (
    directory_variables,
    instance_environment,
    substitute,
    working_directory,
)
from qarnot_mock.executors.local.filters import FilterError
from qarnot_mock.executors.local.lookup import require_program
from qarnot_mock.executors.local.process import Exit, InstanceProcess
from qarnot_mock.executors.local.reports import InstanceReports
from qarnot_mock.executors.local.resources import Exchange
from qarnot_mock.executors.local.tree import WorkTree
from qarnot_mock.sim.commands import Instant
from qarnot_mock.sim.effects import ForgetInstance, InstanceKey, RefreshResources, StartInstance, UploadFiles
from qarnot_mock.storage.store import ObjectStore, StoreError

InstanceEffect = StartInstance | RefreshResources | UploadFiles | ForgetInstance


@attrs.frozen
class Machine:
    """What all instances of an executor share. ``root`` holds their directories."""

    root: Path
    confinement: Confinement
    now: Callable[[], Instant]
    grace_seconds: float


class Instance:
    """Lives from ``StartInstance`` to ``ForgetInstance``, then calls ``gone`` and is done."""

    def __init__(
        self,
        key: InstanceKey,
        machine: Machine,
        store: ObjectStore,
        report: Report,
        gone: Callable[[Instance], None],
    ) -> None:
        self._machine = machine
        self._reports = InstanceReports(key, self._guard(report))
        self._home = WorkTree(Path(tempfile.mkdtemp(prefix=f"instance-{key.instance_id}-", dir=machine.root)))
        self._place = Place(self._home.root / "job", self._home.root / "tmp")
        self._exchange = Exchange(WorkTree(self._place.job), store, machine.now)
        self._gone = gone
        self._effects: queue.SimpleQueue[InstanceEffect | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._pending = 0
        self._stopped = False
        self._closing = False
        self._process: InstanceProcess | None = None
        self._thread = threading.Thread(target=self._work, name=f"instance-{key.instance_id}", daemon=True)
        self._place.job.mkdir()
        self._place.tmp.mkdir()
        self._thread.start()

    @property
    def busy(self) -> bool:
        """True while an effect is queued or performed, or the process runs and its end is not yet reported."""
        with self._lock:
            return self._pending > 0

    def put(self, effect: InstanceEffect) -> None:
        """Perform an effect after those given before."""
        self._count(1)
        self._effects.put(effect)

    def stop(self) -> None:
        """End the process now, or never start it; its exit is not reported. Returns at once."""
        with self._lock:
            self._stopped = True
            process = self._process
        if process is not None:
            process.terminate(self._machine.grace_seconds)

    def close(self) -> None:
        """Kill the process, drop what is queued, report nothing more. Returns at once; see :meth:`join`."""
        with self._lock:
            self._stopped = self._closing = True
            process = self._process
        if process is not None:
            process.kill()
        self._effects.put(None)

    def join(self, timeout_seconds: float) -> None:
        """Wait until the directory is gone. Only after :meth:`close`."""
        self._thread.join(timeout_seconds)

    def _work(self) -> None:
        effect: InstanceEffect | None = None
        while not isinstance(effect, ForgetInstance):
            effect = self._effects.get()
            if effect is None:
                break
            if not self._closing:
                self._perform(effect)
            if not isinstance(effect, ForgetInstance):
                self._count(-1)
        self.stop()
        if self._process is not None:
            self._process.ended.wait()
        self._home.remove()
        self._gone(self)

    def _perform(self, effect: InstanceEffect) -> None:
        match effect:
            case StartInstance():
                self._start(effect)
            case RefreshResources():
                self._refresh(effect)
            case UploadFiles():
                self._upload(effect)
            case ForgetInstance():
                pass

    def _start(self, effect: StartInstance) -> None:
        try:
            refused = self._exchange.lay_out(effect.resources, lambda: self._stopped)
            self._reports.say_all(refused)
            process = self._spawn(effect)
        except CommandError as error:
            self._fail(error.code, error.message)
        except StoreError as error:
            self._fail("ResourcesUnavailable", f"resources cannot be laid out: {error.message} ({error.code})")
        except (OSError, ValueError) as error:
            self._fail("InstanceNotStarted", f"the instance cannot start: {error}")
        else:
            if process is not None:
                self._reports.started()
                process.follow(self._reports.output, self._exited)

    def _spawn(self, effect: StartInstance) -> InstanceProcess | None:
        confinement = self._machine.confinement
        place = self._choose_workdir(effect)
        directories = confinement.directories(place)
        parsed = parse_command(effect.command)
        argv = [substitute(argument, directory_variables(directories)) for argument in parsed.argv]
        self._reports.say_all([f"warning: {warning}" for warning in parsed.warnings])
        if directories.job != "/job" and mentions_job(argv):
            self._reports.say(
                "warning: the command names /job, which is not this instance's directory because it is not confined; "
                "use relative paths or ${TASK_PATH}"
            )
        environment = instance_environment(
            effect.environment, directories, place.workdir, str(Path(sys.executable).parent)
        )
        require_program(
            argv[0],
            environment["PATH"],
            PurePosixPath(directories.job, place.workdir),
            lambda path: confinement.on_host(path, place),
        )
        wrapped = confinement.wrap(argv, place, network="batch" not in effect.profile)
        with self._lock:  # a stop comes before (nothing starts) or after (it finds the process)
            if self._stopped:
                return None
            self._process = InstanceProcess(wrapped, place.job / place.workdir, environment)
            self._pending += 1
            return self._process

    def _choose_workdir(self, effect: StartInstance) -> Place:
        wanted = working_directory(effect.environment)
        if wanted is None:
            asked = effect.environment["DOCKER_WORKDIR"]
            self._reports.say(f"warning: DOCKER_WORKDIR {asked} is outside /job; the command starts in /job instead")
        elif wanted:
            self._exchange.tree.make_directory(wanted)
        return attrs.evolve(self._place, workdir=wanted or "")

    def _refresh(self, effect: RefreshResources) -> None:
        try:
            refused = self._exchange.lay_out(effect.resources, lambda: self._stopped)
        except (StoreError, OSError) as error:
            self._reports.say(f"warning: resources are not fully updated: {error}")
        else:
            self._reports.say_all(refused)

    def _upload(self, effect: UploadFiles) -> None:
        if effect.final and self._process is not None:
            self._process.ended.wait()
        try:
            done = self._exchange.upload(effect.filter, effect.bucket, effect.prefix)
        except (StoreError, FilterError, OSError, RecursionError) as error:
            self._reports.uploaded(effect.upload, (), 0, str(error))
        else:
            self._reports.say_all(done.remarks)
            self._reports.uploaded(effect.upload, done.keys, done.size, None)

    def _exited(self, end: Exit) -> None:
        try:
            if not self._stopped:
                self._reports.exited(end)
        finally:
            self._count(-1)

    def _fail(self, code: str, message: str) -> None:
        self._reports.say(message)
        if not self._stopped:
            self._reports.failed(code, message)

    def _guard(self, report: Report) -> Report:
        return lambda command: None if self._closing else report(command)

    def _count(self, change: int) -> None:
        with self._lock:
            self._pending += change
