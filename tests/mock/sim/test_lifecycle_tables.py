"""The tables themselves, and the engine that looks them up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from qarnot_mock.sim.commands import Refusal
from qarnot_mock.sim.lifecycle import IllegalTransition, Lifecycle
from qarnot_mock.sim.operations import HANDLERS

GRADES = {"documented", "vendor", "sdk", "witness", "assumed"}


@pytest.fixture(params=["task", "instance", "snapshot", "job", "dependency"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_name_in_a_table_is_one_of_its_states(lifecycles: Mapping[str, Any], kind: str) -> None:
    table = lifecycles[kind]
    states = set(table["states"])
    assert table["initial"] in states
    for members in table["groups"].values():
        assert set(members) <= states
    for row in table["transitions"]:
        assert {row["to"], *row["from"]} <= states
        assert row.get("only_with", "job") in lifecycles
    for row in table["operations"].values():
        assert {*row["legal"], *row.get("then", ())} <= states


def test_every_state_can_be_reached_and_terminal_ones_end(lifecycles: Mapping[str, Any], kind: str) -> None:
    table = lifecycles[kind]
    reached = {table["initial"]} | {row["to"] for row in table["transitions"]}
    assert reached == set(table["states"])
    leaving = {(origin, row["trigger"]) for row in table["transitions"] for origin in row["from"]}
    after_the_end = {trigger for origin, trigger in leaving if origin in table["groups"]["terminal"]}
    assert after_the_end <= {"task_delete", "job_delete", "removed", "task_restart", "restart"}


def test_terminal_and_running_states_are_disjoint(lifecycles: Mapping[str, Any], kind: str) -> None:
    groups = lifecycles[kind]["groups"]
    assert not set(groups["terminal"]) & set(groups["running"])


def test_every_row_has_an_evidence_grade(lifecycles: Mapping[str, Any], kind: str) -> None:
    table = lifecycles[kind]
    for row in [table, *table["transitions"], *table["operations"].values()]:
        evidence = row.get("evidence", table["evidence"])
        assert evidence["grade"] in GRADES
        assert evidence["source"]


def test_an_operation_that_is_not_legal_everywhere_says_how_it_is_refused(
    lifecycles: Mapping[str, Any], kind: str
) -> None:
    table = lifecycles[kind]
    observable = {name for name, row in table["states"].items() if row.get("observable", True)}
    for name, row in table["operations"].items():
        assert name in HANDLERS
        assert ("refusal" in row) == (not observable <= set(row["legal"])), name
        assert ("condition" in row) == ("unmet" in row)


def test_a_trigger_of_an_instance_is_unambiguous(lifecycles: Mapping[str, Any]) -> None:
    for kind in ("instance", "snapshot", "job", "dependency"):
        steps = [(origin, row["trigger"]) for row in lifecycles[kind]["transitions"] for origin in row["from"]]
        assert len(steps) == len(set(steps))


def test_an_illegal_transition_lists_what_was_allowed(lifecycles: Mapping[str, Any]) -> None:
    engine = Lifecycle.from_table("snapshot", lifecycles["snapshot"])
    assert engine.fire("triggered", "begin") == "inProgress"
    with pytest.raises(IllegalTransition, match=r"'succeed' is not possible in state 'triggered'.*\['begin', 'fail'\]"):
        engine.fire("triggered", "succeed")
    with pytest.raises(IllegalTransition, match=r"'success' cannot become 'triggered'; it can become \[\]"):
        engine.move("success", "triggered")


def test_a_refusal_names_the_object_and_its_state(lifecycles: Mapping[str, Any]) -> None:
    engine = Lifecycle.from_table("task", lifecycles["task"])
    engine.permit("task_abort", "Submitted", "some-id")
    with pytest.raises(Refusal) as caught:
        engine.permit("task_abort", "Success", "some-id")
    assert caught.value.status == 403
    assert caught.value.message == "The task some-id cannot be aborted in state Success"
