"""Operations on one task: updates, abort and delete details, clone and redo, quotas and delays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from qarnot_mock.sim.effects import CreateBucket, PutObject
from qarnot_mock.sim.nodes import DEFAULT_NODES
from qarnot_mock.sim.settings import Durations, Quotas

EVERY_TASK_CALL = [
    "task_get", "task_update", "task_resources_update", "task_delete", "task_abort", "task_stdout_get",
    "task_stdout_fresh", "task_stderr_get", "task_snapshot_create", "task_snapshot_periodic", "task_clone",
    "task_retry", "task_resume", "task_recover", "task_restart", "task_carbon_facts", "task_credits",
    "task_port_forward",
]  # fmt: skip


@pytest.mark.parametrize("operation", EVERY_TASK_CALL)
def test_an_unknown_task_is_a_404(driver: Any, operation: str) -> None:
    refusal = driver.refused(operation, "nobody", {})
    assert (refusal.status, refusal.message, refusal.shape) == (404, "No such task: nobody", "message")


def test_update_replaces_constants_and_tags_only(driver: Any) -> None:
    task = driver.submit({"A": "1"}, tags=["old"])
    driver.at(0.5).call("task_update", task, {"name": "other", "constants": [{"key": "B", "value": "2"}]})
    shown = driver.task(task)
    assert (shown["name"], shown["tags"], shown["constants"]) == ("a task", ["old"], [{"key": "B", "value": "2"}])
    assert shown["lastModified"] != shown["creationDate"]
    driver.call("task_update", task, {"tags": ["new"]})
    assert driver.task(task)["tags"] == ["new"]


def test_update_is_checked_and_refused_after_the_end(driver: Any) -> None:
    task = driver.submit()
    assert driver.refused("task_update", task, {"tags": ["x"] * 11}).status == 400
    driver.at(10)
    assert driver.refused("task_update", task, {"tags": []}).status == 403


def test_a_constant_changed_before_the_execution_counts(driver: Any) -> None:
    task = driver.submit({"DOCKER_CMD": "echo old"})
    driver.at(2).call("task_update", task, {"constants": [{"key": "DOCKER_CMD", "value": "echo new"}]})
    driver.at(10)
    assert driver.stdout(task) == "0> new\n"


def test_a_secret_constant_is_used_but_never_shown(driver: Any) -> None:
    task = driver.submit({"QARNOT_SECRET__KEY": "hush", "DOCKER_CMD": "echo ${QARNOT_SECRET__KEY}"})
    shown = driver.task(task)["constants"]
    assert shown[0] == {"key": "QARNOT_SECRET__KEY", "value": "[SECRET]"}
    driver.call("task_update", task, {"constants": shown})
    driver.at(10)
    assert driver.stdout(task) == "0> hush\n"


def test_resources_are_updated_only_while_executing(driver: Any) -> None:
    task = driver.submit()
    assert driver.refused("task_resources_update", task).status == 400
    driver.at(5).call("task_resources_update", task)
    assert driver.at(10).refused("task_resources_update", task).status == 400


def test_results_are_stored_under_the_prefix_and_filtered(driver: Any) -> None:
    files = '{"out/${INSTANCE_ID}.txt": "n=${INSTANCE_ID}", "out/skip.log": "x", "core.txt": "y"}'
    task = driver.submit(
        {"MOCK_RESULTS": files, "EXT": "txt"},
        resultBucket="results",
        resultsBucketPrefix="run/",
        resultsWhitelist=r"\.${EXT}$",
        resultsBlacklist="^core",
        buckets={"results": False},
    )
    assert driver.effects() == (CreateBucket("results"),)
    driver.at(6.9)
    assert driver.effects() == ()
    driver.at(7)
    assert driver.effects() == (PutObject("results", "run/out/0.txt", b"n=0"),)
    shown = driver.task(task)
    assert shown["completedInstances"][0]["results"] == ["s3://127.0.0.1:8089/results/run/out/0.txt"]
    assert shown["resultsCount"] == 1


def test_an_existing_result_bucket_is_not_created(driver: Any) -> None:
    driver.submit(resultBucket="results", buckets={"results": True})
    assert driver.effects() == ()


@pytest.mark.parametrize(("keep", "stored"), [(True, 1), (False, 0)])
def test_an_abort_uploads_results_only_on_demand(driver: Any, keep: bool, stored: int) -> None:
    task = driver.submit({"MOCK_RESULTS": '{"a": "b"}'}, resultBucket="out", uploadResultsOnCancellation=keep)
    driver.at(5.5).effects()
    driver.call("task_abort", task)
    assert driver.state(task) == "PendingCancel"
    driver.at(7)
    assert driver.state(task) == "Cancelled"
    assert len(driver.effects()) == stored
    assert driver.task(task)["resultsCount"] == stored


def test_an_upload_under_way_is_finished_when_results_are_kept(driver: Any) -> None:
    task = driver.submit({"MOCK_RESULTS": '{"a": "b"}'}, resultBucket="out", uploadResultsOnCancellation=True)
    driver.at(6.5).effects()
    driver.call("task_abort", task)
    assert driver.state(task) == "PendingCancel"
    driver.at(7)
    shown = driver.task(task)
    assert (shown["state"], shown["completedInstances"][0]["state"]) == ("Cancelled", "Success")
    assert driver.effects() == (PutObject("out", "a", b"b"),)


def test_a_restarted_task_outlives_the_time_it_had_to_live(driver: Any) -> None:
    task = driver.submit({"MOCK_DURATION": "100"}, completionTimeToLive="00:00:30")
    driver.at(5).call("task_abort", task)
    driver.at(20).call("task_restart", task)
    driver.at(60)
    assert driver.state(task) == "FullyExecuting"
    driver.at(156)
    assert driver.refused("task_get", task).status == 404


def test_a_restarted_task_has_the_whole_queue_time_again(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    task = driver.submit(maxTimeQueueSeconds=20)
    driver.at(8).submit({"MOCK_DURATION": "10"})
    driver.at(10).call("task_restart", task)
    driver.at(21)
    assert driver.state(task) == "Submitted"
    driver.at(40)
    assert driver.state(task) == "Success"


def test_an_instance_that_waits_for_its_next_run_has_no_progress(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    task = driver.submit({"MOCK_EXIT_CODE": "1"}, retrySettings={"maxTotalRetries": 1})
    driver.submit()
    driver.at(6)
    shown = driver.task(task)
    assert (shown["state"], shown["progress"], shown["runningInstanceCount"]) == ("PartiallyDispatched", 0.0, 0)


def test_an_aborted_task_gives_its_nodes_to_the_next(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    first, second = driver.submit({"MOCK_DURATION": "1000"}), driver.submit()
    driver.at(10)
    assert driver.state(second) == "Submitted"
    driver.call("task_abort", first)
    assert driver.state(second) == "Submitted"
    driver.at(11)
    assert driver.state(second) == "FullyDispatched"


def test_a_task_that_is_not_dispatched_in_time_fails(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    driver.submit({"MOCK_DURATION": "1000"})
    late = driver.submit(maxTimeQueueSeconds=30)
    driver.at(29.9)
    assert driver.state(late) == "Submitted"
    driver.at(30)
    shown = driver.task(late)
    assert (shown["state"], shown["previousState"]) == ("Failure", "Submitted")
    assert "not dispatched in time" in shown["errors"][0]["message"]


def test_a_task_dispatched_in_time_is_left_alone(driver: Any) -> None:
    task = driver.submit({"MOCK_DURATION": "100"}, maxTimeQueueSeconds=2)
    driver.at(200)
    assert driver.state(task) == "Success"


def test_retries_stop_at_the_stricter_limit(driver: Any) -> None:
    settings = {"maxTotalRetries": 3, "maxPerInstanceRetries": 2}
    task = driver.submit({"MOCK_EXIT_CODE": "1"}, instanceCount=2, retrySettings=settings)
    driver.at(100)
    attempts = [each["executionAttemptCount"] for each in driver.task(task)["completedInstances"]]
    assert sorted(attempts) == [2, 3]


@pytest.mark.parametrize(
    ("fields", "attempts"),
    [
        ({}, 1),
        ({"retrySettings": {"maxTotalRetries": None, "maxPerInstanceRetries": None}}, 1),
        ({"retrySettings": {"maxTotalRetries": 0, "maxPerInstanceRetries": 0}}, 1),
        ({"retrySettings": {"maxTotalRetries": 2}}, 3),
        ({"retrySettings": {"maxPerInstanceRetries": 1}}, 2),
        ({"maxRetriesPerInstance": 3}, 4),
    ],
)
def test_each_way_to_ask_for_retries(driver: Any, fields: dict[str, Any], attempts: int) -> None:
    task = driver.submit({"MOCK_EXIT_CODE": "1"}, **fields)
    driver.at(200)
    assert driver.task(task)["completedInstances"][0]["executionAttemptCount"] == attempts


def test_clone_takes_the_definition_and_overrides(driver: Any) -> None:
    task = driver.submit({"A": "1"}, shortname="orig", instanceCount=3, tags=["t"], resourceBuckets=["in"])
    body = {"advancedRanges": "1-2", "advancedResourceBuckets": [{"bucketName": "other"}], "tags": None}
    copy = driver.call("task_clone", task, body).body["uuid"]
    shown = driver.task(copy)
    assert shown["shortname"] == copy
    assert (shown["name"], shown["totalInstanceCount"], shown["tags"]) == ("a task", 2, ["t"])
    assert shown["constants"] == [{"key": "A", "value": "1"}]
    assert (shown["resourceBuckets"], shown["advancedResourceBuckets"]) == ([], [{"bucketName": "other"}])


def test_ranges_win_over_a_count_in_a_clone(driver: Any) -> None:
    body = {"advancedRanges": "5-6", "instanceCount": 9}
    copy = driver.call("task_clone", driver.submit(instanceCount=3), body).body["uuid"]
    assert driver.task(copy)["totalInstanceCount"] == 2


def test_clone_needs_a_body(driver: Any) -> None:
    refusal = driver.refused("task_clone", driver.submit(), None)
    assert (refusal.status, refusal.shape, list(refusal.errors)) == (400, "problem", [""])


def test_recover_takes_failed_and_cancelled_instances(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    task = driver.submit({"MOCK_EXIT_CODE": "1"}, instanceCount=3)
    driver.at(8).call("task_abort", task)
    driver.at(20)
    assert [each["state"] for each in driver.task(task)["completedInstances"]] == ["Failure", "Cancelled", "Cancelled"]
    ranges = {
        operation: driver.task(driver.call(operation, task, {}).body["uuid"])["advancedRanges"]
        for operation in ("task_retry", "task_resume", "task_recover")
    }
    assert ranges == {"task_retry": "0", "task_resume": "1-2", "task_recover": "0-2"}


def test_restart_runs_the_same_task_again(driver: Any) -> None:
    task = driver.submit({"DOCKER_CMD": "echo x"}, instanceCount=2)
    assert driver.at(3).refused("task_restart", task).status == 403
    driver.at(10).call("task_restart", task)
    shown = driver.task(task)
    assert (shown["state"], shown["previousState"], shown["completedInstances"]) == ("Submitted", "Success", [])
    driver.at(20)
    assert driver.state(task) == "Success"
    assert driver.stdout(task).count("x") == 4


def test_completed_tasks_make_room_when_they_said_so(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(quotas=Quotas(max_task=2))
    kept = driver.submit()
    disposable = driver.submit(autoDeleteOnCompletion=True)
    assert driver.refused("tasks_create", body=driver.definition()).status == 403
    driver.at(10)
    assert driver.refused("tasks_create", body=driver.definition(name="")).status == 400
    new = driver.submit()
    assert [each["uuid"] for each in driver.call("tasks_list").body] == [kept, new]
    assert driver.refused("task_get", disposable).status == 404


def test_a_task_disappears_after_its_time_to_live(driver: Any) -> None:
    task = driver.submit(completionTimeToLive="00:01:00")
    driver.at(66.9)
    assert driver.state(task) == "Success"
    driver.at(67)
    assert driver.refused("task_get", task).status == 404


def test_constraints_decide_the_node(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(nodes=DEFAULT_NODES)
    constraints = {
        "96c-512g-amd-epyc9654-ssd": {"discriminator": "MinimumCoreHardwareConstraint", "coreCount": 64},
        "32c-128g-amd-tr2990wx-ssd": {"discriminator": "CpuModelHardwareConstraint", "cpuModel": "Ryzen 2990WX"},
        "28c-128g-intel-dual-xeon2680v4-ssd": {"discriminator": "SSDHardwareConstraint"},
        "8c-32g-amd-rz3700x": {"discriminator": "MaximumRamHardwareConstraint", "maximumMemoryMB": 32000.0},
    }
    tasks = {key: driver.submit(hardwareConstraints=[row]) for key, row in constraints.items()}
    driver.at(10)
    for key, task in tasks.items():
        assert driver.task(task)["completedInstances"][0]["specificationKey"] == key


def test_an_instance_without_a_fitting_node_does_not_block_others(make_driver: Callable[..., Any]) -> None:
    big = attrs.evolve(DEFAULT_NODES[3], count=1)
    driver = make_driver(nodes=(attrs.evolve(DEFAULT_NODES[0], count=1), big))
    needs_big = [{"discriminator": "MinimumCoreHardwareConstraint", "coreCount": 64}]
    first = driver.submit({"MOCK_DURATION": "100"}, hardwareConstraints=needs_big)
    second = driver.submit(hardwareConstraints=needs_big)
    third = driver.submit()
    driver.at(1)
    assert [driver.state(task) for task in (first, second, third)] == [
        "FullyDispatched",
        "Submitted",
        "FullyDispatched",
    ]


def test_durations_must_last() -> None:
    with pytest.raises(ValueError, match="upload must be above 0 seconds"):
        Durations(upload=0)
