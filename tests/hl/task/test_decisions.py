"""Bodies, pauses, final states and the ends of waits: the decisions behind a task."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl import exceptions as ex
from qarnot_hl._core.completed_instance import CompletedInstance
from qarnot_hl._core.outcome import exit_codes, is_unhappy, unhappy_end
from qarnot_hl._core.poll import LATEST, SOONEST, is_over, next_pause
from qarnot_hl._core.resource_state import ResourceState, as_pairs
from qarnot_hl._core.task_payload import commit_body, creation_body, snapshot_after_submit
from qarnot_hl._core.task_state import is_final
from qarnot_hl.error import Error
from qarnot_hl.status import Status

ELAPSED = st.floats(0, 1e6)


def test_a_new_task_is_looked_at_soon_and_an_old_one_every_ten_seconds() -> None:
    assert next_pause(0) <= 1
    assert next_pause(86_400) == 10


@given(ELAPSED, ELAPSED)
def test_pauses_grow_with_the_time_waited_between_their_bounds(a: float, b: float) -> None:
    first, second = sorted((a, b))
    assert SOONEST <= next_pause(first) <= next_pause(second) <= LATEST


@given(ELAPSED, ELAPSED)
def test_a_pause_never_goes_beyond_the_timeout(elapsed: float, timeout: float) -> None:
    pause = next_pause(elapsed, timeout)
    assert pause >= 0
    assert elapsed + pause <= max(timeout, elapsed) + 1e-6
    assert (pause == 0) <= is_over(elapsed, timeout)


def test_a_short_task_is_noticed_soon_and_a_long_one_is_not_pestered() -> None:
    assert next_pause(0) == 0.2
    assert next_pause(30) == 3
    assert next_pause(3600) == 10


def test_without_a_timeout_it_is_never_over() -> None:
    assert not is_over(1e9, None)
    assert is_over(0, 0)


@pytest.mark.parametrize("state", ["Success", "Failure", "Cancelled", "success", "CANCELLED"])
def test_final_states(state: str) -> None:
    assert is_final(state)


@pytest.mark.parametrize(
    "state", ["Submitted", "PendingCancel", "PendingDelete", "DownloadingResults", "Novel", "", None]
)
def test_states_that_can_still_change(state: str | None) -> None:
    assert not is_final(state)


def test_a_new_task_sends_what_was_set_and_nothing_else() -> None:
    state = ResourceState(edits={"name": "n", "profile": "p", "shortname": None, "instanceCount": 2, "labels": {}})
    assert creation_body(state) == {"name": "n", "profile": "p", "instanceCount": 2, "labels": {}}


def test_an_advanced_range_replaces_the_count() -> None:
    state = ResourceState(edits={"name": "n", "instanceCount": 0, "advancedRanges": "1-3"})
    assert creation_body(state) == {"name": "n", "advancedRanges": "1-3"}


def test_after_submit_the_shortname_is_the_uuid_unless_given() -> None:
    assert snapshot_after_submit({"name": "n"}, "u") == {
        "name": "n", "uuid": "u", "shortname": "u", "state": "Submitted",
    }  # fmt: skip
    assert snapshot_after_submit({"shortname": "s"}, "u")["shortname"] == "s"


@pytest.mark.parametrize(
    "edits", [{"tags": ["t"]}, {"constants": as_pairs({"A": "1"})}, {"tags": [], "constants": []}, {}]
)
def test_a_commit_sends_the_edited_lists_only(edits: Any) -> None:
    state = ResourceState({"name": "n", "tags": ["old"], "constants": as_pairs({"A": "0"})}, edits=edits)
    assert commit_body(state, {}) == edits


def test_a_commit_of_what_the_server_would_ignore_is_refused_by_name() -> None:
    state = ResourceState(edits={"labels": {}, "resultBucket": "b", "tags": []})
    with pytest.raises(ex.QarnotGenericException, match="cannot commit labels, results: ") as refused:
        commit_body(state, {"resultBucket": "results"})
    assert "discard_edits" in str(refused.value.next_step)


def test_a_commit_does_not_overwrite_a_secret_by_its_placeholder() -> None:
    secret = as_pairs({"QARNOT_SECRET__KEY": "[SECRET]", "A": "1"})
    with pytest.raises(ex.QarnotGenericException, match="QARNOT_SECRET__KEY"):
        commit_body(ResourceState(edits={"constants": secret}), {})
    again = as_pairs({"QARNOT_SECRET__KEY": "known", "A": "1"})
    assert commit_body(ResourceState(edits={"constants": again}), {}) == {"constants": again}


@pytest.mark.parametrize(
    ("state", "unhappy"),
    [("Success", False), ("closed", False), ("Completed", False), ("Failure", True), ("Deleted", True), (None, True)],
)
def test_every_end_but_a_success_is_unhappy(state: str | None, unhappy: bool) -> None:
    assert is_unhappy(state) is unhappy


def test_exit_codes_are_taken_from_the_words_of_the_server() -> None:
    said = ["Instance 0 exited with code 3", "exit code -9", "no node left", "exited 0"]
    instances = [CompletedInstance({"instanceId": n, "error": {"message": text}}) for n, text in enumerate(said)]
    assert exit_codes([*instances, CompletedInstance({"instanceId": 9, "error": None})]) == {0: 3, 1: -9, 3: 0}


def test_an_instance_is_told_only_once() -> None:
    instance = CompletedInstance({"instanceId": 4, "error": {"code": "C1", "message": "exit code 3"}})
    error = unhappy_end("Task", "u", "Failure", errors=[Error({"code": "C1", "message": "exit code 3"})],
                        instances=[instance])  # fmt: skip
    assert str(error).count("exit code 3") == 1
    alone = unhappy_end("Task", "u", "Failure", instances=[instance])
    assert "instance 4: C1: exit code 3" in str(alone)
    assert alone.exit_codes == {4: 3}


def test_a_failure_tells_errors_instances_and_output() -> None:
    error = unhappy_end(
        "Task", "u", "Failure", errors=[Error({"code": "C1", "message": "exit code 3"})],
        status=Status({"failedRange": "2,5", "failedOnlyRange": "2"}), output="boom\nlast",
    )  # fmt: skip
    assert isinstance(error, ex.TaskFailed)
    assert "ended in Failure: C1: exit code 3 (instances 2)\nlast output:\nboom\nlast" in str(error)
    assert (error.subject, error.object_id, error.output) == ("Task", "u", "boom\nlast")
    assert error.errors[0].code == "C1"


def test_a_cancelled_task_is_told_apart() -> None:
    error = unhappy_end("Task", "u", "Cancelled")
    assert isinstance(error, ex.TaskCancelled)
    assert str(error) == "'Task' ended in Cancelled"
