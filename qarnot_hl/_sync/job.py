# Generated from qarnot_hl/_async/job.py by scripts/unasync.py. Do not edit.
"""Jobs: tasks that belong together, that can wait for one another and end together."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from qarnot_hl._core.job_fields import DELETING, JobFields, job_after_submit, job_creation_body
from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.resource_state import ResourceState
from qarnot_hl._core.wire_values import objects
from qarnot_hl._sync.in_pool import InPool
from qarnot_hl._sync.pool import Pool
from qarnot_hl.exceptions import MissingJobException

if TYPE_CHECKING:
    from qarnot_hl._sync.connection import Connection
    from qarnot_hl._sync.task import Task


class Job(JobFields, InPool):
    """A job, new (``connection.create_job``) or fetched (``connection.jobs``, ``connection.retrieve_job``).

    ``pool``: where all its tasks run, a submitted pool or its uuid. ``use_dependencies``: whether its tasks may wait
    for one another. A job does not complete by itself when its tasks are done: ``terminate`` it.
    """

    NOUN: ClassVar[str] = "job"
    MISSING = MissingJobException

    def __init__(
        self,
        connection: Connection,
        name: str,
        pool: Pool | str | None = None,
        shortname: str | None = None,
        use_dependencies: bool = False,
    ) -> None:
        self._set_up(connection, ResourceState())
        self.name, self.shortname, self.use_dependencies = name, shortname, use_dependencies
        self.pool = pool

    @classmethod
    def from_json(cls, connection: Connection, payload: JsonObject) -> Self:
        """A job from the JSON of the API."""
        return cls._of(connection, payload)

    def submit(self, *, submit_id: str | None = None) -> None:
        """Send the job to the cloud, so that tasks can be submitted in it. Does nothing when it is submitted already.

        ``submit_id``: a text of your own, up to 48 letters, digits and hyphens, by which a program that died can
        submit again without making a second one: what was submitted under this id is then taken over. A job that has
        a shortname cannot have one: ValueError.

        Raises :class:`~qarnot_hl.exceptions.MaxJobException`,
        :class:`~qarnot_hl.exceptions.NotEnoughCreditsException`,
        :class:`~qarnot_hl.exceptions.UnauthorizedException`, and
        :class:`~qarnot_hl.exceptions.QarnotGenericException` with the server's words for what is not valid.
        """
        with self._turn:
            if self.uuid is None:
                body = self._to_json()
                done = self._create(body, submit_id)
                self._accept(job_after_submit(body, done.uuid))
                self._adopt(done)

    def _to_json(self) -> dict[str, Json]:
        """The body of a submit."""
        return job_creation_body(self._state)

    def terminate(self) -> None:
        """End the job: its unfinished tasks are cancelled. Does nothing before submit.

        It goes through ``Terminating`` to ``Completed``. Raises :class:`~qarnot_hl.exceptions.MissingJobException`.
        """
        if self.uuid is None:
            return
        self._operate("terminate")
        self.update(True)

    def delete(self, forceAbort: bool = False) -> None:  # noqa: N803  (the documented spelling)
        """Delete the job; with ``forceAbort`` also while tasks of it run, which are aborted.

        Does nothing before submit and after a delete. Raises :class:`~qarnot_hl.exceptions.UnauthorizedException`
        when tasks still run, and :class:`~qarnot_hl.exceptions.MissingJobException`.
        """
        if self.uuid is None or self._peek("state") == DELETING:
            return
        self._operate("delete", force=forceAbort)
        self.auto_update = False
        self._state.replace({**self._state.snapshot, "state": DELETING}, None)

    @property
    def tasks(self) -> list[Task]:
        """The tasks submitted in the job, asked anew each time; none before submit."""
        from qarnot_hl._sync.task import Task

        if self.uuid is None:
            return []
        body = (self._operate("tasks_list")).json()
        return [Task.from_json(self._connection, entry) for entry in objects(body)]
