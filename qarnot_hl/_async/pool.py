"""Pools: machines that are kept ready for tasks, so many or as many as the tasks need."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from qarnot_hl._async.facts import AsyncFacts
from qarnot_hl._async.fanout import sleep
from qarnot_hl._async.output import AsyncOutput
from qarnot_hl._async.redo import AsyncRedo
from qarnot_hl._async.resource_buckets import RESOURCES, AsyncResourceBuckets
from qarnot_hl._core.exact_body import exact_body
from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.limits import current, limited
from qarnot_hl._core.poll import is_over, look_limit, next_pause, outlives
from qarnot_hl._core.pool_fields import ELASTIC, SCALING, PoolFields
from qarnot_hl._core.pool_payload import PoolCommit, pool_after_submit, pool_commit, pool_creation_body
from qarnot_hl._core.pool_state import ENDING, OVER, READY, is_in
from qarnot_hl._core.project import Project
from qarnot_hl._core.resource_state import ResourceState
from qarnot_hl._core.task_state import DELETED
from qarnot_hl._core.wire_values import mapping, objects
from qarnot_hl.exceptions import MissingPoolException, QarnotException
from qarnot_hl.privileges import Privileges
from qarnot_hl.scaling import Scaling
from qarnot_hl.scheduling_type import SchedulingType

if TYPE_CHECKING:
    from qarnot_hl._async.connection import AsyncConnection
    from qarnot_hl._async.job import AsyncJob
    from qarnot_hl._async.task import AsyncTask


class AsyncPool(PoolFields, AsyncOutput, AsyncFacts, AsyncResourceBuckets, AsyncRedo):
    """A pool, new (``connection.create_pool``, ``connection.create_elastic_pool``) or fetched (``connection.pools``,
    ``connection.retrieve_pool``).

    ``profile``: what its machines can run. ``instancecount``: how many slots, unless the pool is elastic or has a
    scaling. ``shortname``: a unique name of your own. A pool is billed until it is closed; ``close`` it.
    """

    NOUN: ClassVar[str] = "pool"
    MISSING = MissingPoolException
    BUCKETS = frozenset({"resources"})

    def __init__(
        self,
        connection: AsyncConnection,
        name: str,
        profile: str,
        instancecount: int = 1,
        shortname: str | None = None,
        scheduling_type: SchedulingType | None = None,
        project: Project | None = None,
    ) -> None:
        self._set_up(connection, ResourceState())
        self.name, self.profile, self.instancecount, self.shortname = name, profile, instancecount, shortname
        self.scheduling_type, self.project = scheduling_type, project

    @classmethod
    def from_json(cls, connection: AsyncConnection, json_pool: JsonObject, is_summary: bool = False) -> Self:
        """A pool from the JSON of the API. ``is_summary``: fields may be missing from it."""
        return cls._of(connection, json_pool, not is_summary)

    async def submit(self, *, submit_id: str | None = None) -> None:
        """Send the pool to the cloud. Does nothing when it is submitted already. Tasks can be submitted in it at once.

        ``submit_id``: a text of your own, up to 48 letters, digits and hyphens, by which a program that died can
        submit again without making a second one: what was submitted under this id is then taken over.

        Raises :class:`~qarnot_hl.exceptions.MaxPoolException`,
        :class:`~qarnot_hl.exceptions.NotEnoughCreditsException`,
        :class:`~qarnot_hl.exceptions.MissingBucketException` for an unknown resource,
        :class:`~qarnot_hl.exceptions.UnauthorizedException`, and
        :class:`~qarnot_hl.exceptions.QarnotGenericException` with the server's words for what is not valid, or, before
        anything is sent, for a pool that is elastic and has a scaling.
        """
        async with self._turn:
            if self.uuid is None:
                body = self._to_json()
                done = await self._create(body, submit_id)
                self._accept(pool_after_submit(body, done.uuid))
                self._adopt(done)

    def _to_json(self) -> dict[str, Json]:
        """The body of a submit."""
        return pool_creation_body(self._state)

    async def commit(self) -> None:
        """Send changed constants, tags, elastic settings and scaling. Nothing is sent when nothing was changed.

        A scaling goes to an operation of its own, after the rest; a refused one stays a local change. Raises
        :class:`~qarnot_hl.exceptions.QarnotGenericException` naming other changes, which the server would ignore, and
        with the server's words for what is not valid, :class:`~qarnot_hl.exceptions.UnauthorizedException` when the
        pool is closed, and :class:`~qarnot_hl.exceptions.MissingPoolException`, also before submit.
        """
        from qarnot_client.models.pool_update_input import PoolUpdateInput

        names = self.attribute_names() | {RESOURCES: "resources"}
        wanted = PoolCommit({}) if self.uuid is None else pool_commit(self._state, names)
        if wanted.update or self.uuid is None:
            await self._operate("update", body=exact_body(PoolUpdateInput, wanted.update))
            self._state.settle(wanted.update)
        if wanted.scaling is not None:
            await self._send_scaling(wanted.scaling)
            self._state.settle({SCALING: wanted.scaling})
            self._state.edits.pop(ELASTIC, None)

    async def fetch_scaling(self) -> Scaling:
        """The scaling as the server has it now, with the name of the active policy. Raises
        :class:`~qarnot_hl.exceptions.MissingPoolException`, also before submit.
        """
        return Scaling.from_json(mapping((await self._operate("scaling_get")).json()))

    async def update_scaling(self, scaling: Scaling) -> None:
        """Give the pool this scaling now, in place of the one it has. Before submit, assign ``scaling`` instead.

        ``connection.check_scaling`` asks beforehand. Raises :class:`~qarnot_hl.exceptions.QarnotGenericException` with
        the server's words for what is not valid, :class:`~qarnot_hl.exceptions.UnauthorizedException` when the pool is
        closed, and :class:`~qarnot_hl.exceptions.MissingPoolException`, also before submit.
        """
        await self._send_scaling(scaling.to_json())
        await self.update(True)

    async def _send_scaling(self, scaling: Json) -> None:
        from qarnot_client.models.scaling import Scaling as Body

        await self._operate("scaling_update", body=exact_body(Body, mapping(scaling)))

    async def update_resources(self) -> None:
        """Make new and changed files of the resource buckets appear on the machines of the pool.

        Files that were deleted from a bucket stay there. When the files have arrived is known to the machines only.
        """
        await self._operate("resources_update")
        await self.update(True)

    async def close(self) -> None:
        """Let the pool take no more tasks and give its machines back.

        It goes through ``Closing`` to ``Closed``: ``wait_closed`` for it. Raises
        :class:`~qarnot_hl.exceptions.InvalidStateException`, an
        :class:`~qarnot_hl.exceptions.UnauthorizedException`, when it is closed, and
        :class:`~qarnot_hl.exceptions.MissingPoolException`.
        """
        await self._operate("close")
        await self.update(True)

    async def delete(self, purge_resources: bool = False) -> None:
        """Delete the pool, closing it if it is open; with ``purge_resources`` also its buckets with all their files.

        Does nothing before submit and after a delete. Raises :class:`~qarnot_hl.exceptions.MissingPoolException`.
        """
        if self.uuid is None or self._peek("state") == DELETED:
            return
        if purge_resources:
            await self._load()
        await self._delete_with([*self._resources_view()] if purge_resources else [])

    async def clone(self, **changes: object) -> Self:
        """Submit a new pool with what this one was made of, and give it, fetched.

        ``changes``: attributes of the new pool by name, like ``instancecount=3``; their rules are those of
        ``connection.create_pool``. Raises TypeError for a name that is no such attribute, what ``submit`` raises, and
        :class:`~qarnot_hl.exceptions.MissingPoolException`.
        """
        from qarnot_client.models.pool_clone_input import PoolCloneInput

        return await self._again("clone", PoolCloneInput, pool_creation_body, changes)

    async def wait_ready(self, timeout: float | None = None) -> bool:
        """Wait until all machines of the pool are ready (``FullyExecuting``); whether they are.

        False when ``timeout`` seconds are over (None: no limit), when the pool has ended or is ending, and at once
        before submit. Tasks need not wait for this. Raises :class:`~qarnot_hl.exceptions.MissingPoolException`.
        """
        await self._wait_for(READY | ENDING, timeout)
        return is_in(self._peek("state"), READY)

    async def wait_closed(self, timeout: float | None = None) -> bool:
        """Wait until the pool is ``Closed`` or has failed; whether it is, after ``timeout`` seconds (None: no limit).

        False at once before submit. Raises :class:`~qarnot_hl.exceptions.MissingPoolException` when it was deleted.
        """
        await self._wait_for(OVER, timeout)
        return is_in(self._peek("state"), OVER)

    async def _wait_for(self, states: frozenset[str], timeout: float | None) -> None:
        """Look until the state is one of these, or time is over."""
        clock = self._connection._clock
        started = heard = clock.monotonic()
        while self.uuid is not None:
            try:
                with limited(clock.monotonic, look_limit(clock.monotonic() - started, timeout)):
                    await self.update(True)
                heard = clock.monotonic()
            except QarnotException as error:
                if not outlives(error, clock.monotonic() - heard, self._connection._api.policy, current().left()):
                    raise
            elapsed = clock.monotonic() - started
            if is_in(self._peek("state"), states) or is_over(elapsed, timeout):
                return
            await sleep(clock, current().pause(next_pause(elapsed, timeout)))

    # sync: @property
    async def tasks(self) -> list[AsyncTask]:
        """The tasks that were submitted in the pool, asked anew each time; none before submit."""
        from qarnot_hl._async.task import AsyncTask

        if self.uuid is None:
            return []
        body = (await self._operate("tasks_list")).json()
        return [AsyncTask.from_json(self._connection, entry) for entry in objects(body)]

    # sync: @property
    async def jobs(self) -> list[AsyncJob]:
        """The jobs that were submitted in the pool, asked anew each time; none before submit."""
        from qarnot_hl._async.job import AsyncJob

        if self.uuid is None:
            return []
        body = (await self._operate("jobs_list")).json()
        return [AsyncJob.from_json(self._connection, entry) for entry in objects(body)]

    def allow_credentials_to_be_exported_to_pool_environment(self) -> None:
        """Make the token and the storage credentials variables in the pool's instances."""
        self.privileges = Privileges(True)
