"""The outcome of a bulk submit, entry by entry."""

from __future__ import annotations

from typing import Any

import pytest

from qarnot_hl._core.bulk import BulkTaskResponse, describe_refusals, read_results

OK = {"statusCode": 200, "uuid": "u-1", "message": None}
BAD = {"statusCode": 403, "uuid": None, "message": "Invalid fields: name"}


def test_each_entry_says_what_became_of_its_task() -> None:
    results = read_results([OK, BAD], 2)
    assert results is not None
    assert [(r.status_code, r.uuid, r.message, r.is_success()) for r in results] == [
        (200, "u-1", None, True),
        (403, None, "Invalid fields: name", False),
    ]


@pytest.mark.parametrize("entry", [{}, {"statusCode": 200}, {"statusCode": "x", "uuid": 3}, {"uuid": "", "message": 1}])
def test_an_entry_without_a_uuid_is_no_success(entry: dict[str, Any]) -> None:
    assert not BulkTaskResponse(entry).is_success()


@pytest.mark.parametrize("body", [None, {}, "text", [OK], [OK, BAD, OK], {"message": "all wrong"}])
def test_a_body_that_does_not_match_the_request_is_no_result(body: Any) -> None:
    assert read_results(body, 2) is None


def test_a_bulk_of_one_may_be_answered_like_a_single_task() -> None:
    results = read_results({"uuid": "u-1"}, 1)
    assert results is not None
    assert results[0].is_success()


def test_the_refused_tasks_are_listed_one_per_line() -> None:
    text = describe_refusals([("a", BulkTaskResponse(BAD)), ("b", BulkTaskResponse({}))], 5)
    assert text.splitlines() == [
        "2 of 5 tasks were refused:",
        "  'a': 403, Invalid fields: name",
        "  'b': None, no message",
    ]
