"""Buckets: files under names in the account's storage, and their synchronisation with directories.

A bucket object is a name and settings; it holds no copy of what is in the storage. The work is done by the blocking
functions of ``qarnot_hl._s3``.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from copy import copy, deepcopy
from functools import partial
from typing import IO, TYPE_CHECKING, TypeVar

from qarnot_hl._async.bucket_file import AsyncBucketFile
from qarnot_hl._async.fanout import run_blocking
from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.safe_paths import as_prefix, sanitised
from qarnot_hl._core.sync_actions import SyncPlan, SyncReport
from qarnot_hl._core.wire_values import integer, lookup, mapping, text
from qarnot_hl._core.wired import beyond
from qarnot_hl._s3 import listing, local_tree, single, sync, upload
from qarnot_hl._s3.errors import translated
from qarnot_hl._s3.index import Index, default_path
from qarnot_hl._s3.parallel import WORKERS, Stop
from qarnot_hl._s3.place import Place
from qarnot_hl._s3.plane import Plane
from qarnot_hl._s3.progress import Progress, listening
from qarnot_hl.advanced_bucket import (
    AbstractFiltering,
    AbstractResourcesTransformation,
    Filtering,
    ResourcesTransformation,
    sanitised_path,
)
from qarnot_hl.exceptions import MissingFileException
from qarnot_hl.storage import AsyncStorage

if TYPE_CHECKING:
    from qarnot_hl._async.connection import AsyncConnection

KEYS = {"bucketName", "filtering", "resourcesTransformation", "cacheTTLSec"}
Path = str | os.PathLike[str]
Result = TypeVar("Result")


class AsyncBucket(AsyncStorage):
    """A bucket, for resources or results of tasks.

    ``create``: also create it, if the account has none of that name (the asynchronous flavour does no I/O here: there
    use the connection's ``create_bucket``). ``filtering``, ``resources_transformation``, ``cacheTTLSec`` (seconds):
    what tasks see of it as a resource, and how long machines keep it.

    Paths inside a bucket use ``/``. Needless slashes and surrounding blanks in the remote paths of uploads, deletions
    and synchronisations are dropped with a :class:`~qarnot_hl.bucket.BucketPathWarning`, as the connection's
    ``sanitize_bucket_paths`` and ``show_bucket_warnings`` say.

    Every call that reaches the storage raises :class:`~qarnot_hl.exceptions.BucketStorageUnavailableException` when the
    cluster has none, :class:`~qarnot_hl.exceptions.MissingBucketException`,
    :class:`~qarnot_hl.exceptions.UnauthorizedException`, and otherwise
    :class:`~qarnot_hl.exceptions.QarnotGenericException` with the storage's own words. Calls that move many files go on
    after a failure and raise :class:`~qarnot_hl.exceptions.TransferException` at the end, naming all of them.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        name: str,
        create: bool = False,  # async only
        # sync: create: bool = True,
        filtering: Filtering | None = None,
        resources_transformation: ResourcesTransformation | None = None,
        cacheTTLSec: int | None = None,  # noqa: N803  (the documented spelling)
    ) -> None:
        self._connection = connection
        self._uuid = name
        self._filtering = deepcopy(filtering) or Filtering()
        self._resources_transformation = deepcopy(resources_transformation) or ResourcesTransformation()
        self._cache_ttl_sec = cacheTTLSec
        self._more: JsonObject = {}
        if connection._settings.sanitize_bucket_paths:
            self._filtering.sanitize_filter_paths(connection._settings.show_bucket_warnings)
            self._resources_transformation.sanitize_transformation_paths(connection._settings.show_bucket_warnings)
        if create:
            # sync: self.create()
            raise ValueError("making this object does no I/O: use `await connection.create_bucket(name)`")  # async only

    @property
    def uuid(self) -> str:
        """The name, which identifies the bucket."""
        return self._uuid

    @property
    def name(self) -> str:
        """The name."""
        return self._uuid

    @property
    def description(self) -> str:
        """The name."""
        return self._uuid

    def __repr__(self) -> str:
        """The name, and what differs from the whole bucket."""
        settings = {
            "filtering": self._filtering.to_json() and self._filtering,
            "resources_transformation": self._resources_transformation.to_json() and self._resources_transformation,
            "cacheTTLSec": self._cache_ttl_sec,
        }
        told = "".join(f", {name}={value!r}" for name, value in settings.items() if value or value == 0)
        return f"AsyncBucket({self._uuid!r}{told})"

    def __eq__(self, other: object) -> bool:
        """Whether both are the bucket of that name; what tasks see of it does not count."""
        return self._uuid == other._uuid if isinstance(other, AsyncBucket) else NotImplemented

    def __hash__(self) -> int:
        return hash((AsyncBucket, self._uuid))

    def to_json(self) -> JsonObject:
        """The wire form of an advanced bucket (reference 3.11)."""
        return {
            "bucketName": self._uuid,
            "filtering": self._filtering.to_json(),
            "resourcesTransformation": self._resources_transformation.to_json(),
            "cacheTTLSec": self._cache_ttl_sec,
            **self._more,
        }

    @classmethod
    def from_json(cls, connection: AsyncConnection, json_bucket: Mapping[str, Json]) -> AsyncBucket:
        """Made from the wire form, whose paths stay as they are; creates nothing in the storage."""
        bucket = cls(connection, text(lookup(json_bucket, "bucketName")) or "", create=False)
        bucket._filtering = Filtering.from_json(mapping(lookup(json_bucket, "filtering")))
        transformation = mapping(lookup(json_bucket, "resourcesTransformation"))
        bucket._resources_transformation = ResourcesTransformation.from_json(transformation)
        bucket._cache_ttl_sec = integer(lookup(json_bucket, "cacheTTLSec"))
        bucket._more = beyond(json_bucket, KEYS)
        return bucket

    def with_filtering(self, filtering: AbstractFiltering) -> AsyncBucket:
        """The same bucket, of which tasks see only what ``filtering`` leaves. Replaces an earlier filtering."""
        changed = self._copy()
        changed._filtering = Filtering([deepcopy(filtering)])
        if self._connection._settings.sanitize_bucket_paths:
            changed._filtering.sanitize_filter_paths(self._connection._settings.show_bucket_warnings)
        return changed

    def with_resource_transformation(self, resource: AbstractResourcesTransformation) -> AsyncBucket:
        """The same bucket, whose files tasks see under changed names. Replaces an earlier transformation."""
        changed = self._copy()
        changed._resources_transformation = ResourcesTransformation([deepcopy(resource)])
        if self._connection._settings.sanitize_bucket_paths:
            show = self._connection._settings.show_bucket_warnings
            changed._resources_transformation.sanitize_transformation_paths(show)
        return changed

    def with_cache_ttl(self, ttl: int) -> AsyncBucket:
        """The same bucket, kept by machines for ``ttl`` seconds."""
        changed = self._copy()
        changed._cache_ttl_sec = ttl
        return changed

    async def create(self) -> None:
        """Create the bucket in the storage; the account's own existing one is left as it is."""
        plane = await self._plane()
        await run_blocking(plane.create_bucket, self._uuid)

    async def delete(self) -> None:
        """Delete the bucket with everything in it, past versions included."""

        client = await self._connection._s3client()

        def work(place: Place) -> None:
            single.empty(place, client)
            with translated("delete", place.bucket):
                client.delete_bucket(Bucket=place.bucket)

        await self._run(work)

    async def update(self, flush: bool = False) -> None:
        """Do nothing: a bucket object holds nothing that could be out of date. Kept from earlier APIs."""

    async def flush(self) -> None:
        """Do nothing: uploads are complete when their call returns. Kept from earlier APIs."""

    async def list_files(self) -> list[AsyncBucketFile]:
        """All files, in byte order of their keys."""
        return await self.directory("")

    async def directory(self, directory: str = "") -> list[AsyncBucketFile]:
        """The files whose key starts with ``directory``, in byte order of their keys.

        It is taken literally: ``data`` also finds ``data2/x``, ``data/`` does not.
        """

        def work(place: Place) -> list[AsyncBucketFile]:
            files = listing.remote_files(place, directory)
            return [AsyncBucketFile.of(self._connection, self._uuid, file) for file in files]

        return await self._run(work)

    async def contains(self, remote: str) -> bool:
        """Whether there is a file of exactly this key."""

        return await self._run(lambda place: listing.find(place, remote)) is not None

    async def sync_directory(
        self,
        directory: Path,
        verbose: bool = False,
        remote: str | None = None,
        *,
        allow_empty: bool = False,
        dry_run: bool = False,
        verify: bool = False,
        threads: int = WORKERS,
        progress: Progress = None,
    ) -> SyncReport:
        """Make the bucket, or its directory ``remote``, hold exactly what a local directory holds.

        Files are compared by size and content (ETag); content that is already there under another name is copied on the
        server. **Files of the bucket that are not in the local directory are deleted**, at the end and only if all else
        succeeded, and never beside ``remote``, which is a directory, not just the beginning of a name. ``verbose``:
        tell each action to the connection's logger. Empty directories become keys that end in ``/``. FIFOs, sockets,
        devices, broken links, links to directories and names that are not UTF-8 are left aside with a
        :class:`~qarnot_hl.bucket.BucketSyncWarning`, and what the bucket holds under their names is kept.

        ``dry_run``: do nothing, report what would be done (:meth:`plan_sync` tells why, too). ``verify``: read every
        local file again; otherwise one is taken to be unchanged while its size, times and inode are, as the local index
        remembers them. ``threads``: files transferred at a time. ``progress``: a callback (bytes moved, total bytes,
        key), called from a worker thread; True for bars, False for none, None for bars where a person looks.

        Raises OSError when there is no such directory, and unlike the official package
        :class:`~qarnot_hl.exceptions.EmptySourceException` when it holds no file and the bucket would be emptied
        (``allow_empty=True`` does that).
        """
        tree = await run_blocking(local_tree.scan, os.fspath(directory))
        prefix = self._prefix(remote)
        return await self._run(
            lambda place: sync.push(place, tree, prefix, allow_empty=allow_empty, dry_run=dry_run),
            verbose, verify=verify, threads=threads, progress=progress,
        )  # fmt: skip

    async def sync_files(
        self,
        files: Mapping[str, Path],
        verbose: bool = False,
        remote: str | None = None,
        *,
        allow_empty: bool = False,
        dry_run: bool = False,
        verify: bool = False,
        threads: int = WORKERS,
        progress: Progress = None,
    ) -> SyncReport:
        """As :meth:`sync_directory`, with the files given by name (below ``remote``) and local path."""
        named: dict[str, str] = {}
        for name, path in files.items():
            key = self._remote_path(name.replace(os.sep, "/")).lstrip("/" if remote else "")
            if key in named:
                raise ValueError(f"two of the files would be stored as {key!r}")
            named[key] = os.fspath(path)
        tree = await run_blocking(local_tree.named_files, named)
        prefix = self._prefix(remote)
        return await self._run(
            lambda place: sync.push(place, tree, prefix, allow_empty=allow_empty, dry_run=dry_run),
            verbose, verify=verify, threads=threads, progress=progress,
        )  # fmt: skip

    async def plan_sync(
        self, directory: Path, remote: str | None = None, *, download: bool = False, verify: bool = False
    ) -> SyncPlan:
        """What :meth:`sync_directory` would do and why, or with ``download`` :meth:`sync_remote_to_local`.

        Changes nothing. An empty source shows as deletions here; :meth:`sync_directory` would refuse it.
        """
        local = os.fspath(directory)
        if download:
            prefix = as_prefix(remote)
            return await self._run(lambda place: sync.plan_pull(place, local, prefix), verify=verify)
        tree, prefix = await run_blocking(local_tree.scan, local), self._prefix(remote)
        return await self._run(lambda place: sync.plan_push(place, tree, prefix), verify=verify)

    async def sync_remote_to_local(
        self,
        local_directoy: Path,
        remote_directory: str | None = None,
        *,
        verbose: bool = False,
        progress: Progress = None,
        dry_run: bool = False,
        verify: bool = False,
        threads: int = WORKERS,
    ) -> SyncReport:
        """Fetch the bucket, or its directory ``remote_directory``, into a local directory (the official spelling).

        Local files that have the content already are not fetched again; local files that the bucket does not have stay.
        A file is replaced when its download is complete and verified. A key that has no safe place below the directory
        (``..``, through a link to elsewhere, two keys for one path) is refused: the other files are fetched, then
        :class:`~qarnot_hl.exceptions.TransferException` names it. ``progress``: as for :meth:`get_file`; ``dry_run``,
        ``verify`` and ``threads``: as for :meth:`sync_directory`.
        """
        directory, prefix = os.fspath(local_directoy), as_prefix(remote_directory)
        return await self._run(
            lambda place: sync.pull(place, directory, prefix, dry_run=dry_run),
            verbose, verify=verify, threads=threads, progress=progress,
        )  # fmt: skip

    async def get_all_files(self, output_dir: Path, progress: Progress = None) -> SyncReport:
        """Fetch all files into a directory, as :meth:`sync_remote_to_local`."""
        return await self.sync_remote_to_local(output_dir, progress=progress)

    async def get_file(self, remote: str, local: Path | None = None, progress: Progress = None) -> str:
        """Fetch one file, creating directories as needed; returns the local path.

        ``local``: a file, or a directory to put it in; default: the last name of ``remote``, in the working directory.
        ``progress``: a callback (bytes read, total bytes, key), called from a worker thread; True for bars, False for
        none, None for bars where a person looks.
        Raises :class:`~qarnot_hl.exceptions.MissingFileException`, a ValueError: no such file.
        """
        target = None if local is None else os.fspath(local)

        try:
            return await self._run(lambda place: single.fetch(place, remote, target), progress=progress)
        except MissingFileException as error:
            if sanitised(remote)[0] != remote:
                error.add_note(f"Uploads drop needless slashes and blanks: perhaps it is {sanitised(remote)[0]!r}.")
            raise

    async def add_file(
        self, local_or_file: str | bytes | os.PathLike[str] | IO[bytes], remote: str | None = None
    ) -> None:
        """Upload a local file, or what is left to read in a binary file object.

        ``remote`` defaults to the last part of its name. Raises OSError when it cannot be read, ValueError when there
        is no name.
        """
        key = self._remote_path(remote or "") or single.default_key(local_or_file)
        await self._run(lambda place: single.store(place, local_or_file, key))

    async def add_string(self, string: str, remote: str) -> None:
        """Upload a text, in UTF-8."""
        key = self._remote_path(remote)
        content = io.BytesIO(string.encode())
        await self._run(lambda place: upload.put_stream(place, key, content))

    async def add_directory(self, local: Path, remote: str = "") -> SyncReport:
        """Upload a directory with its hierarchy below ``remote``, whatever the bucket holds; delete nothing.

        Links to directories are not followed. Raises OSError: not a valid directory.
        """
        prefix = as_prefix(self._remote_path(remote))
        tree = await run_blocking(local_tree.scan, os.fspath(local))
        return await self._run(lambda place: sync.add_tree(place, tree, prefix))

    async def copy_file(self, source: str, dest: str) -> None:
        """Copy a file inside the bucket, without moving its bytes through this machine."""
        await self._run(lambda place: single.copy(place, source, dest))

    async def delete_file(self, remote: str) -> None:
        """Delete a file. One that does not exist is no error."""
        key = self._remote_path(remote)

        await self._run(lambda place: single.remove(place, key))

    async def _run(
        self,
        work: Callable[[Place], Result],
        verbose: bool = False,
        *,
        verify: bool = False,
        threads: int = WORKERS,
        progress: Progress = False,
    ) -> Result:
        """Do blocking work with this bucket; calling it off makes its threads end at the next file or chunk."""
        plane, stop = await self._plane(), Stop()
        say, now = self._connection.logger.info if verbose else None, self._connection._clock.monotonic

        def with_bucket() -> Result:
            with Index(default_path()) as index, listening(progress, say) as tell:
                return work(Place(plane, self._uuid, index, stop, tell, now, threads, verify))

        try:
            return await run_blocking(with_bucket)
        except BaseException:
            stop.set()
            raise

    async def _plane(self) -> Plane:
        from qarnot_hl._s3.planes import build_plane

        return await self._connection._storage_client("plane", partial(build_plane, clock=self._connection._clock))

    def _prefix(self, remote: str | None) -> str:
        return as_prefix(self._remote_path(remote or ""))

    def _remote_path(self, path: str) -> str:
        settings = self._connection._settings
        return sanitised_path(path, settings.show_bucket_warnings) if settings.sanitize_bucket_paths else path

    def _copy(self) -> AsyncBucket:
        copied = copy(self)
        copied._filtering = deepcopy(self._filtering)
        copied._resources_transformation = deepcopy(self._resources_transformation)
        return copied
