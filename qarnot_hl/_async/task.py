"""Tasks: computations in the cloud, made of instances that run the same constants on the same resources."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from qarnot_hl._async.fanout import run_blocking
from qarnot_hl._async.in_pool import AsyncInPool
from qarnot_hl._async.job import AsyncJob
from qarnot_hl._async.resource_buckets import RESOURCES, AsyncResourceBuckets, bucket_json
from qarnot_hl._async.task_facts import AsyncTaskFacts
from qarnot_hl._async.task_redo import AsyncTaskRedo
from qarnot_hl._async.task_snapshots import AsyncTaskSnapshots
from qarnot_hl._async.waiting import AsyncWaiting
from qarnot_hl._core.exact_body import exact_body
from qarnot_hl._core.json_types import Json
from qarnot_hl._core.membership import submitted_uuid
from qarnot_hl._core.project import Project
from qarnot_hl._core.resource_state import ResourceState
from qarnot_hl._core.submission import Submission
from qarnot_hl._core.task_payload import commit_body, creation_body, snapshot_after_submit
from qarnot_hl._core.task_state import DELETED, is_final
from qarnot_hl._core.wire_values import integer, mapping, text
from qarnot_hl.exceptions import (
    InvalidStateException,
    MissingTaskException,
)
from qarnot_hl.privileges import Privileges
from qarnot_hl.scheduling_type import SchedulingType

if TYPE_CHECKING:
    from qarnot_hl._async.bucket import AsyncBucket
    from qarnot_hl._async.connection import AsyncConnection
    from qarnot_hl._async.pool import AsyncPool

Path = str | os.PathLike[str]
Progress = bool | Callable[[float, float, str], None] | None
ABORT_GRACE = 60.0
BUCKETS = {
    RESOURCES: "resources",
    "resultBucket": "results",
    "resultsCacheTTLSec": "results",
}


class AsyncTask(AsyncWaiting, AsyncTaskSnapshots, AsyncTaskRedo, AsyncTaskFacts, AsyncResourceBuckets, AsyncInPool):
    """A task, new (``connection.create_task``) or fetched (``connection.tasks``, ``connection.retrieve_task``).

    ``profile_or_pool``: the profile to run with, or the submitted pool to run in, with the pool's profile, or, as
    documented, the ``job``. ``instancecount_or_range``: how many instances, or which, like ``"1-3,7"``.
    ``shortname``: a unique name of your own. ``job``: the submitted job that it belongs to; the job's pool, if it has
    one, is where it runs.

    Used as a context manager, **it deletes the task at the end**, as documented; the buckets stay.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        name: str,
        profile_or_pool: str | AsyncPool | AsyncJob | None = None,
        instancecount_or_range: int | str = 1,
        shortname: str | None = None,
        job: AsyncJob | None = None,
        scheduling_type: SchedulingType | None = None,
        project: Project | None = None,
    ) -> None:
        self._set_up(connection, ResourceState())
        self.name, self.shortname = name, shortname
        self.scheduling_type, self.project = scheduling_type, project
        self._put_in(profile_or_pool, job)
        if isinstance(instancecount_or_range, int):
            self.instancecount = instancecount_or_range
        else:
            self.advanced_range = instancecount_or_range

    def _put_in(self, profile_or_pool: str | AsyncPool | AsyncJob | None, job: AsyncJob | None) -> None:
        """Say where the task runs: one of a profile and a pool, or a job."""
        pool = None if isinstance(profile_or_pool, str | AsyncJob) else profile_or_pool
        joined = profile_or_pool if isinstance(profile_or_pool, AsyncJob) else None
        if job is not None and (pool is not None or joined is not None):
            raise ValueError(f"{profile_or_pool!r} and {job!r} are one too many: in a job, a task has its pool")
        self.profile = profile_or_pool if isinstance(profile_or_pool, str) else None
        self._state.edit("jobUuid", submitted_uuid(job or joined, AsyncJob))
        if pool is not None:
            self.pool = pool

    async def run(
        self,
        output_dir: Path | None = None,
        job_timeout: float | None = None,
        live_progress: bool = False,
        results_progress: Progress = None,
        follow_state: bool = False,
        follow_stdout: bool = False,
        follow_stderr: bool = False,
    ) -> None:
        """Submit, wait until the task has ended, and download its results into ``output_dir``, if given.

        ``job_timeout``: seconds after which a task that still runs is aborted; what it has uploaded is downloaded all
        the same. ``results_progress``: a callback (read, total, file name), or True for a bar. The rest: see ``wait``.
        Files in ``output_dir`` are overwritten. When this call is interrupted the task goes on.

        Raises what ``submit``, ``wait`` and ``download_results`` raise. A task that failed raises nothing here: look at
        ``state``, or use ``submit`` and ``wait_done``.
        """
        await self.submit()
        await self._see_through(job_timeout, live_progress, follow_state, follow_stdout, follow_stderr)
        if output_dir is not None:
            await self.download_results(output_dir, progress=results_progress)

    async def resume(
        self,
        output_dir: Path,
        job_timeout: float | None = None,
        live_progress: bool = False,
        results_progress: Progress = None,
    ) -> None:
        """Go on waiting for a submitted task, then download its results: ``run`` without the submit.

        Does nothing before submit.
        """
        if self.uuid is None:
            return
        await self._see_through(job_timeout, live_progress, False, False, False)
        await self.download_results(output_dir, progress=results_progress)

    async def _see_through(
        self, timeout: float | None, live_progress: bool, state: bool, stdout: bool, stderr: bool
    ) -> None:
        """Wait; when time is over abort, and give results a moment to arrive."""
        if await self.wait(timeout, live_progress, state, stdout, stderr):
            return
        try:
            await self.abort()
        except InvalidStateException:
            await self.update(True)
            if not is_final(self._peek("state")):
                raise
        await self.wait(ABORT_GRACE, live_progress, state, stdout, stderr)

    async def submit(self, *, submit_id: str | None = None) -> None:
        """Send the task to the cloud, once, also over a bad network. Does nothing when it is submitted already.

        ``submit_id``: a text of your own, up to 48 letters, digits and hyphens, by which a program that died can
        submit again without making a second one: what was submitted under this id is then taken over.

        Raises :class:`~qarnot_hl.exceptions.MaxTaskException`,
        :class:`~qarnot_hl.exceptions.NotEnoughCreditsException`,
        :class:`~qarnot_hl.exceptions.MissingBucketException` for an unknown resource, and
        :class:`~qarnot_hl.exceptions.QarnotGenericException` with the server's words for what is not valid.
        """
        async with self._turn:
            if self.uuid is not None:
                return
            await self._pre_submit()
            done = await self._create(self._to_json(), submit_id)
            await self._take_in(done)

    async def _pre_submit(self) -> None:
        """What must be done before the body is built: resources are uploaded when their calls return, so nothing."""

    def _to_json(self) -> dict[str, Json]:
        """The body of a submit."""
        return creation_body(self._state)

    async def _post_submit(self, uuid: str) -> None:
        """Take in what the server has accepted, and start the snapshots that were asked for before."""
        self._accept(snapshot_after_submit(self._to_json(), uuid))
        if self._pending_snapshot is not None:
            wanted, self._pending_snapshot = self._pending_snapshot, None
            await self._start_snapshots(wanted)

    async def _take_in(self, done: Submission) -> None:
        """Become what was submitted."""
        await self._post_submit(done.uuid)
        self._adopt(done)

    async def commit(self) -> None:
        """Send changed constants and tags of a submitted task. Nothing is sent when nothing was changed.

        Raises :class:`~qarnot_hl.exceptions.QarnotGenericException` naming other changes, which the server would
        ignore, and :class:`~qarnot_hl.exceptions.UnauthorizedException` when the task has ended.
        """
        from qarnot_client.api.tasks import task_update
        from qarnot_client.models.task_update_input import TaskUpdateInput

        sent = commit_body(self._state, self.attribute_names() | BUCKETS) if self.uuid is not None else {}
        if sent or self.uuid is None:
            await self._call(task_update._get_kwargs, "task_update", body=exact_body(TaskUpdateInput, sent))
        self._state.settle(sent)

    async def abort(self) -> None:
        """End the task, if it runs.

        It goes through ``PendingCancel`` to ``Cancelled``: ``wait`` for it. Raises
        :class:`~qarnot_hl.exceptions.InvalidStateException`, an
        :class:`~qarnot_hl.exceptions.UnauthorizedException`, when it has ended, and
        :class:`~qarnot_hl.exceptions.MissingTaskException`.
        """
        from qarnot_client.api.tasks import task_abort

        await self._call(task_abort._get_kwargs, "task_abort")
        await self.update(True)

    async def update_resources(self) -> None:
        """Make new and changed files of the resource buckets appear on the machines of a running task.

        Files that were deleted from a bucket stay there. When the files have arrived is known to the instances only.
        """
        from qarnot_client.api.tasks import task_resources_update

        await self._call(task_resources_update._get_kwargs, "task_resources_update")
        await self.update(True)

    async def delete(self, purge_resources: bool = False, purge_results: bool = False) -> None:
        """Delete the task, aborting it if it runs, and with ``purge_…`` also its buckets with all their files.

        Does nothing before submit and after a delete. Raises :class:`~qarnot_hl.exceptions.MissingTaskException`.
        """
        if self.uuid is None or self._peek("state") == DELETED:
            return
        if purge_resources or purge_results:
            await self._load()
        doomed = [*self._resources_view()] if purge_resources else []
        if purge_results and (results := self._results_bucket()) is not None:
            doomed.append(results)
        await self._delete_with(doomed)

    @property
    def results(self) -> AsyncBucket | None:
        """The bucket that gets the results; None: results are not kept. Looking at it creates nothing."""
        self._before_read("resultBucket", "results", False)
        return self._results_bucket()

    @results.setter
    def results(self, bucket: AsyncBucket | None) -> None:
        wire = {} if bucket is None else mapping(bucket_json(bucket))
        self._state.edit("resultBucket", wire.get("bucketName"))
        self._state.edit("resultsCacheTTLSec", wire.get("cacheTTLSec"))

    def _results_bucket(self) -> AsyncBucket | None:
        from qarnot_hl._async.bucket import AsyncBucket

        name, ttl = text(self._known("resultBucket")), integer(self._known("resultsCacheTTLSec"))
        return AsyncBucket.from_json(self._connection, {"bucketName": name, "cacheTTLSec": ttl}) if name else None

    async def download_results(self, output_dir: Path, progress: Progress = None) -> None:
        """Make ``output_dir`` hold the files of the result bucket; files that are there already are not fetched again.

        ``progress``: a callback (read, total, file name), or True for a bar. While the task runs, snapshots are what
        there is. When there is nothing to download, because the task is not submitted or has no result bucket, the
        connection's logger says so. Raises :class:`~qarnot_hl.exceptions.MissingBucketException`.
        """
        await self._load()
        bucket = self._results_bucket()
        await run_blocking(partial(os.makedirs, output_dir, exist_ok=True))
        if self.uuid is None or bucket is None:
            reason = "it is not submitted" if self.uuid is None else "it has no result bucket"
            self._connection.logger.info("** Results| nothing to download of %r: %s", self, reason)
            return
        await bucket.get_all_files(output_dir, progress=progress)

    def allow_credentials_to_be_exported_to_task_environment(self) -> None:
        """Make the token and the storage credentials variables in the instances."""
        self.privileges = Privileges(True)

    async def __aenter__(self) -> AsyncTask:
        """Itself."""
        return self

    async def __aexit__(self, exc_type: type[BaseException] | None, *exc_info: object) -> None:
        """Delete the task, unless it is gone already."""
        if exc_type is not None and issubclass(exc_type, MissingTaskException):
            return
        try:
            await self.delete()
        except MissingTaskException:
            return
