"""Quotas, credits, projects, hardware and secrets against a scripted server. The blocking twin is made from this."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl import hardware_constraint as h
from qarnot_hl._async.credits_client import AsyncCreditsClient
from qarnot_hl._async.secrets import AsyncSecrets
from qarnot_hl._core.money import Credits
from qarnot_hl.computing_quotas import RunningCounts, UserSchedulingQuota
from qarnot_hl.project import Project

pytestmark = pytest.mark.anyio

PROJECT = "6f1e1c1e-0000-4000-8000-000000000001"
PROJECTS = [
    {"uuid": "p-0", "name": "First", "slug": "default", "organizationUuid": "o", "description": None},
    {"uuid": PROJECT, "name": "Second", "slug": "second", "organizationUuid": "o", "isDefault": False},
]


async def test_credits_that_are_left(aconnect: Any, server: Any) -> None:
    server.on("GET /credits/v1/accounts/credits", {"credits": 12.5})
    assert await aconnect().credits() == Credits(12.5)


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


@pytest.mark.parametrize(("active", "query"), [(True, b"activeOnly=true"), (False, b"activeOnly=false")])
async def test_budgets_of_a_project(active: bool, query: bytes, aconnect: Any, server: Any) -> None:
    server.on(f"GET /credits/v1/projects/{PROJECT}/budgets", {"budgets": [{"uuid": "b", "totalAmountInCents": 5}]})
    project = Project(uuid=PROJECT)
    budgets = await (project.get_active_budgets if active else project.get_all_budgets)(aconnect())
    assert [(budget.uuid, budget.total_in_cents) for budget in budgets] == [("b", 5)]
    assert server.requests[0].url.query == query


async def test_budgets_may_be_none_and_projects_missing(aconnect: Any, server: Any) -> None:
    server.on(f"GET /credits/v1/projects/{PROJECT}/budgets", {"budgets": None})
    assert await aconnect().project_budgets(PROJECT) == []
    server.on(f"GET /credits/v1/projects/{PROJECT}/budgets", httpx.Response(404, json={"message": "No such project"}))
    with pytest.raises(ex.MissingProjectException):
        await aconnect().project_budgets(PROJECT)


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


async def test_quotas_of_the_account(aconnect: Any, server: Any) -> None:
    server.on(
        "GET /quotas/computing-quotas/user",
        {
            "flex": {"maxInstances": 1, "maxCores": 2, "runningInstancesCount": 3, "runningCoreCount": 4},
            "onDemand": None,
            "reserved": [{"machineKey": "k", "reservationName": "r", "maxCores": 5}],
        },
    )
    quotas = await aconnect().get_user_computing_quotas()
    assert quotas.flex == UserSchedulingQuota(2, 4, 1, 3)
    assert quotas.on_demand == UserSchedulingQuota()
    assert [(q.reservation_name, q.machine_key, q.max_cores) for q in quotas.reserved] == [("r", "k", 5)]


async def test_quotas_of_the_organization_tell_who_runs_what_if_they_may(aconnect: Any, server: Any) -> None:
    counts = {"a@b": {"runningInstancesCount": 1, "runningCoresCount": 8}}
    server.on(
        "GET /quotas/computing-quotas/organization",
        {"flex": {"runningCountsPerUser": counts}, "onDemand": {}, "reserved": [{"runningCountsPerUser": {}}]},
    )
    quotas = await aconnect().get_organization_computing_quotas()
    assert quotas.flex.running_counts_per_user == {"a@b": RunningCounts(1, 8)}
    assert quotas.on_demand.running_counts_per_user is None
    assert quotas.reserved[0].running_counts_per_user == {}


async def test_an_account_without_an_organization_s_quotas(aconnect: Any) -> None:
    with pytest.raises(ex.QarnotGenericException, match="404"):
        await aconnect().get_organization_computing_quotas()


def constraints(*counts: int) -> list[dict[str, Any]]:
    return [{"discriminator": "MinimumCoreHardwareConstraint", "coreCount": count} for count in counts]


async def test_all_constraints_are_read_by_position(aconnect: Any, server: Any) -> None:
    server.on(
        "GET /hardware-constraints",
        {"data": constraints(1, 2), "offset": 0, "limit": 2, "total": 3},
        {"data": constraints(3), "offset": 2, "limit": 2, "total": 3},
    )
    found = [constraint async for constraint in aconnect().all_hardware_constraints()]
    assert found == [h.MinimumCoreHardware(count) for count in (1, 2, 3)]
    assert [request.url.query for request in server.requests] == [b"limit=50&offset=0", b"limit=50&offset=2"]


@pytest.mark.parametrize(
    "last",
    [{"data": [], "offset": 2, "limit": 0, "total": 9}, {"data": None}, {}, {"data": constraints(3), "total": 0}],
)
async def test_the_reading_ends_whatever_the_server_says(last: dict[str, Any], aconnect: Any, server: Any) -> None:
    server.on("GET /hardware-constraints", {"data": constraints(1, 2), "offset": 0, "limit": 0, "total": 9}, last)
    found = [constraint async for constraint in aconnect().all_hardware_constraints()]
    assert len(found) == 2 + len(last.get("data") or [])


async def test_processors_are_searched(aconnect: Any, server: Any) -> None:
    path = "/hardware-constraints/cpu-model-constraints/search"
    server.on(f"GET {path}", [{"discriminator": "CpuModelHardwareConstraint", "cpuModel": "AMD Ryzen 7 1700X"}])
    assert await aconnect().search_cpu_model_constraints("ryzen 7") == [h.CpuModelHardware("AMD Ryzen 7 1700X")]
    assert server.requests[0].url.params["cpuModel"] == "ryzen 7"


@pytest.fixture
def secrets(aconnect: Any) -> AsyncSecrets:
    found: AsyncSecrets = aconnect().secrets
    return found


async def test_a_secret_is_written_and_read(secrets: AsyncSecrets, server: Any) -> None:
    server.on("PUT /secrets-manager/data/a/b", httpx.Response(201, json={}))
    server.on("PATCH /secrets-manager/data/a/b", httpx.Response(204))
    server.on("GET /secrets-manager/data/a/b", {"value": "v"})
    server.on("DELETE /secrets-manager/data/a/b", httpx.Response(204))
    assert await secrets.create_secret("/a/b/", "v") == "a/b"
    await secrets.update_secret("a/b", "w")
    assert await secrets.get_secret("a/b") == "v"
    await secrets.delete_secret("a/b")
    assert [server.body(0), server.body(1)] == [{"Value": "v"}, {"Value": "w"}]
    assert len(server.calls) == 4


async def test_each_segment_of_a_key_is_encoded(secrets: AsyncSecrets, server: Any) -> None:
    server.on("GET /secrets-manager/data/a b/c?d/..", {"value": "v"})
    assert await secrets.get_secret("a b/c?d/..") == "v"
    assert server.requests[0].url.raw_path == b"/secrets-manager/data/a%20b/c%3Fd/%2E%2E"


async def test_a_missing_secret_and_a_second_one(secrets: AsyncSecrets, server: Any) -> None:
    with pytest.raises(ex.SecretNotFoundException):
        await secrets.get_secret("nobody")
    server.on("PUT /secrets-manager/data/a", httpx.Response(409, json={"error": "exists"}))
    with pytest.raises(ex.SecretConflictException):
        await secrets.create_secret("a", "v")


async def test_an_empty_key_is_refused_before_anything_is_sent(secrets: AsyncSecrets, server: Any) -> None:
    with pytest.raises(ValueError, match="no key"):
        await secrets.delete_secret("/")
    assert server.requests == []


async def test_an_answer_without_value_is_told(secrets: AsyncSecrets, server: Any) -> None:
    server.on("GET /secrets-manager/data/a", {})
    with pytest.raises(ex.UnexpectedAnswerException, match="no value"):
        await secrets.get_secret("a")


async def test_keys_are_listed_one_level_or_all(secrets: AsyncSecrets, server: Any) -> None:
    server.on("GET /secrets-manager/search/", {"keys": ["a", "f/"]})
    server.on("GET /secrets-manager/search/f", {"keys": ["b", "g/", "/"]})
    server.on("GET /secrets-manager/search/f/g", {"keys": ["c"]})
    assert await secrets.list_secrets("") == ["a", "f/"]
    assert await secrets.list_secrets("f/") == ["f/b", "f/g/", "f//"]
    assert await secrets.list_secrets("", recursive=True) == ["a", "f/b", "f/g/c"]


async def test_values_stay_out_of_errors(secrets: AsyncSecrets, server: Any) -> None:
    server.on("PUT /secrets-manager/data/a", httpx.Response(400, json={"error": "refused"}))
    with pytest.raises(ex.QarnotGenericException) as refusal:
        await secrets.create_secret("a", "hidden-value")
    assert "hidden-value" not in repr(refusal.value)
