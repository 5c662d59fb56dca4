# Generated from qarnot_hl/_async/searches.py by scripts/unasync.py. Do not edit.
"""Searches: objects with just the fields that are wanted, in one answer; a large account is paged through instead."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar, cast

from qarnot_hl._core.exact_body import exact_body
from qarnot_hl._core.filters import ApiFilter, Filters, selected
from qarnot_hl._core.json_types import JsonObject
from qarnot_hl._core.wire_values import objects
from qarnot_hl._sync.caller import Caller

if TYPE_CHECKING:
    from qarnot_hl._sync.connection import Connection
    from qarnot_hl._sync.job import Job
    from qarnot_hl._sync.pool import Pool
    from qarnot_hl._sync.resource import Resource
    from qarnot_hl._sync.task import Task

    R = TypeVar("R", bound=Resource)


class SearchCalls(Caller):
    """What each of the three says holds for all.

    ``filters``: made by :class:`~qarnot_hl.filters.Filters`; None for all objects. ``select``: attributes or the
    server's names of fields, None for all that can be selected; the uuid always comes. ``maximum``: how many at most,
    None for no limit. What was not selected is fetched when it is first read, as with a summary.

    Raises :class:`~qarnot_hl.exceptions.QarnotGenericException` (400) for a field that cannot be filtered by, or not
    selected (reference 3.2).
    """

    def search_tasks(
        self, filters: ApiFilter | None = None, select: Sequence[str] | None = None, maximum: int | None = None
    ) -> list[Task]:
        """Tasks, with the selected fields only."""
        from qarnot_hl._sync.task import Task

        return self._search(Task, filters, select, maximum)

    def search_pools(
        self, filters: ApiFilter | None = None, select: Sequence[str] | None = None, maximum: int | None = None
    ) -> list[Pool]:
        """Pools, with the selected fields only."""
        from qarnot_hl._sync.pool import Pool

        return self._search(Pool, filters, select, maximum)

    def search_jobs(
        self, filters: ApiFilter | None = None, select: Sequence[str] | None = None, maximum: int | None = None
    ) -> list[Job]:
        """Jobs, with the selected fields only."""
        from qarnot_hl._sync.job import Job

        return self._search(Job, filters, select, maximum)

    def _search(
        self, kind: type[R], filters: ApiFilter | None, select: Sequence[str] | None, maximum: int | None
    ) -> list[R]:
        wanted = None if select is None else selected(select, {name: field.key for name, field in kind.fields.items()})
        # What has these calls is a connection: its parts are written apart, for people.
        connection = cast("Connection", self)
        found = self._found(kind.NOUN, filters, wanted, maximum)
        return [kind._of(connection, entry, complete=False) for entry in found]

    def _found(
        self, noun: str, filters: ApiFilter | None, select: Sequence[str] | None, maximum: int | None
    ) -> list[JsonObject]:
        """The same as JSON. ``select``: the server's names of fields."""
        from qarnot_client.models.data_detail_request import DataDetailRequest

        detail = {k: v for k, v in Filters.data_detail(filters, select, maximum).items() if v is not None}
        module = import_module(f"qarnot_client.api.{noun}s.{noun}s_search")
        request = module._get_kwargs(body=exact_body(DataDetailRequest, detail))
        return objects(self._call(request, f"{noun}s_search"))
