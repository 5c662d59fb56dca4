"""What the account and its organization may run at once, and what runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qarnot_mock.sim.allowances import Limit, Organization
from qarnot_mock.sim.settings import Quotas

TYPES = ("flex", "onDemand")
SHARED = Organization("Acme", {"flex": Limit(100, 800), "ondemand": Limit(20, 160)})


def test_the_user_has_a_quota_for_each_scheduling_type(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(quotas=Quotas(max_flex_instances=5, max_on_demand_cores=48))
    assert driver.call("user_quotas_get").body == {
        "flex": {"maxInstances": 5, "maxCores": 512, "runningInstancesCount": 0, "runningCoresCount": 0},
        "onDemand": {"maxInstances": 64, "maxCores": 48, "runningInstancesCount": 0, "runningCoresCount": 0},
        "reserved": [],
    }
    info = driver.call("info_get").body
    assert (info["maxFlexInstances"], info["maxFlexCores"], info["maxInstances"]) == (5, 512, 64)
    assert (info["maxOnDemandInstances"], info["maxOnDemandCores"], info["maxCores"]) == (64, 48, 512)
    assert info["computingQuotas"] == {"user": driver.call("user_quotas_get").body, "organization": None}


def test_what_runs_is_counted_by_scheduling_type(driver: Any) -> None:
    driver.submit(instanceCount=2)
    driver.submit(schedulingType="onDemand")
    driver.at(3)
    quotas = driver.call("user_quotas_get").body
    running = {name: (quotas[name]["runningInstancesCount"], quotas[name]["runningCoresCount"]) for name in TYPES}
    assert running == {"flex": (2, 16), "onDemand": (1, 8)}
    driver.at(20)
    assert driver.call("user_quotas_get").body["flex"]["runningInstancesCount"] == 0


def test_without_an_organization_there_are_no_quotas_of_one(driver: Any) -> None:
    refusal = driver.refused("organization_quotas_get")
    assert refusal.status == 404
    assert refusal.message == "The authenticated user does not inherit organization computing quotas"


def test_the_organization_tells_who_runs_how_much(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(organization=SHARED)
    driver.submit()
    driver.at(3)
    quotas = driver.call("organization_quotas_get").body
    counts = {"runningInstancesCount": 1, "runningCoresCount": 8}
    assert quotas["flex"] == {
        "maxInstances": 100, "maxCores": 800, **counts, "runningCountsPerUser": {"user@example.com": counts},
    }  # fmt: skip
    assert quotas["onDemand"]["runningCountsPerUser"] == {}
    shown = driver.call("info_get").body["computingQuotas"]["organization"]
    assert (shown["name"], shown["flex"]["maxCores"]) == ("Acme", 800)
    assert "runningCountsPerUser" not in shown["flex"]
    assert driver.call("info_get").body["projects"][0]["organizationUuid"] is not None


def test_an_organization_may_limit_one_scheduling_type_only(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(organization=Organization("Acme", {"flex": Limit(1, 8)}))
    assert driver.call("organization_quotas_get").body["onDemand"] is None


@pytest.mark.parametrize(
    ("quotas", "fields", "what"),
    [
        (Quotas(max_instances=0), {}, "instances"),
        (Quotas(max_cores=7), {}, "cores"),
        (Quotas(max_on_demand_cores=7), {"schedulingType": "onDemand"}, "cores"),
    ],
)
@pytest.mark.parametrize("operation", ["tasks_create", "pools_create"])
def test_what_no_limit_leaves_room_for_is_refused(
    operation: str, quotas: Quotas, fields: dict[str, Any], what: str, make_driver: Callable[..., Any]
) -> None:
    driver = make_driver(quotas=quotas)
    refusal = driver.refused(operation, body={**driver.definition(), **fields})
    assert (refusal.status, refusal.message) == (403, f"Maximum number of {what} reached")


def test_what_fits_one_instance_at_a_time_is_delayed_and_not_refused(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(quotas=Quotas(max_cores=8))
    uuid = driver.submit(instanceCount=3)
    driver.at(60)
    assert driver.state(uuid) == "Success"
