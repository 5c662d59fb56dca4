# Generated from tests/hl/account/test_account_async.py by scripts/unasync.py. Do not edit.
"""Quotas, credits, projects, hardware and secrets against a scripted server. The blocking twin is made from this."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl import hardware_constraint as h
from qarnot_hl._core.money import Credits
from qarnot_hl._sync.credits_client import CreditsClient
from qarnot_hl._sync.secrets import Secrets
from qarnot_hl.computing_quotas import RunningCounts, UserSchedulingQuota
from qarnot_hl.project import Project

pytestmark = pytest.mark.anyio

PROJECT = "6f1e1c1e-0000-4000-8000-000000000001"
PROJECTS = [
    {"uuid": "p-0", "name": "First", "slug": "default", "organizationUuid": "o", "description": None},
    {"uuid": PROJECT, "name": "Second", "slug": "second", "organizationUuid": "o", "isDefault": False},
]


def test_credits_that_are_left(connect: Any, server: Any) -> None:
    server.on("GET /credits/v1/accounts/credits", {"credits": 12.5})
    assert connect().credits() == Credits(12.5)


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


@pytest.mark.parametrize(("active", "query"), [(True, b"activeOnly=true"), (False, b"activeOnly=false")])
def test_budgets_of_a_project(active: bool, query: bytes, connect: Any, server: Any) -> None:
    server.on(f"GET /credits/v1/projects/{PROJECT}/budgets", {"budgets": [{"uuid": "b", "totalAmountInCents": 5}]})
    project = Project(uuid=PROJECT)
    budgets = (project.get_active_budgets if active else project.get_all_budgets)(connect())
    assert [(budget.uuid, budget.total_in_cents) for budget in budgets] == [("b", 5)]
    assert server.requests[0].url.query == query


def test_budgets_may_be_none_and_projects_missing(connect: Any, server: Any) -> None:
    server.on(f"GET /credits/v1/projects/{PROJECT}/budgets", {"budgets": None})
    assert connect().project_budgets(PROJECT) == []
    server.on(f"GET /credits/v1/projects/{PROJECT}/budgets", httpx.Response(404, json={"message": "No such project"}))
    with pytest.raises(ex.MissingProjectException):
        connect().project_budgets(PROJECT)


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


def test_quotas_of_the_account(connect: Any, server: Any) -> None:
    server.on(
        "GET /quotas/computing-quotas/user",
        {
            "flex": {"maxInstances": 1, "maxCores": 2, "runningInstancesCount": 3, "runningCoreCount": 4},
            "onDemand": None,
            "reserved": [{"machineKey": "k", "reservationName": "r", "maxCores": 5}],
        },
    )
    quotas = connect().get_user_computing_quotas()
    assert quotas.flex == UserSchedulingQuota(2, 4, 1, 3)
    assert quotas.on_demand == UserSchedulingQuota()
    assert [(q.reservation_name, q.machine_key, q.max_cores) for q in quotas.reserved] == [("r", "k", 5)]


def test_quotas_of_the_organization_tell_who_runs_what_if_they_may(connect: Any, server: Any) -> None:
    counts = {"a@b": {"runningInstancesCount": 1, "runningCoresCount": 8}}
    server.on(
        "GET /quotas/computing-quotas/organization",
        {"flex": {"runningCountsPerUser": counts}, "onDemand": {}, "reserved": [{"runningCountsPerUser": {}}]},
    )
    quotas = connect().get_organization_computing_quotas()
    assert quotas.flex.running_counts_per_user == {"a@b": RunningCounts(1, 8)}
    assert quotas.on_demand.running_counts_per_user is None
    assert quotas.reserved[0].running_counts_per_user == {}


def test_an_account_without_an_organization_s_quotas(connect: Any) -> None:
    with pytest.raises(ex.QarnotGenericException, match="404"):
        connect().get_organization_computing_quotas()


def constraints(*counts: int) -> list[dict[str, Any]]:
    return [{"discriminator": "MinimumCoreHardwareConstraint", "coreCount": count} for count in counts]


def test_all_constraints_are_read_by_position(connect: Any, server: Any) -> None:
    server.on(
        "GET /hardware-constraints",
        {"data": constraints(1, 2), "offset": 0, "limit": 2, "total": 3},
        {"data": constraints(3), "offset": 2, "limit": 2, "total": 3},
    )
    found = list(connect().all_hardware_constraints())
    assert found == [h.MinimumCoreHardware(count) for count in (1, 2, 3)]
    assert [request.url.query for request in server.requests] == [b"limit=50&offset=0", b"limit=50&offset=2"]


@pytest.mark.parametrize(
    "last",
    [{"data": [], "offset": 2, "limit": 0, "total": 9}, {"data": None}, {}, {"data": constraints(3), "total": 0}],
)
def test_the_reading_ends_whatever_the_server_says(last: dict[str, Any], connect: Any, server: Any) -> None:
    server.on("GET /hardware-constraints", {"data": constraints(1, 2), "offset": 0, "limit": 0, "total": 9}, last)
    found = list(connect().all_hardware_constraints())
    assert len(found) == 2 + len(last.get("data") or [])


def test_processors_are_searched(connect: Any, server: Any) -> None:
    path = "/hardware-constraints/cpu-model-constraints/search"
    server.on(f"GET {path}", [{"discriminator": "CpuModelHardwareConstraint", "cpuModel": "AMD Ryzen 7 1700X"}])
    assert connect().search_cpu_model_constraints("ryzen 7") == [h.CpuModelHardware("AMD Ryzen 7 1700X")]
    assert server.requests[0].url.params["cpuModel"] == "ryzen 7"


@pytest.fixture
def secrets(connect: Any) -> Secrets:
    found: Secrets = connect().secrets
    return found


def test_a_secret_is_written_and_read(secrets: Secrets, server: Any) -> None:
    server.on("PUT /secrets-manager/data/a/b", httpx.Response(201, json={}))
    server.on("PATCH /secrets-manager/data/a/b", httpx.Response(204))
    server.on("GET /secrets-manager/data/a/b", {"value": "v"})
    server.on("DELETE /secrets-manager/data/a/b", httpx.Response(204))
    assert secrets.create_secret("/a/b/", "v") == "a/b"
    secrets.update_secret("a/b", "w")
    assert secrets.get_secret("a/b") == "v"
    secrets.delete_secret("a/b")
    assert [server.body(0), server.body(1)] == [{"Value": "v"}, {"Value": "w"}]
    assert len(server.calls) == 4


def test_each_segment_of_a_key_is_encoded(secrets: Secrets, server: Any) -> None:
    server.on("GET /secrets-manager/data/a b/c?d/..", {"value": "v"})
    assert secrets.get_secret("a b/c?d/..") == "v"
    assert server.requests[0].url.raw_path == b"/secrets-manager/data/a%20b/c%3Fd/%2E%2E"


def test_a_missing_secret_and_a_second_one(secrets: Secrets, server: Any) -> None:
    with pytest.raises(ex.SecretNotFoundException):
        secrets.get_secret("nobody")
    server.on("PUT /secrets-manager/data/a", httpx.Response(409, json={"error": "exists"}))
    with pytest.raises(ex.SecretConflictException):
        secrets.create_secret("a", "v")


def test_an_empty_key_is_refused_before_anything_is_sent(secrets: Secrets, server: Any) -> None:
    with pytest.raises(ValueError, match="no key"):
        secrets.delete_secret("/")
    assert server.requests == []


def test_an_answer_without_value_is_told(secrets: Secrets, server: Any) -> None:
    server.on("GET /secrets-manager/data/a", {})
    with pytest.raises(ex.UnexpectedAnswerException, match="no value"):
        secrets.get_secret("a")


def test_keys_are_listed_one_level_or_all(secrets: Secrets, server: Any) -> None:
    server.on("GET /secrets-manager/search/", {"keys": ["a", "f/"]})
    server.on("GET /secrets-manager/search/f", {"keys": ["b", "g/", "/"]})
    server.on("GET /secrets-manager/search/f/g", {"keys": ["c"]})
    assert secrets.list_secrets("") == ["a", "f/"]
    assert secrets.list_secrets("f/") == ["f/b", "f/g/", "f//"]
    assert secrets.list_secrets("", recursive=True) == ["a", "f/b", "f/g/c"]


def test_values_stay_out_of_errors(secrets: Secrets, server: Any) -> None:
    server.on("PUT /secrets-manager/data/a", httpx.Response(400, json={"error": "refused"}))
    with pytest.raises(ex.QarnotGenericException) as refusal:
        secrets.create_secret("a", "hidden-value")
    assert "hidden-value" not in repr(refusal.value)
