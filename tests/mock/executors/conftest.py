"""Shared by the local executor's tests: a store of a few lines, and a driver that waits for reports by events."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Mapping
from hashlib import md5
from pathlib import Path

import attrs
import pytest

from qarnot_mock.executors.local import Confinement, LocalExecutor, Unconfined, detect_confinement
from qarnot_mock.sim.commands import Command
from qarnot_mock.sim.effects import (
    Effect,
    FileFilter,
    ForgetInstance,
    InstanceKey,
    Resource,
    StartInstance,
    StopInstance,
    UploadFiles,
)
from qarnot_mock.storage.store import BucketInfo, ObjectInfo, StoreError

GUARD_SECONDS = 30  # only a test that fails waits this long
NOW = 1_700_000_000_000_000


class DictStore:
    """The part of an ObjectStore that an executor needs, in dictionaries."""

    def __init__(self) -> None:
        self.contents: dict[str, dict[str, tuple[bytes, ObjectInfo]]] = {}

    def fill(self, bucket: str, objects: Mapping[str, bytes | str]) -> None:
        self.create_bucket(bucket, NOW)
        for key, content in objects.items():
            self.put(bucket, key, content if isinstance(content, bytes) else content.encode(), NOW)

    def texts(self, bucket: str) -> dict[str, str]:
        return {key: content.decode() for key, (content, _) in self.contents[bucket].items()}

    def buckets(self) -> list[BucketInfo]:
        return [self.bucket(name) for name in sorted(self.contents)]

    def bucket(self, name: str) -> BucketInfo:
        objects = self._objects(name).values()
        return BucketInfo(name, NOW, len(objects), sum(info.size for _, info in objects))

    def create_bucket(self, name: str, now: int) -> bool:
        return self.contents.setdefault(name, {}) == {}

    def delete_bucket(self, name: str) -> None:
        del self.contents[name]

    def put(
        self,
        bucket: str,
        key: str,
        content: bytes,
        now: int,
        *,
        etag: str | None = None,
        content_type: str = "binary/octet-stream",
        metadata: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ObjectInfo:
        info = ObjectInfo(key, len(content), etag or md5(content).hexdigest(), now)
        self._objects(bucket)[key] = (content, info)
        return info

    def head(self, bucket: str, key: str) -> ObjectInfo:
        return self._object(bucket, key)[1]

    def get(self, bucket: str, key: str, start: int = 0, stop: int | None = None) -> bytes:
        return self._object(bucket, key)[0][start:stop]

    def delete(self, bucket: str, key: str) -> bool:
        return self._objects(bucket).pop(key, None) is not None

    def list(self, bucket: str, prefix: str = "", after: str = "") -> Iterator[ObjectInfo]:
        objects = self._objects(bucket)
        chosen = [key for key in objects if key.startswith(prefix) and key.encode() > after.encode()]
        return iter([objects[key][1] for key in sorted(chosen, key=str.encode)])

    def _objects(self, bucket: str) -> dict[str, tuple[bytes, ObjectInfo]]:
        if bucket not in self.contents:
            raise StoreError("NoSuchBucket", f"there is no bucket {bucket}")
        return self.contents[bucket]

    def _object(self, bucket: str, key: str) -> tuple[bytes, ObjectInfo]:
        if key not in self._objects(bucket):
            raise StoreError("NoSuchKey", f"there is no object {key} in {bucket}")
        return self.contents[bucket][key]


@attrs.define
class Driver:
    """Plays the world: hands effects to an executor and collects what it reports."""

    executor: LocalExecutor
    store: DictStore
    notices: list[str]
    seen: list[Command] = attrs.field(factory=list)
    _reports: queue.Queue[Command] = attrs.field(factory=queue.Queue)
    _uploads: int = 0

    def perform(self, effect: Effect) -> None:
        self.executor.perform(effect, self.store, self._reports.put)

    def start(
        self,
        command: str,
        *,
        instance: int = 0,
        resources: tuple[Resource, ...] = (),
        profile: str = "docker-batch",
        **environment: str,
    ) -> InstanceKey:
        key = InstanceKey("task", instance, 1)
        self.perform(StartInstance(key, profile, command, environment, resources))
        return key

    def wait_for(self, operation: str, containing: str = "") -> Command:
        """The next report of this operation whose body contains the text; everything before it is kept in seen."""
        while True:
            command = self._reports.get(timeout=GUARD_SECONDS)
            self.seen.append(command)
            if command.operation == operation and containing in str(command.body):
                return command
            assert operation == "executor_failed" or command.operation != "executor_failed", command.body

    def run(self, command: str, **options: object) -> Command:
        """Start instance 0 and wait for its exit."""
        self.start(command, **options)  # type: ignore[arg-type]
        return self.wait_for("executor_exited")

    def upload(
        self, key: InstanceKey, bucket: str, *, final: bool = True, prefix: str = "", **patterns: str
    ) -> Command:
        self._uploads += 1
        name = f"upload-{self._uploads}"
        self.perform(UploadFiles(name, key, bucket, prefix, FileFilter(**patterns), final))
        return self.wait_for("executor_uploaded", name)

    def stop(self, key: InstanceKey) -> None:
        self.perform(StopInstance(key))

    def forget(self, key: InstanceKey) -> None:
        self.perform(ForgetInstance(key))

    def output(self, stream: str = "stdout") -> str:
        """Everything seen so far on a stream."""
        bodies = [command.body for command in self.seen if command.operation == "executor_output"]
        return "".join(str(body["text"]) for body in bodies if isinstance(body, Mapping) and body["stream"] == stream)

    def operations(self) -> list[str]:
        return [command.operation for command in self.seen]


@pytest.fixture
def store() -> DictStore:
    return DictStore()


@pytest.fixture(scope="session")
def working_confinement() -> Confinement:
    return detect_confinement()


@pytest.fixture
def make_driver(store: DictStore, tmp_path: Path) -> Iterator[Callable[..., Driver]]:
    executors: list[LocalExecutor] = []

    def make(confinement: Confinement | None = None, grace_seconds: float = 30.0) -> Driver:
        notices: list[str] = []
        executor = LocalExecutor(
            notices.append,
            now=lambda: NOW,
            root=tmp_path,
            confinement=confinement or Unconfined("a test says so"),
            grace_seconds=grace_seconds,
        )
        executors.append(executor)
        return Driver(executor, store, notices)

    yield make
    for executor in executors:
        executor.close()


@pytest.fixture
def driver(make_driver: Callable[..., Driver]) -> Driver:
    return make_driver()


@pytest.fixture(params=["unconfined", "bubblewrap"])
def either(
    request: pytest.FixtureRequest, make_driver: Callable[..., Driver], working_confinement: Confinement
) -> Driver:
    """A driver without confinement, then one with bubblewrap where that works."""
    if request.param == "unconfined":
        return make_driver()
    if isinstance(working_confinement, Unconfined):
        pytest.skip(working_confinement.reason)
    return make_driver(working_confinement)
