"""Snapshots: results of a running task, uploaded before it ends (reference 3.11, 4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qarnot_hl._async.fanout import sleep
from qarnot_hl._async.task_object import AsyncTaskObject
from qarnot_hl._core.exact_body import exact_body
from qarnot_hl._core.json_types import JsonObject
from qarnot_hl._core.limits import current
from qarnot_hl._core.poll import is_over, next_pause
from qarnot_hl._core.wire_values import lookup, mapping, text
from qarnot_hl.exceptions import QarnotGenericException
from qarnot_hl.snapshot import PeriodicSnapshotConfiguration, Snapshot, SnapshotConfiguration

if TYPE_CHECKING:
    from qarnot_hl._async.bucket import AsyncBucket


class AsyncTaskSnapshots(AsyncTaskObject):
    """Taking snapshots.

    ``whitelist``, ``blacklist``: regular expressions that choose files; ``bucket``, ``bucket_prefix``: where to put
    them. None: as the task says. Raises :class:`~qarnot_hl.exceptions.MissingTaskException` and, on a task that does
    not run, :class:`~qarnot_hl.exceptions.UnauthorizedException`.
    """

    _pending_snapshot: PeriodicSnapshotConfiguration | None = None

    async def snapshot(
        self,
        interval: int,
        whitelist: str | None = None,
        blacklist: str | None = None,
        bucket: AsyncBucket | None = None,
        bucket_prefix: str | None = None,
    ) -> None:
        """Take a snapshot every ``interval`` seconds; 0 stops. Before submit: note it, and start after submit.

        Raises ValueError when the server does not accept the interval.
        """
        wanted = PeriodicSnapshotConfiguration(interval, whitelist, blacklist, _name(bucket), bucket_prefix)
        if self.uuid is None:
            self._pending_snapshot = wanted
            return
        await self._start_snapshots(wanted)

    async def _start_snapshots(self, wanted: PeriodicSnapshotConfiguration) -> None:
        from qarnot_client.api.tasks import task_snapshot_periodic
        from qarnot_client.models.periodic_snapshot_request import PeriodicSnapshotRequest

        body = exact_body(PeriodicSnapshotRequest, _without_nulls(wanted.to_json()))
        try:
            await self._call(task_snapshot_periodic._get_kwargs, "task_snapshot_periodic", body=body)
        except QarnotGenericException as error:
            if error.status == 400:
                raise ValueError(f"snapshot interval {wanted.interval} was refused: {error}") from error
            raise

    async def instant(
        self,
        whitelist: str | None = None,
        blacklist: str | None = None,
        bucket: AsyncBucket | None = None,
        bucket_prefix: str | None = None,
    ) -> str | None:
        """Take one snapshot now; its id, for ``snapshot_status`` and ``wait_snapshot``. None before submit."""
        if self.uuid is None:
            return None
        from qarnot_client.api.tasks import task_snapshot_create
        from qarnot_client.models.unique_snapshot_request import UniqueSnapshotRequest

        wanted = SnapshotConfiguration(whitelist, blacklist, _name(bucket), bucket_prefix)
        body = exact_body(UniqueSnapshotRequest, _without_nulls(wanted.to_json()))
        answer = await self._call(task_snapshot_create._get_kwargs, "task_snapshot_create", body=body)
        await self.update(True)
        return text(lookup(mapping(answer.json()), "id"))

    async def snapshot_status(self, snapshot_id: str) -> Snapshot | None:
        """How far a snapshot is. None before submit."""
        if self.uuid is None:
            return None
        from qarnot_client.api.tasks import task_snapshot_get

        answer = await self._call(task_snapshot_get._get_kwargs, "task_snapshot_get", snapshot_id)
        return Snapshot.from_json(mapping(answer.json()))

    async def wait_snapshot(
        self, snapshot_id: str | None, timeout: float | None = None, follow_status: bool = False
    ) -> bool:
        """Wait for a snapshot; whether it is over (successful or not) within ``timeout`` seconds (None: no limit).

        ``follow_status``: log each change. False at once before submit and without an id.
        """
        if self.uuid is None or not snapshot_id:
            return False
        clock, shown = self._connection._clock, None
        started = clock.monotonic()
        while True:
            found = await self.snapshot_status(snapshot_id)
            status = None if found is None else found.status
            if follow_status and status is not None and status != shown:
                shown = status
                self._connection.logger.info("** Snapshot %s Status| %s", snapshot_id, status)
            if status is not None and status.is_completed:
                return True
            elapsed = clock.monotonic() - started
            if is_over(elapsed, timeout):
                return False
            await sleep(clock, current().pause(next_pause(elapsed, timeout)))


def _name(bucket: AsyncBucket | None) -> str | None:
    return None if bucket is None else bucket.uuid


def _without_nulls(body: JsonObject) -> JsonObject:
    """A null filter could be read as "no filter" instead of "as before"."""
    return {key: value for key, value in body.items() if value is not None}
