"""The faults of a cloud over its control API: each tenant its own, the administrator all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from qarnot_mock.server import Server


@pytest.fixture
def call(server: Server) -> Iterator[Callable[..., httpx.Response]]:
    server.cloud.faults.remove()
    with httpx.Client(base_url=server.url) as client:
        yield lambda method, path, token, **more: client.request(method, path, headers={"Authorization": token}, **more)
    server.cloud.faults.remove()


def test_a_tenant_adds_sees_and_removes_its_own(call: Any) -> None:
    number = call("POST", "/_mock/faults", "one", json={"kind": "unavailable", "operation": "tasks_list"}).json()[
        "number"
    ]
    assert call("GET", "/tasks", "one").status_code == 503
    assert call("GET", "/tasks", "two").status_code == 200
    shown = call("GET", "/_mock/faults", "one").json()
    assert shown["inForce"][0]["fault"] == {"kind": "unavailable", "operation": "tasks_list"}
    assert [(hit["kind"], hit["operation"]) for hit in shown["hits"]] == [("unavailable", "tasks_list")]
    assert call("GET", "/_mock/faults", "two").json() == {"inForce": [], "hits": []}
    assert call("DELETE", f"/_mock/faults?number={number}", "two").status_code == 404
    assert call("DELETE", f"/_mock/faults?number={number}", "one").json() == {"removed": 1}
    assert call("GET", "/tasks", "one").status_code == 200


def test_the_administrator_reaches_everybody(call: Any, server: Server) -> None:
    call("POST", "/_mock/faults", server.admin_token, json={"kind": "unavailable", "operation": "tasks_list"})
    assert [call("GET", "/tasks", token).status_code for token in ("one", "two")] == [503, 503]
    assert call("DELETE", "/_mock/faults", "one").json() == {"removed": 0}
    assert call("DELETE", "/_mock/faults", server.admin_token).json() == {"removed": 1}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("POST", "/_mock/faults", {"kind": "boom"}, 400, "fault.kind: one of"),
        ("POST", "/_mock/faults", {"kind": "refused", "tenant": "abc"}, 403, "leave out the key tenant"),
        ("DELETE", "/_mock/faults?number=x", None, 400, "number is what POST"),
        ("DELETE", "/_mock/faults?number=999999", None, 404, "No fault has the number 999999"),
    ],
)
def test_refusals_say_why(call: Any, method: str, path: str, body: object, status: int, said: str) -> None:
    answer = call(method, path, "one", **({} if body is None else {"json": body}))
    assert answer.status_code == status
    assert said in answer.json()["message"]
