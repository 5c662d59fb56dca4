"""What a test can assert about its cloud: each assertion holds where it should, and fails with a reason elsewhere."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest

import qarnot_hl
from qarnot_mock.testing.cloud import QarnotCloud

TASK = {"name": "n", "profile": "docker-batch", "instanceCount": 1}


def post(cloud: QarnotCloud, path: str, body: Any) -> httpx.Response:
    return httpx.post(f"https://api.qarnot.com{path}", json=body, headers={"Authorization": cloud.token})


def control(cloud: QarnotCloud, **claim: Any) -> tuple[int, Any]:
    response = post(cloud, "/_mock/claims", claim)
    return response.status_code, response.json()


@pytest.mark.qarnot(faults=[{"kind": "answer-lost", "operation": "tasks_create", "times": 1}])
def test_a_repeated_submit_is_no_duplicate_when_it_is_found_again(qarnot_cloud: QarnotCloud) -> None:
    for _ in range(2):
        qarnot_hl.Connection().create_task("n", "docker-batch").submit()
    qarnot_cloud.assert_no_duplicate_submit()
    assert control(qarnot_cloud, claim="no_duplicate_submit") == (200, {"holds": True})


@pytest.mark.parametrize("bodies", [[TASK, TASK], [[TASK, TASK]], [TASK, [{**TASK, "name": "m"}, TASK]]])
def test_the_same_definition_twice_is_a_duplicate(qarnot_cloud: QarnotCloud, bodies: list[Any]) -> None:
    for body in bodies:
        post(qarnot_cloud, "/tasks", body)
    with pytest.raises(AssertionError, match=r"more than once:\n\d: 2026-.* tasks_create repeats 0: 2026"):
        qarnot_cloud.assert_no_duplicate_submit()
    status, answer = control(qarnot_cloud, claim="no_duplicate_submit")
    assert (status, answer["message"].partition(":")[0]) == (417, "the same definition was accepted more than once")


def test_what_was_accepted_is_counted_and_ordered(qarnot_cloud: QarnotCloud) -> None:
    task = qarnot_hl.Connection().create_task("n", "docker-batch")
    task.submit()
    task.abort()
    qarnot_cloud.assert_accepted("tasks_create")
    qarnot_cloud.assert_accepted("tasks_create", times=1)
    qarnot_cloud.assert_accepted("task_delete", at_most=0)
    qarnot_cloud.assert_in_order("tasks_create", "task_abort")
    with pytest.raises(AssertionError, match="tasks_create was accepted 1 times, not 2 times:\n0: 2026"):
        qarnot_cloud.assert_accepted("tasks_create", times=2)
    with pytest.raises(AssertionError, match="task_delete was accepted 0 times, not at least 1 times"):
        qarnot_cloud.assert_accepted("task_delete")
    with pytest.raises(AssertionError, match="task_abort was accepted 1 times, not at most 0"):
        qarnot_cloud.assert_accepted("task_abort", at_most=0)
    with pytest.raises(AssertionError, match="tasks_create was not accepted in the order task_abort, tasks_create"):
        qarnot_cloud.assert_in_order("task_abort", "tasks_create")
    assert control(qarnot_cloud, claim="accepted", operation="task_abort", times=1)[0] == 200
    assert control(qarnot_cloud, claim="in_order", operations=["task_abort", "tasks_create"])[0] == 417


def test_what_goes_on_after_the_script_is_found(qarnot_cloud: QarnotCloud) -> None:
    connection = qarnot_hl.Connection()
    task = connection.create_task("n", "docker-batch")
    task.constants["MOCK_DURATION"] = "60"
    task.submit()
    with pytest.raises(AssertionError, match=f"this goes on:\ntask {task.uuid} is Submitted"):
        qarnot_cloud.assert_nothing_left()
    time.sleep(120)
    qarnot_cloud.assert_nothing_left()
    assert control(qarnot_cloud, claim="nothing_left")[0] == 200
    pool = connection.create_pool("p", "docker-batch", 1)
    pool.submit()
    time.sleep(30)
    with pytest.raises(AssertionError, match="pool"):
        qarnot_cloud.assert_nothing_left()
    pool.close()
    qarnot_cloud.settle()
    qarnot_cloud.assert_nothing_left()


@pytest.mark.qarnot_contract("violation")
def test_what_was_asked_is_found_by_operation_status_and_client(qarnot_cloud: QarnotCloud) -> None:
    connection = qarnot_hl.Connection()
    connection.create_task("n", "docker-batch").submit()
    connection.create_bucket("bucket")
    post(qarnot_cloud, "/tasks", {"name": 3})
    post(qarnot_cloud, "/tasks", {**TASK, "Name": "m"})
    assert [each.status for each in qarnot_cloud.asked("tasks_create", client="raw")] == [400, 200]
    qarnot_cloud.assert_asked("tasks_create", times=3)
    qarnot_cloud.assert_asked("tasks_create", client="ours", status=200, times=1)
    qarnot_cloud.assert_asked("CreateBucket", at_least=1)
    qarnot_cloud.assert_never_asked("task_delete")
    with pytest.raises(AssertionError, match="tasks_create by raw with 400 was asked 1 times, not 0 times"):
        qarnot_cloud.assert_asked("tasks_create", client="raw", status=400, times=0)
    with pytest.raises(AssertionError, match="tasks_create was asked 3 times, not 0 times"):
        qarnot_cloud.assert_never_asked("tasks_create")
    with pytest.raises(AssertionError, match=r"these needed tolerance:\n.*unknown-request-keys"):
        qarnot_cloud.assert_exact()


def test_a_script_of_ours_is_exact(qarnot_cloud: QarnotCloud) -> None:
    qarnot_hl.Connection().create_task("n", "docker-batch").run()
    qarnot_cloud.assert_exact()


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ({"claim": "no_such"}, "there are: no_duplicate_submit, accepted, in_order, nothing_left"),
        ({}, "there is no claim"),
        ({"claim": "accepted"}, "missing a required argument: 'operation'"),
        ({"claim": "accepted", "operation": "x", "often": 1}, "often"),
        ({"claim": "in_order", "operations": 3}, "in_order"),
    ],
)
def test_a_claim_that_is_none_says_what_there_is(qarnot_cloud: QarnotCloud, claim: Any, text: str) -> None:
    status, answer = control(qarnot_cloud, **claim)
    assert status == 400
    assert text in answer["message"]


def test_claims_are_listed(qarnot_cloud: QarnotCloud) -> None:
    answer = httpx.get("https://api.qarnot.com/_mock/claims", headers={"Authorization": qarnot_cloud.token})
    assert set(json.loads(answer.text)) == {"no_duplicate_submit", "accepted", "in_order", "nothing_left"}
