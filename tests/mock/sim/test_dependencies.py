"""Tasks that wait for tasks: which definitions make sense, who is released and when, who is cancelled."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.sim.dependencies import ENDS, invalid, parents
from qarnot_mock.sim.tasks import FULFILLED, NOT_FULFILLED, WAITING

UNKNOWN = "0a3c9c3e-5d5b-4c52-9e8c-7f1f4b1c2a10"


@pytest.fixture
def job(driver: Any) -> str:
    return str(driver.open_job(useDependencies=True))


def after(*uuids: str, ends: list[str] | None = None) -> dict[str, Any]:
    """Dependencies on some tasks, in the advanced form when they must end in a certain way."""
    if ends is None:
        return {"dependsOn": list(uuids)}
    return {"advancedDependsOn": [{"taskUuid": uuid, "taskFinalStateCondition": ends} for uuid in uuids]}


def standing(driver: Any, task: str) -> str:
    return str(driver.task(task)["dependencies"]["state"])


@pytest.mark.parametrize(
    "given_",
    [
        after(UNKNOWN),
        after(UNKNOWN, ends=["success"]),
        {"advancedDependsOn": [{"taskUuid": "{known}", "taskFinalStateCondition": ["done"]}]},
        {"advancedDependsOn": [{"taskFinalStateCondition": ["success"]}]},
    ],
)
def test_dependencies_that_make_no_sense_are_refused(driver: Any, job: str, given_: Any) -> None:
    known = driver.submit(jobUuid=job)
    for row in given_.get("advancedDependsOn", ()):
        if row.get("taskUuid") == "{known}":
            row["taskUuid"] = known
    refusal = driver.refused("tasks_create", body=driver.definition(jobUuid=job, dependencies=given_))
    assert (refusal.status, refusal.message) == (400, "Invalid task file. Invalid fields: dependencies")


@pytest.mark.parametrize("field", ["stranger", "deleted"])
def test_a_parent_must_be_a_lasting_task_of_the_same_job(driver: Any, job: str, field: str) -> None:
    parent = driver.submit(jobUuid=job if field == "deleted" else driver.open_job(useDependencies=True))
    if field == "deleted":
        driver.call("task_delete", parent)
    body = driver.definition(jobUuid=job, dependencies=after(parent))
    assert driver.refused("tasks_create", body=body).message.endswith("dependencies")


@pytest.mark.parametrize("empty", [{"dependsOn": []}, {"dependsOn": None}, {"advancedDependsOn": []}, {}, None])
def test_no_dependencies_need_no_job(driver: Any, empty: Any) -> None:
    task = driver.submit(dependencies=empty)
    driver.at(10)
    assert driver.state(task) == "Success"


@pytest.mark.parametrize(("exit_code", "ends", "expected"), [
    ("0", None, "Success"), ("1", None, "Success"), ("0", [], "Success"), ("1", [], "Success"),
    ("0", ["Success"], "Success"), ("1", ["SUCCESS"], "Cancelled"), ("1", ["failure"], "Success"),
    ("0", ["failure", "cancelled"], "Cancelled"), ("1", ["failure", "success"], "Success"),
])  # fmt: skip
def test_the_end_of_the_parent_decides(
    driver: Any, job: str, exit_code: str, ends: list[str] | None, expected: str
) -> None:
    parent = driver.submit({"MOCK_EXIT_CODE": exit_code}, jobUuid=job)
    child = driver.submit(jobUuid=job, dependencies=after(parent, ends=ends))
    driver.at(30)
    assert driver.state(child) == expected
    assert standing(driver, child) == (FULFILLED if expected == "Success" else NOT_FULFILLED)


def test_one_unfulfilled_parent_is_enough_though_others_still_run(driver: Any, job: str) -> None:
    quick = driver.submit({"MOCK_EXIT_CODE": "1"}, jobUuid=job)
    slow = driver.submit({"MOCK_DURATION": "100"}, jobUuid=job)
    child = driver.submit(jobUuid=job, dependencies=after(quick, slow, ends=["success"]))
    driver.at(7)
    assert (driver.state(child), driver.state(slow)) == ("Cancelled", "FullyExecuting")


def test_cancellation_runs_through_a_chain_in_one_instant(driver: Any, job: str) -> None:
    chain = [driver.submit({"MOCK_EXIT_CODE": "1"}, jobUuid=job)]
    for _ in range(5):
        chain.append(driver.submit(jobUuid=job, dependencies=after(chain[-1], ends=["success"])))
    driver.at(6.999999)
    assert {driver.state(task) for task in chain[1:]} == {"Submitted"}
    driver.at(7)
    assert [driver.state(task) for task in chain] == ["Failure"] + ["Cancelled"] * 5


def test_an_aborted_parent_releases_whom_any_end_will_do(driver: Any, job: str) -> None:
    parent = driver.submit(jobUuid=job)
    anyhow, strict = (driver.submit(jobUuid=job, dependencies=after(parent, ends=ends)) for ends in ([], ["success"]))
    driver.call("task_abort", parent)
    assert (driver.state(strict), standing(driver, anyhow)) == ("Cancelled", FULFILLED)
    driver.at(10)
    assert driver.state(anyhow) == "Success"


def test_a_parent_that_is_deleted_while_it_runs_counts_as_cancelled(driver: Any, job: str) -> None:
    parent = driver.submit(jobUuid=job)
    child = driver.submit(jobUuid=job, dependencies=after(parent, ends=["cancelled"]))
    driver.at(3).call("task_delete", parent)
    driver.at(20)
    assert driver.refused("task_get", parent).status == 404
    assert driver.state(child) == "Success"
    assert driver.task(child)["dependencies"]["advancedDependsOn"][0]["actualFinalState"] == "Cancelled"


def test_a_parent_that_ended_before_counts_with_its_end(driver: Any, job: str) -> None:
    parent = driver.submit(jobUuid=job)
    driver.at(10)
    child = driver.submit(jobUuid=job, dependencies=after(parent, ends=["success"]))
    assert (driver.state(child), standing(driver, child)) == ("Submitted", FULFILLED)
    driver.call("task_delete", parent)
    driver.at(20)
    assert driver.state(child) == "Success"


def test_a_waiting_task_can_be_aborted_and_is_not_woken_by_its_parent(driver: Any, job: str) -> None:
    parent = driver.submit(jobUuid=job)
    child = driver.submit(jobUuid=job, dependencies=after(parent))
    driver.call("task_abort", child)
    driver.at(30)
    assert (driver.state(parent), driver.state(child)) == ("Success", "Cancelled")


def test_time_in_the_queue_counts_from_the_release(driver: Any, job: str) -> None:
    parent = driver.submit({"MOCK_DURATION": "100"}, jobUuid=job)
    child = driver.submit(jobUuid=job, dependencies=after(parent), maxTimeQueueSeconds=5)
    driver.at(90)
    assert driver.state(child) == "Submitted"
    driver.at(130)
    assert driver.state(child) == "Success"


@pytest.mark.parametrize(("ends", "expected"), [(None, "Success"), (["failure"], "Cancelled")])
def test_a_restarted_task_minds_its_dependencies(driver: Any, job: str, ends: Any, expected: str) -> None:
    parent = driver.submit(jobUuid=job)
    child = driver.submit(jobUuid=job, dependencies=after(parent, ends=ends))
    driver.at(30).call("task_restart", child)
    driver.at(60)
    assert driver.state(child) == expected


def test_the_advanced_form_wins_for_a_parent_named_in_both(driver: Any, job: str) -> None:
    parent = driver.submit(jobUuid=job)
    both = after(parent) | after(parent, ends=["failure"])
    child = driver.submit(jobUuid=job, dependencies=both)
    driver.at(10)
    assert (driver.state(child), len(driver.task(child)["dependencies"]["dependsOn"])) == ("Cancelled", 1)


uuids = st.sampled_from(["a", "b", "c"])
advanced = st.fixed_dictionaries(
    {"taskUuid": uuids}, optional={"taskFinalStateCondition": st.none() | st.lists(st.sampled_from(ENDS))}
)
definitions = st.fixed_dictionaries(
    {}, optional={"dependsOn": st.none() | st.lists(uuids), "advancedDependsOn": st.none() | st.lists(advanced)}
).map(lambda given_: {"dependencies": given_})


@given(definitions, st.sets(uuids))
def test_dependencies_are_valid_when_every_parent_is_known(definition: Any, known: set[str]) -> None:
    wanted = parents(definition, WAITING)
    assert {parent.state for parent in wanted.values()} <= {WAITING}
    assert invalid(definition, known) == (not set(wanted) <= known)
    assert invalid(definition, None) == bool(wanted)
