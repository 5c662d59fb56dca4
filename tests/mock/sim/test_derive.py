"""The state of a task as a function of its instances."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.sim.derive import task_state
from qarnot_mock.sim.workloads import Instance, Run


def instance(state: str, runs: int = 1, *, executed: bool = False) -> Instance:
    spent = {"execution": 1} if executed else {}
    return Instance(0, state, 0, runs=[Run(0, 0, dict(spent)) for _ in range(runs)])


def derived(*instances: Instance, cancel: bool = False, delete: bool = False) -> str:
    return task_state(instances, cancel_requested=cancel, delete_requested=delete)


FRESH = instance("waiting", runs=0)
DONE = instance("success", executed=True)
FAILED = instance("failure", executed=True)


@pytest.mark.parametrize(
    ("instances", "expected"),
    [
        ([FRESH, FRESH], "Submitted"),
        ([instance("dispatch"), FRESH], "PartiallyDispatched"),
        ([instance("dispatch"), instance("environment")], "FullyDispatched"),
        ([instance("download"), instance("execution")], "PartiallyExecuting"),
        ([FRESH, instance("execution")], "PartiallyExecuting"),
        ([instance("execution"), instance("execution")], "FullyExecuting"),
        ([instance("execution"), DONE], "FullyExecuting"),
        ([instance("upload", executed=True), instance("execution")], "FullyExecuting"),
        ([instance("upload", executed=True), FRESH], "PartiallyExecuting"),
        ([DONE, FRESH], "PartiallyExecuting"),
        ([DONE, instance("dispatch")], "PartiallyExecuting"),
        ([instance("upload", executed=True), DONE], "UploadingResults"),
        ([DONE, DONE], "Success"),
        ([DONE, FAILED], "Failure"),
        ([instance("waiting", executed=True)], "PartiallyDispatched"),
        ([instance("dispatch", runs=2, executed=True)], "FullyDispatched"),
    ],
)
def test_the_state_follows_the_instances(instances: list[Instance], expected: str) -> None:
    assert derived(*instances) == expected


def test_requests_come_before_progress() -> None:
    assert derived(instance("shutdown"), FRESH, cancel=True) == "PendingCancel"
    assert derived(instance("cancelled"), DONE, cancel=True) == "Cancelled"
    assert derived(DONE, cancel=True, delete=True) == "PendingDelete"


def test_a_restarted_task_begins_anew() -> None:
    again = instance("waiting", executed=True)
    again.first_run = 1
    assert derived(again) == "Submitted"


STATES = ["waiting", "dispatch", "download", "environment", "execution", "upload", "success", "failure"]


@given(st.lists(st.sampled_from(STATES), min_size=1, max_size=6), st.booleans(), st.booleans())
def test_the_order_of_instances_does_not_matter(states: list[str], cancel: bool, delete: bool) -> None:
    instances = [instance(state, executed=state in ("upload", "success")) for state in states]
    forward = task_state(instances, cancel_requested=cancel, delete_requested=delete)
    assert task_state(instances[::-1], cancel_requested=cancel, delete_requested=delete) == forward
