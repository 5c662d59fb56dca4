"""What tasks, pools and jobs share: a state on a connection, the calls about it, and how it is fetched and shown.

Knows no field and no path: the class says which operations are its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Self

from qarnot_hl._async.refresh import AsyncRefreshing
from qarnot_hl._core.creation import created_uuid
from qarnot_hl._core.exact_body import exact_body
from qarnot_hl._core.exchange import ApiResponse
from qarnot_hl._core.fields import FieldTable
from qarnot_hl._core.freshness import is_stale
from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.resource_state import ResourceState
from qarnot_hl.exceptions import QarnotException, QarnotGenericException

if TYPE_CHECKING:
    from qarnot_hl._async.connection import AsyncConnection


class AsyncResource(FieldTable, AsyncRefreshing):
    """An object of the cloud. Printing, comparing and pickling it never asks the server.

    ``NOUN``: how its operations begin, ``task`` for ``task_get`` in ``qarnot_client.api.tasks``. ``MISSING``: what is
    raised when there is none.
    """

    NOUN: ClassVar[str]
    MISSING: ClassVar[type[QarnotException]]

    def _set_up(self, connection: AsyncConnection, state: ResourceState) -> None:
        self._connection = connection
        self._state = state

    async def update(self, flushcache: bool = False) -> None:
        """Fetch the object anew: if the last time is ``update_cache_time`` seconds ago, or with ``flushcache``.

        Local changes that were not committed stay. Does nothing before submit. Raises
        :class:`~qarnot_hl.exceptions.MissingTaskException`, or the one of the pool or job.
        """
        now = self._connection._clock.monotonic()
        if self.uuid is None:
            return
        if flushcache or is_stale(self._state.fetched_at, now, cache_time=self.update_cache_time):
            await self._fetch()

    async def _fetch(self) -> None:
        body = (await self._operate("get")).json()
        if not isinstance(body, Mapping):
            raise QarnotGenericException(f"the answer about {self!r} is no object", object_id=self.uuid)
        self._state.replace(body, self._connection._clock.monotonic())

    async def _load(self) -> None:
        """Fetch what a summary or a fresh submit lacks."""
        if self.uuid is not None and not self._state.complete:
            await self._fetch()

    async def _operate(self, verb: str, *rest: Any, **body: Any) -> ApiResponse:
        """The operation of that verb on this object: ``get`` is ``task_get`` of a task."""
        operation = f"{self.NOUN}_{verb}"
        module = import_module(f"qarnot_client.api.{self.NOUN}s.{operation}")
        return await self._call(module._get_kwargs, operation, *rest, **body)

    async def _call(
        self, kwargs: Callable[..., Mapping[str, Any]], operation: str, *rest: Any, **body: Any
    ) -> ApiResponse:
        """One operation about this object. Raises what ``MISSING`` says before submit."""
        if self.uuid is None:
            raise self.MISSING(f"{self!r} is not submitted", next_step="Call submit() first.")
        return await self._connection._api.call(kwargs(self.uuid, *rest, **body), operation)

    async def _create(self, body: JsonObject) -> str:
        """Submit it with this body; the uuid that it got."""
        operation, model = f"{self.NOUN}s_create", f"{self.NOUN}_creation_input"
        module = import_module(f"qarnot_client.api.{self.NOUN}s.{operation}")
        kind = getattr(import_module(f"qarnot_client.models.{model}"), f"{self.NOUN.capitalize()}CreationInput")
        kwargs = module._get_kwargs(body=exact_body(kind, body))
        answer = await self._connection._call(kwargs, operation)
        return created_uuid(answer, f"the submit of {self._peek('name')!r}", self.NOUN)

    def _accept(self, snapshot: JsonObject) -> None:
        """The server has accepted the edits: this is what is known now."""
        self._state.edits.clear()
        self._state.replace(snapshot, self._connection._clock.monotonic(), complete=False)

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
        state = self._peek("state") if self._state.knows("state") else "not fetched"
        return f"{type(self).__name__}({self._peek('name')!r}, uuid={self.uuid!r}, state={state!r})"

    def __rich_repr__(self) -> Any:
        """What is known, by name; nothing is fetched."""
        yield "uuid", self.uuid
        for name in self.fields:
            value = self._peek(name)
            yield name, value, type(value)() if isinstance(value, str | list | int) else None

    @classmethod
    def _of(cls, connection: AsyncConnection, body: JsonObject, complete: bool = True) -> Self:
        """An object from the JSON of the API."""
        found = cls.__new__(cls)
        found._set_up(connection, ResourceState(body, complete, connection._clock.monotonic()))
        return found
