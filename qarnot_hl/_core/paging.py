"""Pages of a listing, as typed values. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from attrs import frozen

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.wire_values import integer, mapping, objects

T = TypeVar("T")


@frozen
class PaginateResponse(Generic[T]):
    """One page. ``token`` asked for it, ``next_token`` asks for the following one while ``is_truncated``."""

    token: str | None
    next_token: str | None
    is_truncated: bool
    page_data: Sequence[T]

    def __iter__(self) -> Iterator[T]:
        """The objects of this page."""
        return iter(self.page_data)

    def __len__(self) -> int:
        """How many objects this page holds."""
        return len(self.page_data)

    @property
    def following(self) -> str | None:
        """The token of the next page, or None after the last.

        ``is_truncated`` decides: a server may fill ``next_token`` on the last page too (reference 3.2). A
        token that repeats the one just used would never end, so it ends the listing.
        """
        if not self.is_truncated or self.next_token == self.token:
            return None
        return self.next_token


@frozen
class OffsetResponse(Generic[T]):
    """One page of a listing by position: ``page_data`` starts at ``offset``; ``total`` objects exist."""

    total: int
    offset: int
    limit: int
    page_data: Sequence[T]

    @property
    def following(self) -> int | None:
        """The offset of the next page, or None after the last; a page without objects is the last."""
        after = self.offset + len(self.page_data)
        return after if self.page_data and after < self.total else None


def read_page(body: Json, token: str | None, build: Callable[[JsonObject], T]) -> PaginateResponse[T]:
    """A page from its JSON; missing and null keys read as an empty last page."""
    page = body if isinstance(body, dict) else {}
    entries = page.get("data")
    return PaginateResponse(
        token=_token(page.get("token")) or token,
        next_token=_token(page.get("nextToken")),
        is_truncated=bool(page.get("isTruncated")),
        page_data=[build(entry) for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else [],
    )


def _token(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def read_offset_page(body: Json, offset: int, build: Callable[[JsonObject], T]) -> OffsetResponse[T]:
    """A page by position from its JSON, asked for at ``offset``; what is missing reads as an empty last page."""
    page = mapping(body)
    started = integer(page.get("offset"))
    return OffsetResponse(
        total=integer(page.get("total")) or 0,
        offset=offset if started is None else started,
        limit=integer(page.get("limit")) or 0,
        page_data=[build(entry) for entry in objects(page.get("data"))],
    )
