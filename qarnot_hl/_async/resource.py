"""What tasks, pools and jobs share: a state on a connection, the calls about it, and how it is fetched and shown.

Knows no field and no path: the class says which operations are its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Self

from qarnot_hl._async.fanout import OneAtATime
from qarnot_hl._async.refresh import AsyncRefreshing
from qarnot_hl._async.submission import failure, settle
from qarnot_hl._core.exact_body import exact_body
from qarnot_hl._core.exchange import ApiResponse, Outcome
from qarnot_hl._core.fields import FieldTable
from qarnot_hl._core.freshness import is_stale
from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.resource_state import ResourceState
from qarnot_hl._core.submission import Step, Submission, begin
from qarnot_hl._core.task_state import DELETED
from qarnot_hl.exceptions import QarnotException, QarnotGenericException, WaitException

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
        self._submission: Submission | None = None
        self._turn = OneAtATime()

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

    def _begin(self, body: JsonObject, submit_id: str | None) -> Submission:
        """The submit of this body: an earlier one that nobody heard the end of, or a new one."""
        open_one, connection = self._submission, self._connection
        if open_one is not None and submit_id in (None, open_one.nonce) and open_one.fits(body):
            return open_one
        switched_on = connection._settings.exactly_once
        return begin(body, submit_id, connection._nonce, has_labels="labels" in self._wire(), switched_on=switched_on)

    def _conclude(self, submission: Submission) -> None:
        """Remember a submit only while it is open whether there is an object."""
        is_open = submission.step is Step.FAILED and submission.uncertain
        self._submission = submission.interrupted() if is_open else None

    async def _create(self, body: JsonObject, submit_id: str | None) -> Submission:
        """Submit it with this body, exactly once. Raises what makes it impossible."""
        operation, model = f"{self.NOUN}s_create", f"{self.NOUN}_creation_input"
        module = import_module(f"qarnot_client.api.{self.NOUN}s.{operation}")
        kind = getattr(import_module(f"qarnot_client.models.{model}"), f"{self.NOUN.capitalize()}CreationInput")
        api = self._connection._api

        async def send(due: Mapping[int, Submission], limit: float | None) -> Sequence[Outcome]:
            self._submission = due[0].interrupted()
            kwargs = module._get_kwargs(body=exact_body(kind, due[0].marked(body)))
            return [await api.attempt(kwargs, limit)]

        (done,) = await settle(api, self.NOUN, [self._begin(body, submit_id)], send)
        self._conclude(done)
        if done.step is Step.FAILED:
            raise failure(api, self.NOUN, done, repr(self._peek("name")))
        return done

    def _adopt(self, submission: Submission) -> None:
        """Take over what an earlier sending had made, as the server tells it."""
        if submission.adopted and submission.found is not None:
            self._state.replace(submission.found, self._connection._clock.monotonic())

    async def _unhappy_end(self) -> WaitException:
        """The exception that a wait raises for an object that has ended, not well."""
        error = WaitException(f"{self!r} ended in {self._peek('state')}", object_id=self.uuid)
        error.subject = self
        return error

    def _note_deleted(self) -> None:
        """It is gone: from now on it is shown as it last was, and not asked for."""
        self.auto_update = False
        self._state.replace({**self._state.snapshot, "state": DELETED}, None)

    @classmethod
    def _wire(cls) -> frozenset[str]:
        return frozenset(row.key for row in cls.fields.values())

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
