"""Resource buckets into a working directory, and changed files out of it into a result bucket.

The I/O around ``layout``, ``changes`` and ``filters`` for one instance; used by one thread. Problems with a single
object or file become sentences, not failures, except where nothing sensible can follow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from qarnot_mock.executors.local.changes import FileMark, find_changes
from qarnot_mock.executors.local.filters import path_selector
from qarnot_mock.executors.local.layout import LayoutPlan, PlannedFile, plan_layout
from qarnot_mock.executors.local.tree import FileChanged, WorkTree, digest_of
from qarnot_mock.sim.commands import Instant
from qarnot_mock.sim.effects import FileFilter, Resource
from qarnot_mock.storage.store import ObjectStore, StoreError


@attrs.frozen
class Upload:
    """What has been stored: keys and their total size in bytes. ``remarks`` are sentences about what was left out."""

    keys: tuple[str, ...]
    size: int
    remarks: tuple[str, ...]


@attrs.define
class Exchange:
    """The traffic between one working directory and the store."""

    tree: WorkTree
    store: ObjectStore
    now: Callable[[], Instant]
    _laid: dict[str, tuple[str, str, str]] = attrs.field(factory=dict, init=False)  # path to (bucket, key, etag)
    _baseline: dict[str, FileMark] = attrs.field(factory=dict, init=False)

    def lay_out(self, resources: Sequence[Resource], cancelled: Callable[[], bool]) -> tuple[str, ...]:
        """Bring every object that is new or has changed since the last call; delete nothing.

        Stops early once ``cancelled``. Returns what was refused. Raises StoreError (a bucket is missing) and OSError
        (the disk is full, or a file of the process is in the way).
        """
        plan = self._plan(resources)
        for directory in plan.directories:
            self.tree.make_directory(directory)
        for planned in plan.files:
            if cancelled():
                break
            identity = (planned.bucket, planned.info.key, planned.info.etag)
            if self._laid.get(planned.path) != identity and self._fetch(planned):
                self._laid[planned.path] = identity
        return plan.refused

    def upload(self, chosen: FileFilter, bucket: str, prefix: str) -> Upload:
        """Store the created and changed files that the filter takes, each under ``prefix`` + relative path.

        Raises FilterError, and StoreError when the bucket refuses.
        """
        selected = path_selector(chosen)
        scan = self.tree.scan()
        remarks = [f"{path} is not uploaded: {why}" for path, why in scan.skipped.items() if selected(path)]
        candidates = {path: found for path, found in scan.files.items() if selected(path)}
        changes = find_changes(self._baseline, candidates)
        keys, size = [], 0
        for path in sorted((*changes.changed, *changes.touched)):
            try:
                content = self.tree.read(path)
            except (OSError, FileChanged) as error:
                remarks.append(f"{path} is not uploaded: {_reason(error)}")
                continue
            if path in changes.touched and digest_of(content) == self._baseline[path].digest:
                continue
            self.store.put(bucket, prefix + path, content, self.now())
            keys.append(prefix + path)
            size += len(content)
        return Upload(tuple(keys), size, tuple(remarks))

    def _plan(self, resources: Sequence[Resource]) -> LayoutPlan:
        return plan_layout([(resource, self.store.list(resource.bucket, resource.prefix)) for resource in resources])

    def _fetch(self, planned: PlannedFile) -> bool:
        try:
            content = self.store.get(planned.bucket, planned.info.key)
        except StoreError as error:
            if error.code == "NoSuchKey":  # deleted since it was listed
                return False
            raise
        mark = self.tree.write(planned.path, content, planned.info.last_modified * 1000)
        self._baseline[planned.path] = mark
        return True


def _reason(error: OSError | FileChanged) -> str:
    if isinstance(error, FileNotFoundError):
        return "it vanished while results were collected"
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
