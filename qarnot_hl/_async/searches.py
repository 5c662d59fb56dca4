"""Searches: objects with just the fields that are wanted, in one answer; a large account is paged through instead."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar, cast

from qarnot_hl._async.caller import AsyncCaller
from qarnot_hl._core.exact_body import exact_body
from qarnot_hl._core.filters import ApiFilter, Filters, selected
from qarnot_hl._core.json_types import JsonObject
from qarnot_hl._core.wire_values import objects

if TYPE_CHECKING:
    from qarnot_hl._async.connection import AsyncConnection
    from qarnot_hl._async.job import AsyncJob
    from qarnot_hl._async.pool import AsyncPool
    from qarnot_hl._async.resource import AsyncResource
    from qarnot_hl._async.task import AsyncTask

    R = TypeVar("R", bound=AsyncResource)


class AsyncSearchCalls(AsyncCaller):
    """What each of the three says holds for all.

    ``filters``: made by :class:`~qarnot_hl.filters.Filters`; None for all objects. ``select``: attributes or the
    server's names of fields, None for all that can be selected; the uuid always comes. ``maximum``: how many at most,
    None for no limit. What was not selected is fetched when it is first read, as with a summary.

    Raises :class:`~qarnot_hl.exceptions.QarnotGenericException` (400) for a field that cannot be filtered by, or not
    selected (reference 3.2).
    """

    async def search_tasks(
        self, filters: ApiFilter | None = None, select: Sequence[str] | None = None, maximum: int | None = None
    ) -> list[AsyncTask]:
        """Tasks, with the selected fields only."""
        from qarnot_hl._async.task import AsyncTask

        return await self._search(AsyncTask, filters, select, maximum)

    async def search_pools(
        self, filters: ApiFilter | None = None, select: Sequence[str] | None = None, maximum: int | None = None
    ) -> list[AsyncPool]:
        """Pools, with the selected fields only."""
        from qarnot_hl._async.pool import AsyncPool

        return await self._search(AsyncPool, filters, select, maximum)

    async def search_jobs(
        self, filters: ApiFilter | None = None, select: Sequence[str] | None = None, maximum: int | None = None
    ) -> list[AsyncJob]:
        """Jobs, with the selected fields only."""
        from qarnot_hl._async.job import AsyncJob

        return await self._search(AsyncJob, filters, select, maximum)

    async def _search(
        self, kind: type[R], filters: ApiFilter | None, select: Sequence[str] | None, maximum: int | None
    ) -> list[R]:
        wanted = None if select is None else selected(select, {name: field.key for name, field in kind.fields.items()})
        # What has these calls is a connection: its parts are written apart, for people.
        connection = cast("AsyncConnection", self)
        found = await self._found(kind.NOUN, filters, wanted, maximum)
        return [kind._of(connection, entry, complete=False) for entry in found]

    async def _found(
        self, noun: str, filters: ApiFilter | None, select: Sequence[str] | None, maximum: int | None
    ) -> list[JsonObject]:
        """The same as JSON. ``select``: the server's names of fields."""
        from qarnot_client.models.data_detail_request import DataDetailRequest

        detail = {k: v for k, v in Filters.data_detail(filters, select, maximum).items() if v is not None}
        module = import_module(f"qarnot_client.api.{noun}s.{noun}s_search")
        request = module._get_kwargs(body=exact_body(DataDetailRequest, detail))
        return objects(await self._call(request, f"{noun}s_search"))
