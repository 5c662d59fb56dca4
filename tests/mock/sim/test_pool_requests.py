"""What may be asked of pools: their definition, changes, quotas, clones, and how they are found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qarnot_mock.sim.settings import Quotas

UNKNOWN = "0a3c9c3e-5d5b-4c52-9e8c-7f1f4b1c2a10"


@pytest.mark.parametrize("operation", ["pool_get", "pool_close", "pool_delete", "pool_stdout_get", "pool_credits"])
def test_an_unknown_pool_is_missing(driver: Any, operation: str) -> None:
    refusal = driver.refused(operation, pool="nothing")
    assert (refusal.status, refusal.message) == (404, "No such pool: nothing")


def test_only_so_many_pools_run_at_once(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(quotas=Quotas(max_running_pool=1))
    first, second = driver.open_pool(), driver.open_pool()
    driver.at(50)
    assert [driver.pool(each)["state"] for each in (first, second)] == ["FullyExecuting", "Submitted"]
    driver.call("pool_close", pool=first)
    driver.at(100)
    assert [driver.pool(each)["state"] for each in (first, second)] == ["Closed", "FullyExecuting"]


def test_the_quota_of_pools_is_kept_and_a_pool_that_offers_it_makes_room(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(quotas=Quotas(max_pool=2))
    lasting, offering = driver.open_pool(), driver.open_pool(autoDeleteOnCompletion=True)
    body = {"name": "third", "profile": "docker-batch", "instanceCount": 1}
    refusal = driver.refused("pools_create", body=body)
    assert (refusal.status, refusal.message) == (403, "Maximum number of pools reached")
    driver.call("pool_close", pool=offering)
    driver.at(20)
    third = driver.open_pool()
    assert [row["uuid"] for row in driver.call("pools_list").body] == [lasting, third]
    info = driver.call("info_get").body
    assert (info["poolCount"], info["runningPoolCount"]) == (2, 1)  # the third has no node yet


def test_a_closed_pool_disappears_after_its_time_to_live(driver: Any) -> None:
    pool = driver.open_pool(completionTimeToLive="00:00:10")
    driver.call("pool_close", pool=pool)
    driver.at(10.9)
    assert driver.pool(pool)["state"] == "Closed"
    driver.at(11)
    assert driver.refused("pool_get", pool=pool).status == 404


@pytest.mark.parametrize(
    ("fields", "tags"),
    [
        ({"name": ""}, "name"),
        ({"shortname": "-x"}, "shortname"),
        ({"shortname": "taken"}, "shortname-uniqueness"),
        ({"profile": "nothing"}, "profile"),
        ({"instanceCount": None}, "instanceCount"),
        ({"instanceCount": 3000}, "instanceCount"),
        ({"tags": ["x"] * 11}, "tags"),
        ({"constants": [{"key": str(number), "value": ""} for number in range(51)]}, "constants"),
        ({"completionTimeToLive": "soon"}, "completionTimeToLive"),
        ({"multiSlotsSettings": {"slotsPerNode": 0}}, "multiSlotsSettings"),
        ({"defaultRetrySettings": {"maxTotalRetries": -1}}, "defaultRetrySettings"),
        ({"elasticProperty": {"isElastic": True, "minTotalSlots": 2, "maxTotalSlots": 1}}, "elasticProperty"),
        ({"elasticProperty": {"isElastic": True}, "scaling": {"policies": []}}, "scaling"),
    ],
)
def test_a_wrong_definition_is_refused_with_the_names_of_its_fields(driver: Any, fields: Any, tags: str) -> None:
    driver.open_pool(shortname="taken")
    body = {"name": "p", "profile": "docker-batch", "instanceCount": 1, **fields}
    refusal = driver.refused("pools_create", body=body)
    assert (refusal.status, refusal.message) == (400, f"Invalid pool file. Invalid fields: {tags}")


def test_what_a_pool_needs_must_exist(driver: Any) -> None:
    body = {"name": "p", "profile": "docker-batch", "instanceCount": 1, "resourceBuckets": ["in"]}
    assert driver.refused("pools_create", body=body, buckets={"in": False}).message == "No such bucket: in"
    constraint = {"discriminator": "GpuHardwareConstraint"}
    refusal = driver.refused("pools_create", body={**body, "resourceBuckets": [], "hardwareConstraints": [constraint]})
    assert (refusal.status, "hardware constraint" in refusal.message) == (402, True)
    assert driver.refused("pools_create", body={**body, "projectUuid": UNKNOWN}).status == 400


def test_a_pool_is_changed_while_it_is_open(driver: Any) -> None:
    pool = driver.open_pool({"QARNOT_SECRET__KEY": "hidden", "A": "1"}, tags=["old"])
    shown = driver.pool(pool)["constants"]
    assert {"key": "QARNOT_SECRET__KEY", "value": "[SECRET]"} in shown
    driver.call("pool_update", pool=pool, body={"tags": ["new"]})
    assert (driver.pool(pool)["tags"], driver.pool(pool)["constants"]) == (["new"], shown)
    driver.call("pool_update", pool=pool, body={"constants": [{"key": "A", "value": "2"}]})
    assert driver.pool(pool)["constants"] == [{"key": "A", "value": "2"}]
    driver.call("pool_resources_update", pool=pool)
    driver.call("pool_close", pool=pool)
    assert driver.refused("pool_update", pool=pool, body={"tags": []}).status == 403
    assert driver.refused("pool_scaling_update", pool=pool, body={"policies": []}).status == 403
    assert driver.refused("pool_resources_update", pool=pool).status == 400


def test_a_clone_has_what_it_is_not_given_from_the_original(driver: Any) -> None:
    pool = driver.open_pool({"A": "1"}, shortname="one", tags=["t"], instanceCount=2)
    driver.call("pool_close", pool=pool)
    clone = driver.pool(driver.call("pool_clone", pool=pool, body={"name": "other"}).body["uuid"])
    assert (clone["name"], clone["instanceCount"], clone["tags"]) == ("other", 2, ["t"])
    assert (clone["constants"], clone["shortname"]) == ([{"key": "A", "value": "1"}], clone["uuid"])
    elastic = {"isElastic": True, "maxTotalSlots": 3}
    clone = driver.pool(driver.call("pool_clone", pool=pool, body={"elasticProperty": elastic}).body["uuid"])
    assert (clone["instanceCount"], clone["elasticProperty"]["maxTotalSlots"]) == (0, 3)


def test_pools_are_found_and_paged(driver: Any) -> None:
    pools = [driver.open_pool(name=name, tags=[name]) for name in ("a", "b", "c")]
    body = {"filter": {"operator": "Equal", "field": "Tags", "value": "b"}, "select": {"fields": ["Uuid", "Scaling"]}}
    assert driver.call("pools_search", body=body).body == [{"uuid": pools[1], "scaling": None}]
    wanted = {"filter": {"operator": "Equal", "field": "Labels.a", "value": "b"}}
    assert driver.refused("pools_search", body=wanted).status == 400
    page = driver.call("pool_summaries_paginate", body={"maximumResults": 2}).body
    assert [row["name"] for row in page["data"]] == ["a", "b"]
    page = driver.call("pools_paginate", body={"maximumResults": 2, "token": page["nextToken"]}).body
    assert ([row["name"] for row in page["data"]], page["isTruncated"]) == (["c"], False)
    assert [row["uuid"] for row in driver.call("pool_summaries_list", tag=["a", "c"]).body] == [pools[0], pools[2]]
