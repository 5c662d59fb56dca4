# Generated from tests/hl/searches/test_searches_async.py by scripts/unasync.py. Do not edit.
"""Searches with selected fields, against a scripted server. The blocking twin is made from this."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl.filters import Filters

pytestmark = pytest.mark.anyio

KINDS = ["tasks", "pools", "jobs"]


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_selected_fields_are_asked_for(kind: str, connect: Any, server: Any) -> None:
    server.on(f"POST /{kind}/search", [{"uuid": "u-1", "name": "one", "creationDate": "2026-01-01T00:00:00Z"}])
    search = getattr(connect(), f"search_{kind}")
    (found,) = search(Filters.equal("Name", "one"), ["name", "creation_date", "State"], 5)
    assert json.loads(server.requests[0].content) == {
        "filter": {"operator": "Equal", "field": "Name", "value": "one"},
        "select": {"fields": ["uuid", "name", "creationDate", "State"]},
        "maximumResults": 5,
    }
    assert (found.uuid, found.name, found.creation_date.year) == ("u-1", "one", 2026)
    assert len(server.requests) == 1


def test_what_was_not_selected_can_be_fetched(connect: Any, server: Any) -> None:
    server.on("POST /tasks/search", [{"uuid": "u-1", "name": "one"}])
    server.on("GET /tasks/u-1", {"uuid": "u-1", "name": "one", "profile": "docker-batch"})
    (found,) = connect().search_tasks(select=["name"])
    found.update(True)
    assert found.profile == "docker-batch"


def test_a_search_for_everything_says_nothing(connect: Any, server: Any) -> None:
    server.on("POST /jobs/search", [])
    assert connect().search_jobs() == []
    assert json.loads(server.requests[0].content) == {}


def test_one_text_is_no_list_of_names(connect: Any, server: Any) -> None:
    with pytest.raises(TypeError, match=r"\['name'\]"):
        connect().search_tasks(select="name")
    assert server.requests == []


def test_a_field_that_cannot_be_selected_is_the_servers_refusal(connect: Any, server: Any) -> None:
    server.on("POST /tasks/search", httpx.Response(400, json={"title": "t", "errors": {"select.fields": ["no field"]}}))
    with pytest.raises(ex.QarnotGenericException, match="no field"):
        connect().search_tasks(select=["nonsense"])
