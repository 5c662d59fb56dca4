"""Credits, budgets and quotas over HTTP: every answer is checked against the contract on its way out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from qarnot_mock.cloud import Cloud
from qarnot_mock.sim.allowances import Limit, Organization
from qarnot_mock.sim.settings import WorldSettings

TASK = {"name": "n", "profile": "docker-batch", "instanceCount": 1}
ACME = Organization("Acme", {"flex": Limit(100, 800)})


def test_an_account_tells_its_credits_projects_and_budgets(client: Any) -> None:
    assert client.json("GET", "/credits/v1/accounts/credits") == {"credits": 1_000_000.0}
    research = next(row for row in client.json("GET", "/info")["projects"] if row["slug"] == "research")
    (budget,) = client.json("GET", f"/credits/v1/projects/{research['uuid']}/budgets?activeOnly=True")["budgets"]
    assert (budget["consumedAmountInCents"], budget["remainingAmountInCents"]) == (0, budget["totalAmountInCents"])
    assert client("GET", "/credits/v1/projects/nobody/budgets").status == 404


def test_without_credits_a_task_is_refused_with_402(cloud_factory: Callable[..., Cloud], client_of: Any) -> None:
    client = client_of(cloud_factory(world_settings=WorldSettings(credits=0.0)), "t")
    refused = client("POST", "/tasks", TASK)
    assert (refused.status, json.loads(refused.body)) == (402, {"message": "Not enough credits"})
    rows = client("POST", "/tasks", [TASK])
    assert (rows.status, json.loads(rows.body)[0]["statusCode"]) == (402, 402)
    pool = client("POST", "/pools", {"name": "p", "profile": "docker-batch", "instanceCount": 1})
    assert pool.status == 402


def test_hardware_that_nobody_has_is_refused_with_402(client: Any) -> None:
    wanted = [{"discriminator": "GpuHardwareConstraint"}]
    refused = client("POST", "/tasks", TASK | {"hardwareConstraints": wanted})
    assert refused.status == 402
    assert b"hardware constraint" in refused.body


def test_quotas_are_told_to_users_and_organizations(cloud_factory: Callable[..., Cloud], client_of: Any) -> None:
    client = client_of(cloud_factory(world_settings=WorldSettings(organization=ACME)), "t")
    reserved = client.json("GET", "/quotas/computing-quotas/user")["reserved"]
    assert [row["reservationName"] for row in reserved] == ["mock-reservation"]
    shared = client.json("GET", "/quotas/computing-quotas/organization")
    assert shared["flex"]["runningCountsPerUser"] == {}
    assert client.json("GET", "/info")["computingQuotas"]["organization"]["name"] == "Acme"


def test_an_account_of_its_own_has_no_organization(client: Any) -> None:
    refused = client("GET", "/quotas/computing-quotas/organization")
    text = "The authenticated user does not inherit organization computing quotas"
    assert (refused.status, json.loads(refused.body)) == (404, {"message": text})
