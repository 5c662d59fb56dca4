"""Every kind of fault as a raw socket sees it, and whether the request took effect all the same."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from qarnot_mock.clock import SECOND, VirtualClock
from qarnot_mock.faults import KINDS
from qarnot_mock.server import Server

TASK = {"name": "task", "profile": "docker-batch", "instanceCount": 1, "constants": [{"key": "K", "value": "v"}]}
Send = Callable[..., Any]

REST_CASES = {
    # kind: (further keys, status that is seen, how it ends, whether the task exists)
    "refused": ({}, None, "reset", False),
    "answer-lost": ({}, None, "reset", True),
    "no-answer": ({}, None, "silence", True),
    "reset-mid-body": ({}, 200, "reset", True),
    "truncated": ({"body_bytes": 3}, 200, "close", True),
    "corrupt": ({}, 200, "complete", True),
    "slow": ({"bytes_per_second": 2000}, 200, "complete", True),
    "too-many-requests": ({}, 429, "complete", False),
    "unavailable": ({}, 503, "complete", False),
    "server-error": ({"when": "after"}, 500, "complete", True),
    "bad-gateway": ({}, 502, "complete", False),
    "gateway-timeout": ({"when": "after"}, 504, "complete", True),
    "expired-token": ({}, 401, "complete", False),
    "extra-fields": ({}, 200, "complete", True),
}
STORAGE_CASES = {
    "refused": ({}, None, "reset", False),
    "answer-lost": ({}, None, "reset", True),
    "no-answer": ({"when": "before"}, None, "silence", False),
    "too-many-requests": ({}, 503, "complete", False),
    "unavailable": ({"when": "after"}, 503, "complete", True),
    "server-error": ({}, 500, "complete", False),
    "bad-gateway": ({}, 502, "complete", False),
    "gateway-timeout": ({"when": "after"}, 504, "complete", True),
    "expired-token": ({}, 403, "complete", False),
    "storage-down": ({}, None, "reset", False),
}
READ_CASES = {
    "reset-mid-body": (200, "reset", b"01234"),
    "truncated": (200, "close", b"01234"),
    "corrupt": (200, "complete", b"01234" + bytes([ord("5") ^ 1]) + b"6789"),
    "slow": (200, "complete", b"0123456789"),
}


def patience(kind: str) -> float:
    """Seconds to wait for a byte; a silence is over when it is (nothing is ever sent, however long one waits)."""
    return 0.2 if kind == "no-answer" else 20


@pytest.mark.parametrize("kind", REST_CASES)
def test_of_the_api(server: Server, rest: Send, kind: str) -> None:
    options, status, end, effective = REST_CASES[kind]
    server.cloud.faults.add({"kind": kind, "operation": "tasks_create", "times": 1, **options})
    seen = rest("POST", "/tasks", TASK, patience=patience(kind))
    assert (seen.status, seen.end) == (status, end)
    assert len(rest("GET", "/tasks").json()) == effective
    assert rest("POST", "/tasks", TASK).status == 200, "a fault with times: 1 strikes once"


@pytest.mark.parametrize("kind", STORAGE_CASES)
def test_of_the_storage(server: Server, storage: Send, kind: str) -> None:
    assert storage("PUT", "/box").status == 200
    options, status, end, effective = STORAGE_CASES[kind]
    server.cloud.faults.add({"kind": kind, "service": "s3", "operation": "PutObject", "times": 1, **options})
    seen = storage("PUT", "/box/key", b"0123456789", patience=patience(kind))
    assert (seen.status, seen.end) == (status, end)
    if status in (403, 500, 503):
        assert b"<Error><Code>" in seen.body.replace(b"\n", b"")
    assert storage("HEAD", "/box/key").status == (200 if effective else 404)


@pytest.mark.parametrize("kind", READ_CASES)
def test_of_what_is_read_from_the_storage(server: Server, storage: Send, kind: str) -> None:
    storage("PUT", "/box")
    storage("PUT", "/box/key", b"0123456789")
    server.cloud.faults.add({"kind": kind, "operation": "GetObject", "times": 1})
    seen = storage("GET", "/box/key")
    assert (seen.status, seen.end, seen.body) == READ_CASES[kind]
    assert seen.headers["content-length"] == "10"


def test_no_kind_is_left_out() -> None:
    assert {*REST_CASES, "no-storage", "storage-down", "unknown-values"} == set(KINDS)
    assert {*STORAGE_CASES, *READ_CASES} == {name for name, kind in KINDS.items() if "s3" in kind.services}


@pytest.mark.parametrize("kind", ["too-many-requests", "unavailable"])
def test_when_to_come_back_is_said_in_both_forms(server: Server, rest: Send, kind: str) -> None:
    server.cloud.faults.add({"kind": kind, "ordinal": 1, "retry_after": 2.5})
    server.cloud.faults.add({"kind": kind, "ordinal": 2, "retry_after": 30, "retry_after_form": "date"})
    server.cloud.faults.add({"kind": kind, "ordinal": 3})
    assert rest("GET", "/tasks").headers["retry-after"] == "2.5"
    named = parsedate_to_datetime(rest("GET", "/tasks").headers["retry-after"]).timestamp()
    assert named == server.cloud.clock.now() / SECOND + 30
    assert "retry-after" not in rest("GET", "/tasks").headers


def test_a_token_expires_from_an_instant_on(server: Server, rest: Send) -> None:
    clock = server.cloud.clock
    assert isinstance(clock, VirtualClock)
    server.cloud.faults.add({"kind": "expired-token", "from": 60})
    assert rest("GET", "/tasks").status == 200
    clock.jump_to(clock.now() + 60 * SECOND)
    assert [rest("GET", "/tasks").status for _ in range(2)] == [401, 401]


def test_a_settings_answer_without_a_storage(server: Server, rest: Send) -> None:
    server.cloud.faults.add({"kind": "no-storage", "times": 1})
    assert rest("GET", "/settings").json() == {"storage": None}
    assert rest("GET", "/settings").json()["storage"] == server.storage_url


def test_broken_json_cannot_be_read_and_has_its_length(server: Server, rest: Send) -> None:
    server.cloud.faults.add({"kind": "corrupt", "operation": "info_get"})
    seen = rest("GET", "/info")
    with pytest.raises(ValueError, match=r"Expecting|delimiter"):
        seen.json()


def test_unknown_values_and_extra_fields_are_where_the_contract_has_enumerations_and_objects(
    server: Server, rest: Send
) -> None:
    uuid = rest("POST", "/tasks", TASK).json()["uuid"]
    server.cloud.faults.add({"kind": "unknown-values", "operation": "task_get", "ordinal": 1})
    server.cloud.faults.add({"kind": "extra-fields", "operation": "task_get", "ordinal": 2})
    assert rest("GET", f"/tasks/{uuid}").json()["state"] == "UnheardOf"
    grown = rest("GET", f"/tasks/{uuid}").json()
    assert grown["fieldOfALaterVersion"] == grown["constants"][0]["fieldOfALaterVersion"]
    plain = rest("GET", f"/tasks/{uuid}").json()
    assert plain["state"] != "UnheardOf"
    assert "fieldOfALaterVersion" not in plain
    assert not server.cloud.contract_errors, "a fault is no bug of the mock"
