"""Pages: what they hold, and when a listing ends."""

from __future__ import annotations

from typing import Any

import pytest

from qarnot_hl._core.paging import OffsetResponse, PaginateResponse, read_page


def page(**body: Any) -> PaginateResponse[Any]:
    return read_page(body, "asked", lambda entry: entry["uuid"])


def test_a_page_holds_what_the_server_sent() -> None:
    found = page(data=[{"uuid": "a"}, {"uuid": "b"}], nextToken="n", isTruncated=True, token="echo")
    assert (found.token, found.next_token, found.is_truncated) == ("echo", "n", True)
    assert (list(found), len(found), found.following) == (["a", "b"], 2, "n")


def test_a_filled_token_on_the_last_page_does_not_go_on() -> None:
    assert page(data=[], nextToken="n", isTruncated=False).following is None


def test_a_truncated_page_without_a_token_ends_the_listing() -> None:
    assert page(data=[], nextToken=None, isTruncated=True).following is None
    assert page(data=[], nextToken="", isTruncated=True).following is None


def test_a_token_that_repeats_itself_ends_the_listing() -> None:
    assert page(nextToken="asked", isTruncated=True).following is None


@pytest.mark.parametrize("body", [{}, {"data": None}, None, []])
def test_a_page_without_data_is_an_empty_last_page(body: Any) -> None:
    found = read_page(body, None, lambda entry: entry)
    assert (list(found), found.following, found.token) == ([], None, None)


@pytest.mark.parametrize(
    ("offset", "count", "total", "following"), [(0, 50, 120, 50), (100, 20, 120, None), (0, 0, 9, None)]
)
def test_an_offset_listing_goes_on_by_what_it_got(offset: int, count: int, total: int, following: int | None) -> None:
    assert OffsetResponse(total, offset, 0, [None] * count).following == following
