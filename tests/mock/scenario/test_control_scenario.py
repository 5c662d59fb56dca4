"""``/_mock/scenario``: the scenario of one's own world, read and changed while it runs, told again by the journal."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

import qarnot_hl
from qarnot_mock import contract, scenario
from qarnot_mock.cloud import Cloud
from qarnot_mock.sim.settings import WorldSettings
from qarnot_mock.sim.world import World
from qarnot_mock.testing.cloud import QarnotCloud

PATH = "/_mock/scenario"
TASK = {"name": "n", "profile": "docker-batch", "instanceCount": 2}


def test_it_is_empty_at_first_and_then_what_was_put(client: Any) -> None:
    assert client.json("GET", PATH) == {}
    given = {"description": "mine", "durations": {"execution": 5}, "credits": 3}
    assert client.json("PUT", PATH, given) == {"durations": {"execution": 5}, "credits": 3}
    assert client.json("GET", PATH) == {"durations": {"execution": 5}, "credits": 3}
    assert client.json("GET", "/credits/v1/accounts/credits") == {"credits": 3}


def test_sections_are_patched_one_by_one(client: Any) -> None:
    client.json("PUT", PATH, {"durations": {"execution": 5}, "credits": 3})
    assert client.json("PATCH", PATH, {"quotas": {"maxTask": 1}, "credits": None}) == {
        "durations": {"execution": 5},
        "quotas": {"maxTask": 1},
    }
    client.json("POST", "/tasks", TASK)
    assert client("POST", "/tasks", TASK).status == 403


def test_one_of_the_library_is_put_by_its_name_and_never_a_file(client: Any) -> None:
    assert client.json("PUT", PATH, {"name": "out-of-credit"})["credits"] == 0.5
    response = client("PUT", PATH, {"name": "../library/fast"})
    assert response.status == 400
    assert b"There are: busy-cloud, fast" in response.body
    assert client.json("GET", PATH)["credits"] == 0.5


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"outcomes": [{"happens": "boom"}]}, "outcomes[0].happens: expected one of exit,"),
        ({"outcomes": [{"happens": "exit"}]}, "outcomes[0]: add code"),
        ({"colour": None}, "colour: unknown key"),
        ({"capacity": [{"specificationKey": "x", "count": 1}]}, "capacity[0].specificationKey: x is no machine"),
    ],
)
def test_what_is_wrong_is_refused_with_its_path_and_changes_nothing(
    client: Any, method: str, body: Any, said: str
) -> None:
    client.json("PUT", PATH, {"credits": 3})
    response = client(method, PATH, body)
    assert response.status == 400
    assert json.loads(response.body)["message"].startswith(said)
    assert client.json("GET", PATH) == {"credits": 3}
    assert len(client.json("GET", "/_mock/journal")) == 1


def test_the_faults_of_a_scenario_hit_its_tenant_alone_until_they_are_replaced(cloud: Cloud, client_of: Any) -> None:
    one, other = client_of(cloud, "one"), client_of(cloud, "other")
    fault = {"kind": "unavailable", "operation": "tasks_list"}
    assert one.json("PUT", PATH, {"credits": 3, "faults": [fault]}) == {"credits": 3, "faults": [fault]}
    assert [client("GET", "/tasks").status for client in (one, other)] == [503, 200]
    assert one.json("PATCH", PATH, {"credits": 4})["faults"] == [fault]
    assert one.json("PATCH", PATH, {"faults": None}) == {"credits": 4}
    assert one("GET", "/tasks").status == 200
    one.json("PATCH", PATH, {"faults": [fault]})
    assert one.json("PUT", PATH, {}) == {}
    assert one("GET", "/tasks").status == 200
    assert one("PUT", PATH, {"faults": [{"kind": "boom"}]}).status == 400


def test_the_faults_of_the_scenario_of_the_start_hit_everybody(
    cloud_factory: Callable[..., Cloud], client_of: Any
) -> None:
    given = scenario.parse({"credits": 1, "faults": [{"kind": "unavailable", "operation": "tasks_list"}]})
    client = client_of(cloud_factory(scenario=given))
    assert client.json("GET", PATH) == {"credits": 1}
    assert client("GET", "/tasks").status == 503


def test_everybody_changes_their_own_world_and_the_administrator_any(cloud: Cloud, client_of: Any) -> None:
    one, other, admin = client_of(cloud, "one"), client_of(cloud, "other"), client_of(cloud, "admin")
    one.json("PUT", PATH, {"credits": 1})
    assert other.json("GET", PATH) == {}
    assert admin("PUT", PATH, {"credits": 2}).status == 400
    (digest,) = (row["tenant"] for row in admin.json("GET", "/_mock/tenants") if row["commands"] == 1)
    admin.json("PUT", f"{PATH}?tenant={digest}", {"credits": 2})
    assert (one.json("GET", PATH), other.json("GET", PATH)) == ({"credits": 2}, {})
    assert client_of(cloud, "")("GET", PATH).status == 401


def test_a_reset_brings_the_scenario_of_the_start_back(cloud_factory: Callable[..., Cloud], client_of: Any) -> None:
    settings = scenario.parse({"credits": 7}).apply(WorldSettings())
    client = client_of(cloud_factory(world_settings=settings))
    assert client.json("GET", PATH) == {"credits": 7}
    client.json("PUT", PATH, {})
    assert client.json("GET", "/credits/v1/accounts/credits") == {"credits": 1_000_000}
    client.json("POST", "/_mock/reset")
    assert client.json("GET", "/credits/v1/accounts/credits") == {"credits": 7}


def test_the_journal_tells_the_changes_again(cloud: Cloud, client: Any) -> None:
    client.json("PATCH", PATH, {"durations": {"execution": {"exponential": {"mean": 20}}}})
    client.json("POST", "/tasks", TASK)
    client.json("POST", "/_mock/clock/advance", {"seconds": 7})
    client.json("PATCH", PATH, {"outcomes": [{"happens": "node-lost", "probability": 0.5}]})
    client.json("POST", "/tasks", TASK)
    client.json("POST", "/_mock/clock/advance", {"seconds": 100})
    (tenant,) = cloud.tenants
    entries = tenant.journal.since()
    assert [entry.command.operation for entry in entries] == ["mock_scenario", "tasks_create"] * 2
    settings = WorldSettings(seed=7, tenant=tenant.identity.digest, email=tenant.identity.email)
    told = World(settings, contract.load().lifecycles, cloud.clock.now() - 107_000_000)
    for entry in entries:
        told.advance_to(entry.at)
        told.apply(entry.command)
    told.advance_to(cloud.clock.now())
    told.take_effects()
    assert told.dump() == tenant.world.dump()


def test_bytes_and_buckets_are_limited_by_the_quotas_of_the_moment(qarnot_cloud: QarnotCloud) -> None:
    def quotas(**wanted: int) -> None:
        answer = httpx.patch(
            "https://api.qarnot.com/_mock/scenario",
            headers={"Authorization": qarnot_cloud.token},
            json={"quotas": wanted},
        )
        assert answer.status_code == 200

    connection = qarnot_hl.Connection()
    bucket = connection.create_bucket("one")
    quotas(quotaBytes=100, maxBucket=1)
    bucket.add_string("x" * 60, "fits")
    with pytest.raises(Exception, match="do not fit"):
        bucket.add_string("x" * 60, "too much")
    with pytest.raises(Exception, match="may have 1"):
        connection.create_bucket("two")
    quotas(quotaBytes=200, maxBucket=2)
    bucket.add_string("x" * 60, "too much")
    assert connection.user_info.quota_bytes_bucket == 200
    assert {each.uuid for each in connection.buckets()} == {"one"}
    connection.create_bucket("two")
