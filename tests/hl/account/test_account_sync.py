# Generated from tests/hl/account/test_account_async.py by scripts/unasync.py. Do not edit.
"""Projects and what tasks have cost, against a scripted server. The blocking twin is made from this."""

from __future__ import annotations

from typing import Any

import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._core.money import Credits
from qarnot_hl._sync.credits_client import CreditsClient
from qarnot_hl.project import Project

pytestmark = pytest.mark.anyio

PROJECT = "6f1e1c1e-0000-4000-8000-000000000001"
PROJECTS = [
    {"uuid": "p-0", "name": "First", "slug": "default", "organizationUuid": "o", "description": None},
    {"uuid": PROJECT, "name": "Second", "slug": "second", "organizationUuid": "o", "isDefault": False},
]


def test_credits_that_a_task_has_cost(connect: Any, server: Any) -> None:
    server.on("GET /credits/v1/tasks/t-1/credits", {"credits": 0.01})
    assert CreditsClient(connect()).get_task_credits("t-1") == Credits(0.01)
    with pytest.raises(ex.MissingTaskException):
        CreditsClient(connect()).get_task_credits("nobody")


def test_a_task_knows_its_credits_after_submit(connect: Any, server: Any) -> None:
    server.on("POST /tasks", {"uuid": "t-1"})
    server.on("GET /credits/v1/tasks/t-1/credits", {"credits": 2})
    task = connect().create_task("n", "p")
    assert task.credits() is None
    task.submit()
    assert task.credits() == Credits(2)


def test_projects_are_found(connect: Any, server: Any) -> None:
    server.on("GET /info", {"email": "a@b", "projects": PROJECTS})
    connection = connect()
    first, second = connection.projects()
    assert (first.is_default, second.is_default) == (True, False)
    assert Project.retrieve_default(connection) == first
    assert Project.retrieve_by_uuid(connection, PROJECT) == second
    assert Project.retrieve_by_slug(connection, "second") == second
    assert Project.retrieve_by_name(connection, "First") == first
    assert Project.retrieve_by_name(connection, "nobody") is None
