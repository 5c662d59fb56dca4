"""Objects followed through exchanges: what the tables allow passes, whatever was seen or done; the rest is found."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from qarnot_mock import contract
from qarnot_mock.assemble import build_cloud
from qarnot_mock.clock import SECOND, VirtualClock
from qarnot_mock.cloud import Cloud
from qarnot_mock.conformance.sightings import TRANSITIONS
from qarnot_mock.conformance.watch import watch

UUID = "0a3c9c3e-5d5b-4c52-9e8c-7f1f4b1c2a10"
TASK = {"name": "n", "profile": "docker-batch", "instanceCount": 1}


def test_a_life_by_the_table_has_no_findings(exchange: Any) -> None:
    exchange("POST /tasks", 200, {"uuid": UUID}, body=TASK)
    states = ["Submitted", "FullyDispatched", "FullyExecuting", "UploadingResults", "Success"]
    for previous, state in itertools.pairwise([None, *states]):
        assert exchange.see(state, previous=previous).findings == ()
    exchange(f"DELETE /tasks/{UUID}", 200)
    assert exchange(f"GET /tasks/{UUID}", 404, {"message": "no such task"}).findings == ()


def test_a_step_that_the_table_has_not_is_found(exchange: Any) -> None:
    exchange.see("FullyExecuting", previous="FullyDispatched")
    assert "FullyExecuting was followed by Submitted" in exchange.see("Submitted").findings[0]
    assert "cannot become" in exchange.see("Success", previous="Submitted").findings[0]


def test_an_ended_task_comes_back_only_when_it_is_restarted(exchange: Any) -> None:
    exchange.see("Success", previous="UploadingResults")
    exchange(f"POST /tasks/{UUID}/restart", 200)
    assert exchange.see("Submitted", previous="Success").findings == ()
    exchange.see("Success", previous="UploadingResults")
    assert exchange.see("Submitted", previous="Success").findings


def test_what_is_gone_stays_so(exchange: Any) -> None:
    exchange.see("Success", previous="UploadingResults")
    exchange(f"DELETE /tasks/{UUID}", 200)
    exchange(f"GET /tasks/{UUID}", 404, {"message": "no such task"})
    assert "Gone was followed by UploadingResults" in exchange.see("Success", previous="UploadingResults").findings[0]


def test_a_record_is_followed_wherever_it_is_shown(exchange: Any) -> None:
    record = {"uuid": UUID, "name": "n", "shortname": "s", "previousState": "UploadingResults"}
    exchange.see("Success", previous="UploadingResults")
    wrong = exchange("GET /tasks", 200, [{**record, "state": "Failure"}])
    assert "Success was followed by UploadingResults; possible: Gone" in wrong.findings[0]
    page = {"data": [{**record, "state": "Success"}], "isTruncated": False}
    wrong = exchange("POST /tasks/paginate", 200, page, body={})
    assert "Failure was followed by UploadingResults" in wrong.findings[0]


def test_a_refused_operation_that_was_legal_is_found_and_so_is_one_that_was_not(exchange: Any) -> None:
    exchange.see("Success", previous="UploadingResults")
    refusal = f"The task {UUID} cannot be aborted in state Success"
    assert exchange(f"POST /tasks/{UUID}/abort", 403, {"message": refusal}).findings == ()
    assert "succeeded in state Success" in exchange(f"POST /tasks/{UUID}/abort", 200).findings[0]


def test_a_refusal_in_a_state_where_the_operation_is_legal_is_found(exchange: Any) -> None:
    exchange.see("PendingCancel", previous="Submitted")
    refusal = {"message": f"The task {UUID} is finished (PendingCancel) and cannot be updated"}
    wish = {"tags": ["x"]}
    exchange("GET /tasks", 200, [])
    found = exchange(f"PUT /tasks/{UUID}", 403, refusal, body=wish).findings
    assert found == (), "it may have ended meanwhile"
    other = {"message": "The quota is exceeded"}
    assert exchange(f"PUT /tasks/{UUID}", 403, other, body=wish).findings == ()


def test_a_short_name_is_another_name_of_the_same_object(exchange: Any) -> None:
    exchange.see("Success", previous="UploadingResults")
    assert "succeeded in state Success" in exchange("POST /tasks/short/abort", 200).findings[0]


@pytest.mark.parametrize("bulk", [False, True])
def test_a_short_name_is_known_from_the_request_that_gave_it(exchange: Any, bulk: bool) -> None:
    body, item = {**TASK, "shortname": "short"}, {"statusCode": 200, "uuid": UUID, "message": "ok"}
    exchange("POST /tasks", 200, [item] if bulk else {"uuid": UUID}, body=[body] if bulk else body)
    exchange("DELETE /tasks/short", 200)
    assert exchange.see("PendingDelete", previous="Submitted").findings == ()


def test_a_job_ends_its_tasks_and_nothing_else_does(exchange: Any) -> None:
    job = "1b3c9c3e-5d5b-4c52-9e8c-7f1f4b1c2a10"
    exchange.see("Submitted", jobUuid=job)
    assert exchange.see("Cancelled", previous="Submitted", jobUuid=job).findings == ()


def test_a_task_without_a_job_is_not_cancelled_by_itself(exchange: Any) -> None:
    exchange.see("Submitted", jobUuid=None, poolUuid=None)
    assert exchange.see("Cancelled", previous="Submitted", jobUuid=None, poolUuid=None).findings


def test_another_account_has_other_objects(exchange: Any) -> None:
    exchange.see("Success", previous="UploadingResults")
    exchange.account = object()
    assert exchange.see("Submitted").findings == ()


def test_a_state_that_no_table_has_is_a_breach_already(exchange: Any) -> None:
    assert exchange.see("Dreaming").faults


def test_the_steps_that_were_seen_are_counted_once_each(exchange: Any) -> None:
    def steps(verdict: Any) -> list[str]:
        return [item for aspect, item in verdict.facts if aspect == TRANSITIONS]

    assert steps(exchange.see("FullyDispatched", previous="Submitted")) == ["task Submitted to FullyDispatched"]
    # Two looks with something between: only the record tells the last step.
    assert steps(exchange.see("Success", previous="UploadingResults")) == ["task UploadingResults to Success"]
    exchange(f"DELETE /tasks/{UUID}", 200)
    assert steps(exchange(f"GET /tasks/{UUID}", 404, {"message": "no"})) == []


@pytest.fixture
def cloud() -> Cloud:
    return build_cloud(clock=VirtualClock())


def test_instances_and_snapshots_are_followed_too(client_of: Any, cloud: Cloud) -> None:
    verdicts: list[Any] = []
    cloud.observers.append(watch(verdicts.append))
    client = client_of(cloud)
    uuid = client.json("POST", "/tasks", {**TASK, "constants": [{"key": "MOCK_DURATION", "value": "60"}]})["uuid"]
    snapshot = ""
    for _ in range(40):
        assert isinstance(cloud.clock, VirtualClock)
        cloud.clock.advance(SECOND)
        state = client.json("GET", f"/tasks/{uuid}")["state"]
        if state == "FullyExecuting" and not snapshot:
            snapshot = client.json("POST", f"/tasks/{uuid}/snapshot", {})["id"]
        if snapshot:
            client.json("GET", f"/tasks/{uuid}/snapshot/{snapshot}")
    steps = {item for verdict in verdicts for aspect, item in verdict.facts if aspect == TRANSITIONS}
    assert not any(verdict.problems() for verdict in verdicts)
    assert {"instance download to environment", "snapshot triggered to failure"} <= steps, steps


def test_every_table_has_a_schema_that_shows_its_state() -> None:
    for table in contract.load().lifecycles.values():
        assert table["schema"] in contract.load().openapi["components"]["schemas"]  # type: ignore[index,call-overload]
