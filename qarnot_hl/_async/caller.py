"""What can send operations: the base of a connection, as far as its parts and clients need to know it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, TypeVar

from qarnot_hl._async.api import AsyncApi
from qarnot_hl._core.exact_body import exact_body
from qarnot_hl._core.filters import ApiFilter, concat_filters, page_request, tag_filter
from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.paging import PaginateResponse, read_page

T = TypeVar("T")
Tags = str | Iterable[str] | None


class AsyncCaller:
    """Holds the API of one cluster for one token."""

    _api: AsyncApi

    async def _call(self, operation_kwargs: Mapping[str, Any], operation: str) -> Json:
        """One operation's answer as JSON."""
        return (await self._api.call(operation_kwargs, operation)).json()

    async def _page(
        self,
        noun: str,
        read: Callable[[JsonObject, bool], T],
        token: str | None,
        maximum: int | None,
        tags: tuple[Tags, Tags],
        filters: ApiFilter | None,
        order: tuple[str | None, bool],
        summary: bool = False,
    ) -> PaginateResponse[T]:
        """One page of tasks, pools or jobs. ``read`` is told whether an entry is a summary.

        ``tags``: any of these, all of those. ``order``: the field, and whether descending.
        """
        from qarnot_client.models.page_detail_request import PageDetailRequest

        wanted = concat_filters([f for f in (tag_filter(*tags), filters) if f is not None])
        short = summary and wanted is None
        operation = f"{noun}_summaries_paginate" if short else f"{noun}s_paginate"
        module = import_module(f"qarnot_client.api.{noun}s.{operation}")
        request = exact_body(PageDetailRequest, page_request(wanted, token, maximum, *order))
        body = await self._call(module._get_kwargs(body=request), operation)
        return read_page(body, token, lambda entry: read(entry, short))

    async def _through(self, fetch: Callable[[str | None], Any]) -> AsyncIterator[Any]:
        """The objects of all pages, each fetched when the last one is used up."""
        token: str | None = None
        while True:
            page = await fetch(token)
            for found in page.page_data:
                yield found
            token = page.following
            if token is None:
                return
