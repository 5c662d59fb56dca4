"""Projects and what tasks have cost, against a scripted server. The blocking twin is made from this."""

from __future__ import annotations

from typing import Any

import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._async.credits_client import AsyncCreditsClient
from qarnot_hl._core.money import Credits
from qarnot_hl.project import Project

pytestmark = pytest.mark.anyio

PROJECT = "6f1e1c1e-0000-4000-8000-000000000001"
PROJECTS = [
    {"uuid": "p-0", "name": "First", "slug": "default", "organizationUuid": "o", "description": None},
    {"uuid": PROJECT, "name": "Second", "slug": "second", "organizationUuid": "o", "isDefault": False},
]


async def test_credits_that_a_task_has_cost(aconnect: Any, server: Any) -> None:
    server.on("GET /credits/v1/tasks/t-1/credits", {"credits": 0.01})
    assert await AsyncCreditsClient(aconnect()).get_task_credits("t-1") == Credits(0.01)
    with pytest.raises(ex.MissingTaskException):
        await AsyncCreditsClient(aconnect()).get_task_credits("nobody")


async def test_a_task_knows_its_credits_after_submit(aconnect: Any, server: Any) -> None:
    server.on("POST /tasks", {"uuid": "t-1"})
    server.on("GET /credits/v1/tasks/t-1/credits", {"credits": 2})
    task = aconnect().create_task("n", "p")
    assert await task.credits() is None
    await task.submit()
    assert await task.credits() == Credits(2)


async def test_projects_are_found(aconnect: Any, server: Any) -> None:
    server.on("GET /info", {"email": "a@b", "projects": PROJECTS})
    connection = aconnect()
    first, second = await connection.projects()
    assert (first.is_default, second.is_default) == (True, False)
    assert await Project.retrieve_default(connection) == first
    assert await Project.retrieve_by_uuid(connection, PROJECT) == second
    assert await Project.retrieve_by_slug(connection, "second") == second
    assert await Project.retrieve_by_name(connection, "First") == first
    assert await Project.retrieve_by_name(connection, "nobody") is None
