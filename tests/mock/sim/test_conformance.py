"""The checker that judges observations: it finds what is wrong, and is silent about what is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from qarnot_mock.conformance.history import History
from qarnot_mock.conformance.lifecycle_check import Call, check_calls, check_record, check_states


@pytest.fixture
def table(lifecycles: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(lifecycles["task"])


def rules(findings: Any) -> list[tuple[str, int]]:
    return [(finding.rule, finding.position) for finding in findings]


NORMAL = ["Submitted", "FullyDispatched", "FullyDispatched", "FullyExecuting", "UploadingResults", "Success"]


def test_the_normal_order_is_in_order(table: Any) -> None:
    assert check_states(table, NORMAL, complete=True, born=True) == []


@pytest.mark.parametrize(
    ("states", "complete", "found"),
    [
        (["Submitted", "Success"], False, []),
        (["Submitted", "Success"], True, [("transition", 1)]),
        (["FullyExecuting", "Submitted"], True, [("transition", 1)]),
        (["Cancelled", "PendingCancel"], True, [("transition", 1)]),
        (["PendingCancel", "Success"], False, [("transition", 1)]),
        (["PendingDelete", "FullyExecuting"], False, [("transition", 1)]),
        (["Gone", "Submitted"], False, [("transition", 1)]),
        (["Submitted", "Dreaming", "Submitted"], False, [("unknown state", 1), ("transition", 1), ("transition", 2)]),
    ],
)
def test_wrong_orders_are_found(table: Any, states: list[str], complete: bool, found: Any) -> None:
    assert rules(check_states(table, states, complete=complete)) == found


def test_an_ended_task_comes_back_only_by_a_restart(table: Any) -> None:
    states = ["Success", "Submitted"]
    assert rules(check_states(table, states)) == [("transition", 1)]
    assert rules(check_states(table, states, called={"task_abort"})) == [("transition", 1)]
    assert check_states(table, states, called={"task_restart"}) == []


def test_nobody_aborted_so_nothing_is_cancelled(table: Any) -> None:
    states = ["FullyExecuting", "Cancelled"]
    assert check_states(table, states) == []
    assert rules(check_states(table, states, called=())) == [("transition", 1)]


def test_a_new_object_begins_at_the_beginning(table: Any) -> None:
    assert rules(check_states(table, ["FullyExecuting"], complete=True, born=True)) == [("initial", 0)]


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (Call("task_abort", 200, "FullyExecuting", "PendingCancel"), []),
        (Call("task_abort", 200, "FullyExecuting", "FullyExecuting"), [("effect", 0)]),
        (Call("task_abort", 200, "Success", "Cancelled"), [("operation", 0)]),
        (Call("task_abort", 403, "Success", "Success"), []),
        (Call("task_abort", 400, "Success", "Success"), [("refusal", 0)]),
        (Call("task_abort", 403, "FullyExecuting", "FullyExecuting"), [("operation", 0)]),
        (Call("task_abort", 403, "UploadingResults", "Success"), []),
        (Call("task_abort", 404, "FullyExecuting", None), []),
        (Call("task_abort", 403), []),
        (Call("task_resources_update", 400, "Submitted", "Submitted"), []),
        (Call("task_resources_update", 200, "Submitted", "FullyExecuting"), []),
        (Call("task_retry", 400, "Success", "Success"), []),
        (Call("task_retry", 200, "Failure", "Failure"), []),
        (Call("task_delete", 403, "Success", "Success"), [("operation", 0)]),
        (Call("some_other_operation", 403, "Success", "Success"), []),
    ],
)
def test_calls_are_judged_by_the_states_around_them(table: Any, call: Call, found: Any) -> None:
    assert rules(check_calls(table, [call])) == found


RECORD = {
    "state": "Success",
    "previousState": "UploadingResults",
    "endDate": "2023-01-01T00:00:07Z",
    "stateTransitionTime": "2023-01-01T00:00:07Z",
    "previousStateTransitionTime": "2023-01-01T00:00:06.5Z",
}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"previousState": None}, []),
        ({"previousState": "Submitted"}, [("transition", 0)]),
        ({"state": "Unheard"}, [("unknown state", 1)]),
        ({"endDate": "0001-01-01T00:00:00"}, [("end date", 0)]),
        ({"state": "FullyExecuting", "previousState": "FullyDispatched"}, [("end date", 0)]),
        ({"previousStateTransitionTime": "2023-01-01T00:00:07.1Z"}, [("transition time", 0)]),
    ],
)
def test_a_record_is_judged_by_itself(table: Any, changes: dict[str, Any], found: Any) -> None:
    assert rules(check_record(table, {**RECORD, **changes})) == found


READY = ["Submitted", "FullyDispatched", "FullyExecuting"]


@pytest.mark.parametrize(
    ("states", "complete", "found"),
    [
        ([*READY, "Closing", "Closed", "PendingDelete", "Gone"], True, []),
        ([*READY, "PartiallyExecuting", "FullyExecuting", "PendingDelete"], True, []),
        (["Submitted", "Closed"], False, []),
        (["Submitted", "Closed"], True, [("transition", 1)]),
        (["Closed", "FullyExecuting"], False, [("transition", 1)]),
        (["Closing", "Failure"], False, [("transition", 1)]),
        (["FullyExecuting", "Submitted"], False, [("transition", 1)]),
        (["FullyExecuting", "Success"], False, [("unknown state", 1), ("transition", 1)]),
    ],
)
def test_the_ways_of_pools_are_judged(lifecycles: Any, states: list[str], complete: bool, found: Any) -> None:
    assert rules(check_states(lifecycles["pool"], states, complete=complete)) == found


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (Call("pool_close", 200, "FullyExecuting", "Closing"), []),
        (Call("pool_close", 200, "FullyExecuting", "FullyExecuting"), [("effect", 0)]),
        (Call("pool_close", 200, "Closed", "Closed"), [("operation", 0)]),
        (Call("pool_close", 403, "Closed", "Closed"), []),
        (Call("pool_close", 400, "Closed", "Closed"), [("refusal", 0)]),
        (Call("pool_update", 403, "Submitted", "Submitted"), [("operation", 0)]),
        (Call("pool_resources_update", 400, "Closing", "Closing"), []),
        (Call("pool_delete", 200, "Closed", "PendingDelete"), []),
    ],
)
def test_what_is_asked_of_pools_is_judged(lifecycles: Any, call: Call, found: Any) -> None:
    assert rules(check_calls(lifecycles["pool"], [call])) == found


def test_an_answer_about_a_pool_is_judged(lifecycles: Any) -> None:
    closed = {"state": "Closed", "previousState": "Closing", "endDate": "2023-11-14T22:13:20Z"}
    assert check_record(lifecycles["pool"], closed) == []
    assert rules(check_record(lifecycles["pool"], {**closed, "endDate": "0001-01-01T00:00:00Z"})) == [("end date", 0)]


def test_a_history_is_silent_about_a_normal_life(table: Any) -> None:
    history = History(table)
    assert history.see({"state": "FullyDispatched", "previousState": "Submitted"}) == []
    assert history.did("task_abort", 200, {"state": "PendingCancel", "previousState": "FullyDispatched"}) == []
    assert history.see({"state": "Cancelled", "previousState": "PendingCancel"}) == []
    assert history.ended
    assert history.did("task_delete", 200, {"state": "PendingDelete", "previousState": "Cancelled"}) == []
    assert history.see(None) == []
    assert history.gone


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        ([{"state": "PendingCancel", "previousState": "Submitted"}], [("transition", 2)]),
        (
            [{"state": "Success", "previousState": "Cancelled"}],
            [("transition", 0), ("transition", 1), ("transition", 2)],
        ),
        ([{"state": "UploadingResults"}, {"state": "Success"}, {"state": "FullyExecuting"}], [("transition", 2)]),
    ],
)
def test_a_history_finds_what_nobody_has_asked_for(table: Any, seen: list[Any], found: Any) -> None:
    history = History(table)
    *before, last = seen
    assert [finding for record in before for finding in history.see(record)] == []
    assert rules(history.see(last)) == found


def test_a_history_tells_an_unheard_refusal_and_an_effect_that_is_missing(table: Any) -> None:
    assert rules(History(table).did("task_abort", 403, {"state": "Submitted"})) == [("operation", 0)]
    assert rules(History(table).did("task_abort", 200, {"state": "Submitted"})) == [("effect", 0)]
