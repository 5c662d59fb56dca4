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
async def test_only_the_selected_fields_are_asked_for(kind: str, aconnect: Any, server: Any) -> None:
    server.on(f"POST /{kind}/search", [{"uuid": "u-1", "name": "one", "creationDate": "2026-01-01T00:00:00Z"}])
    search = getattr(aconnect(), f"search_{kind}")
    (found,) = await search(Filters.equal("Name", "one"), ["name", "creation_date", "State"], 5)
    assert json.loads(server.requests[0].content) == {
        "filter": {"operator": "Equal", "field": "Name", "value": "one"},
        "select": {"fields": ["uuid", "name", "creationDate", "State"]},
        "maximumResults": 5,
    }
    assert (found.uuid, found.name, found.creation_date.year) == ("u-1", "one", 2026)
    assert len(server.requests) == 1


async def test_what_was_not_selected_can_be_fetched(aconnect: Any, server: Any) -> None:
    server.on("POST /tasks/search", [{"uuid": "u-1", "name": "one"}])
    server.on("GET /tasks/u-1", {"uuid": "u-1", "name": "one", "profile": "docker-batch"})
    (found,) = await aconnect().search_tasks(select=["name"])
    await found.update(True)
    assert found.profile == "docker-batch"


async def test_a_search_for_everything_says_nothing(aconnect: Any, server: Any) -> None:
    server.on("POST /jobs/search", [])
    assert await aconnect().search_jobs() == []
    assert json.loads(server.requests[0].content) == {}


async def test_one_text_is_no_list_of_names(aconnect: Any, server: Any) -> None:
    with pytest.raises(TypeError, match=r"\['name'\]"):
        await aconnect().search_tasks(select="name")
    assert server.requests == []


async def test_a_field_that_cannot_be_selected_is_the_servers_refusal(aconnect: Any, server: Any) -> None:
    server.on("POST /tasks/search", httpx.Response(400, json={"title": "t", "errors": {"select.fields": ["no field"]}}))
    with pytest.raises(ex.QarnotGenericException, match="no field"):
        await aconnect().search_tasks(select=["nonsense"])
