"""The control API: who may ask what, and what moving time, resetting and looking do."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from qarnot_mock.clock import FIXED_EPOCH, SECOND, RealClock, to_iso
from qarnot_mock.cloud import Cloud

TASK = {"name": "n", "profile": "docker-batch", "instanceCount": 1}


@pytest.fixture
def admin(cloud: Cloud, client_of: Any) -> Any:
    return client_of(cloud, "admin")


def test_health_needs_no_token(cloud: Cloud, client_of: Any) -> None:
    assert client_of(cloud, "").json("GET", "/_mock/health") == {"status": "ok", "now": to_iso(FIXED_EPOCH)}


@pytest.mark.parametrize("path", ["/_mock/clock", "/_mock/journal", "/_mock/state", "/_mock/tenants"])
def test_everything_else_needs_one(cloud: Cloud, client_of: Any, path: str) -> None:
    assert client_of(cloud, "")("GET", path).status == 401


def test_a_closed_door_is_closed_here_too(cloud_factory: Callable[..., Cloud], client_of: Any) -> None:
    cloud = cloud_factory(accounts={"right": "a@example.com"})
    assert client_of(cloud, "wrong")("GET", "/_mock/clock").status == 401
    assert client_of(cloud, "right")("GET", "/_mock/clock").status == 200


def test_nobody_is_the_administrator_without_an_admin_token(
    cloud_factory: Callable[..., Cloud], client_of: Any
) -> None:
    assert client_of(cloud_factory(), "admin")("GET", "/_mock/tenants").status == 403


@pytest.mark.parametrize("path", ["/_mock/tenants", "/_mock/contract-errors"])
def test_a_tenant_may_not_ask_about_all(client: Any, path: str) -> None:
    assert client("GET", path).status == 403


def test_a_tenant_cannot_name_another_ones_world(cloud: Cloud, client_of: Any, admin: Any) -> None:
    victim, other = client_of(cloud, "victim"), client_of(cloud, "other")
    victim.json("POST", "/tasks", TASK)
    digest = admin.json("GET", "/_mock/tenants")[0]["tenant"]
    other("POST", f"/_mock/reset?tenant={digest}")
    assert other.json("GET", f"/_mock/journal?tenant={digest}") == []
    assert len(victim.json("GET", "/tasks")) == 1


def test_the_administrator_lists_tenants_without_their_tokens(client: Any, admin: Any) -> None:
    client.json("POST", "/tasks", TASK)
    response = admin("GET", "/_mock/tenants")
    (tenant,) = json.loads(response.body)
    assert (tenant["commands"], tenant["buckets"]) == (1, 0)
    assert client.token.encode() not in response.body


def test_the_administrator_reaches_a_world_by_its_digest(client: Any, admin: Any) -> None:
    client.json("POST", "/tasks", TASK)
    digest = admin.json("GET", "/_mock/tenants")[0]["tenant"]
    assert len(admin.json("GET", f"/_mock/journal?tenant={digest}")) == 1
    assert admin("GET", "/_mock/journal").status == 400
    assert admin("GET", "/_mock/journal?tenant=nobody").status == 404


def test_the_administrator_resets_all(cloud: Cloud, client_of: Any, admin: Any) -> None:
    clients = [client_of(cloud, token) for token in ("one", "two")]
    for client in clients:
        client.json("POST", "/tasks", TASK)
    assert len(admin.json("POST", "/_mock/reset")["reset"]) == 2
    assert [client.json("GET", "/tasks") for client in clients] == [[], []]


def test_advancing_moves_the_clock_and_the_worlds(client: Any) -> None:
    client.json("POST", "/tasks", TASK)
    clock = client.json("POST", "/_mock/clock/advance", {"seconds": 0.5})
    assert clock["microseconds"] == FIXED_EPOCH + SECOND // 2
    client.json("POST", "/_mock/clock/advance", {"seconds": 60})
    assert client.json("GET", "/tasks")[0]["state"] == "Success"


def test_jumping_stops_at_the_next_event(client: Any) -> None:
    client.json("POST", "/tasks", TASK)
    due = client.json("GET", "/_mock/clock")["nextDue"]
    clock = client.json("POST", "/_mock/clock/jump")
    assert clock["now"] == due
    assert clock["nextDue"] > due


def test_jumping_with_nothing_due_is_refused(client: Any) -> None:
    response = client("POST", "/_mock/clock/jump")
    assert response.status == 409
    assert b"Nothing is due" in response.body


@pytest.mark.parametrize(
    "body", [None, {}, {"seconds": -1}, {"seconds": "1"}, {"seconds": True}, {"seconds": 1e999}, []]
)
def test_a_bad_advance_is_refused_and_moves_nothing(client: Any, body: Any) -> None:
    assert client("POST", "/_mock/clock/advance", body).status == 400
    assert client.cloud.clock.now() == FIXED_EPOCH


def test_real_time_cannot_be_moved(cloud_factory: Callable[..., Cloud], client_of: Any) -> None:
    client = client_of(cloud_factory(clock=RealClock(lambda: FIXED_EPOCH)))
    response = client("POST", "/_mock/clock/advance", {"seconds": 1})
    assert response.status == 409
    assert b"--time virtual" in response.body


def test_the_journal_is_read_from_an_entry_on(client: Any) -> None:
    for _ in range(3):
        client.json("POST", "/tasks", TASK)
    assert [entry["order"] for entry in client.json("GET", "/_mock/journal?since=1")] == [1, 2]
    assert client("GET", "/_mock/journal?since=x").status == 400


def test_paths_and_methods_are_named_when_they_are_wrong(client: Any) -> None:
    assert b"/_mock/clock" in client("GET", "/_mock/nothing").body
    response = client("GET", "/_mock/reset")
    assert (response.status, response.header("allow")) == (405, "POST")


def test_a_body_that_is_no_json_is_refused(client: Any) -> None:
    assert client("POST", "/_mock/clock/advance", raw=b"{").status == 400
