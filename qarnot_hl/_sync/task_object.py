# Generated from qarnot_hl/_async/task_object.py by scripts/unasync.py. Do not edit.
"""The part of a task that everything else stands on: its state, the calls about it, and how it is fetched and shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self

from qarnot_hl._core.exchange import ApiResponse
from qarnot_hl._core.freshness import is_stale
from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.resource_state import ResourceState
from qarnot_hl._core.task_fields import TaskFields
from qarnot_hl._sync.refresh import Refreshing
from qarnot_hl.exceptions import MissingTaskException, QarnotGenericException

if TYPE_CHECKING:
    from qarnot_hl._sync.connection import Connection


class TaskObject(TaskFields, Refreshing):
    """A task as a state on a connection. Printing, comparing and pickling it never asks the server."""

    def _set_up(self, connection: Connection, state: ResourceState) -> None:
        self._connection = connection
        self._state = state

    def update(self, flushcache: bool = False) -> None:
        """Fetch the task anew: if the last time is ``update_cache_time`` seconds ago, or with ``flushcache``.

        Local changes that were not committed stay. Does nothing before submit. Raises
        :class:`~qarnot_hl.exceptions.MissingTaskException`.
        """
        now = self._connection._clock.monotonic()
        if self.uuid is None:
            return
        if flushcache or is_stale(self._state.fetched_at, now, cache_time=self.update_cache_time):
            self._fetch()

    def _fetch(self) -> None:
        from qarnot_client.api.tasks import task_get

        body = (self._call(task_get._get_kwargs, "task_get")).json()
        if not isinstance(body, Mapping):
            raise QarnotGenericException(f"the answer about {self!r} is no object", object_id=self.uuid)
        self._state.replace(body, self._connection._clock.monotonic())

    def _load(self) -> None:
        """Fetch what a summary or a fresh submit lacks."""
        if self.uuid is not None and not self._state.complete:
            self._fetch()

    def _call(self, kwargs: Callable[..., Mapping[str, Any]], operation: str, *rest: Any, **body: Any) -> ApiResponse:
        """One operation about this task. Raises MissingTaskException before submit."""
        if self.uuid is None:
            raise MissingTaskException(f"{self!r} is not submitted", next_step="Call submit() first.")
        return self._connection._api.call(kwargs(self.uuid, *rest, **body), operation)

    def discard_edits(self) -> None:
        """Take back all changes that were neither submitted nor committed."""
        self._state.edits.clear()

    def _peek(self, attribute: str) -> Any:
        """An attribute's value as far as it is known, without asking."""
        return self.fields[attribute].value_of(self)

    def _known(self, key: str) -> Json:
        return self._state.get(key)

    def __repr__(self) -> str:
        """Name, uuid and state, as far as known."""
        return f"{type(self).__name__}({self._peek('name')!r}, uuid={self.uuid!r}, state={self._peek('state')!r})"

    def __rich_repr__(self) -> Any:
        """What is known, by name; nothing is fetched."""
        yield "uuid", self.uuid
        for name in self.fields:
            value = self._peek(name)
            yield name, value, type(value)() if isinstance(value, str | list | int) else None

    @classmethod
    def from_json(cls, connection: Connection, json_task: JsonObject, is_summary: bool = False) -> Self:
        """A task from the JSON of the API. ``is_summary``: fields may be missing from it."""
        task = cls.__new__(cls)
        task._set_up(connection, ResourceState(json_task, not is_summary, connection._clock.monotonic()))
        return task
