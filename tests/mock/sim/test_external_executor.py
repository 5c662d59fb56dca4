"""The external executor: effects out, reports back, and reports that come too late."""

from __future__ import annotations

from typing import Any

import pytest

from qarnot_mock.sim.effects import (
    FileFilter,
    ForgetInstance,
    InstanceKey,
    RefreshResources,
    Resource,
    StartInstance,
    StopInstance,
    UploadFiles,
)


def report(driver: Any, name: str, task: str, body: Any = None, *, instance: int = 0, attempt: int = 1) -> None:
    driver.call(f"executor_{name}", task, body, instanceId=instance, attempt=attempt)


def started(external: Any, **fields: Any) -> str:
    task = external.submit(fields.pop("constants", {"DOCKER_CMD": "run ${INSTANCE_ID} ${TASK_PATH}"}), **fields)
    external.at(2)
    return str(task)


def uploads(effects: Any) -> list[UploadFiles]:
    return [effect for effect in effects if isinstance(effect, UploadFiles)]


def test_an_instance_is_started_with_its_command_environment_and_resources(external: Any) -> None:
    rows = [
        {
            "bucketName": "in",
            "filtering": {"prefixFiltering": {"prefix": "a/"}},
            "resourcesTransformation": {"stripPrefix": {"prefix": "a/"}},
        },
        {"bucketName": "more", "filtering": None},
    ]
    task = started(external, advancedResourceBuckets=rows)
    (effect,) = external.effects()
    assert isinstance(effect, StartInstance)
    assert effect.key == InstanceKey(task, 0, 1)
    assert (effect.profile, effect.command) == ("docker-batch", "run 0 ${TASK_PATH}")
    assert effect.environment["INSTANCE_COUNT"] == "1"
    assert "TASK_PATH" not in effect.environment
    assert effect.resources == (Resource("in", "a/", "a/"), Resource("more"))
    external.at(1000)
    assert external.state(task) == "FullyDispatched"


def test_execution_lasts_until_the_executor_says_so(external: Any) -> None:
    task = started(external, resultBucket="out", resultsWhitelist="x", resultsBucketPrefix="p/", buckets={"out": True})
    external.effects()
    report(external, "started", task)
    assert external.state(task) == "FullyExecuting"
    report(external, "output", task, {"stream": "stdout", "text": "li"})
    report(external, "output", task, {"stream": "stdout", "text": "ne\nlast"})
    assert external.stdout(task) == "0> line\n"
    external.at(500)
    report(external, "exited", task, {"exitCode": 0, "error": None, "peakMemoryMB": 12})
    assert external.stdout(task) == "0> line\n0> last\n"
    (upload,) = external.effects()
    assert upload == UploadFiles(upload.upload, InstanceKey(task, 0, 1), "out", "p/", FileFilter("x"), final=True)
    external.at(600)
    assert external.state(task) == "UploadingResults"
    body = {"upload": upload.upload, "keys": ["p/x"], "sizeBytes": 3, "error": None}
    report(external, "uploaded", task, body)
    shown = external.task(task)
    assert (shown["state"], shown["executionTime"], shown["resultsCount"]) == ("Success", "00:08:18", 1)
    assert shown["completedInstances"][0]["peakMemoryMB"] == 12
    assert shown["completedInstances"][0]["results"] == ["s3://127.0.0.1:8089/out/p/x"]
    assert external.effects() == (ForgetInstance(InstanceKey(task, 0, 1)),)


def test_a_non_zero_exit_is_retried_then_fails(external: Any) -> None:
    task = started(external, retrySettings={"maxTotalRetries": 1})
    external.effects()
    report(external, "started", task)
    report(external, "exited", task, {"exitCode": 9, "error": None, "peakMemoryMB": 0})
    assert external.effects() == (ForgetInstance(InstanceKey(task, 0, 1)),)
    external.at(3)
    assert [type(effect) for effect in external.effects()] == [StartInstance]
    report(external, "started", task, attempt=2)
    report(external, "exited", task, {"exitCode": 9, "error": "killed by signal 9", "peakMemoryMB": 0}, attempt=2)
    external.at(4)
    assert external.state(task) == "Failure"
    assert external.task(task)["errors"][0]["message"] == "killed by signal 9"


def test_a_lost_instance_fails_with_the_executors_words(external: Any) -> None:
    task = started(external)
    report(external, "failed", task, {"code": "LOCAL_NO_COMMAND", "message": "no such program"})
    shown = external.task(task)
    assert (shown["state"], shown["previousState"]) == ("Failure", "FullyDispatched")
    assert shown["errors"] == [{"code": "LOCAL_NO_COMMAND", "message": "no such program", "debug": ""}]


def test_a_failed_upload_fails_the_instance(external: Any) -> None:
    task = started(external, resultBucket="out")
    report(external, "started", task)
    report(external, "exited", task, {"exitCode": 0, "error": None, "peakMemoryMB": 0})
    (upload,) = uploads(external.effects())
    report(external, "uploaded", task, {"upload": upload.upload, "keys": [], "sizeBytes": 0, "error": "bucket gone"})
    assert external.state(task) == "Failure"
    assert external.task(task)["errors"][0]["message"] == "bucket gone"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("started", None),
        ("output", {"stream": "stdout", "text": "late\n"}),
        ("exited", {"exitCode": 1, "error": None, "peakMemoryMB": 5}),
        ("failed", {"code": "X", "message": "late"}),
        ("uploaded", {"upload": "unknown", "keys": ["k"], "sizeBytes": 1, "error": None}),
    ],
)
def test_a_stale_report_changes_nothing(external: Any, name: str, body: Any) -> None:
    running = started(external)
    ended = started(external)
    external.call("task_abort", ended)
    external.at(10)
    report(external, "started", running)
    before = external.world.dump()
    report(external, name, running, body, attempt=2)
    report(external, name, running, body, instance=5)
    report(external, name, ended, body)
    report(external, name, "no-such-task", body)
    assert external.world.dump() == before


def test_an_upload_that_was_not_asked_for_does_not_end_an_instance(external: Any) -> None:
    task = started(external, resultBucket="out")
    report(external, "started", task)
    report(external, "exited", task, {"exitCode": 0, "error": None, "peakMemoryMB": 0})
    report(external, "uploaded", task, {"upload": "another", "keys": ["k"], "sizeBytes": 1, "error": None})
    assert external.state(task) == "UploadingResults"


def test_an_abort_stops_the_process(external: Any) -> None:
    task = started(external, resultBucket="out")
    report(external, "started", task)
    external.effects()
    external.call("task_abort", task)
    assert external.effects() == (StopInstance(InstanceKey(task, 0, 1)),)
    external.at(4)
    assert external.effects() == (ForgetInstance(InstanceKey(task, 0, 1)),)
    assert external.state(task) == "Cancelled"


def test_an_abort_can_upload_what_there_is(external: Any) -> None:
    task = started(external, resultBucket="out", uploadResultsOnCancellation=True)
    report(external, "started", task)
    external.effects()
    external.call("task_abort", task)
    stop, upload = external.effects()
    assert (type(stop), type(upload)) == (StopInstance, UploadFiles)
    external.at(50)
    assert external.state(task) == "PendingCancel"
    report(external, "uploaded", task, {"upload": upload.upload, "keys": ["a"], "sizeBytes": 1, "error": None})
    assert external.state(task) == "Cancelled"


def test_resources_are_refreshed_in_executing_instances(external: Any) -> None:
    task = started(external, instanceCount=2, resourceBuckets=["in"])
    external.effects()
    report(external, "started", task, instance=1)
    external.call("task_resources_update", task)
    assert external.effects() == (RefreshResources(InstanceKey(task, 1, 1), (Resource("in"),)),)


def test_a_snapshot_waits_for_every_instance(external: Any) -> None:
    task = started(external, instanceCount=2, resultBucket="out")
    for number in (0, 1):
        report(external, "started", task, instance=number)
    external.effects()
    name = external.call("task_snapshot_create", task, {"bucket": "snaps", "bucketPrefix": "s/"}).body["id"]
    first, second = uploads(external.effects())
    assert (first.bucket, first.prefix, first.final) == ("snaps", "s/", False)
    for number, (upload, status) in enumerate([(first, "inProgress"), (second, "success")]):
        body = {"upload": upload.upload, "keys": [], "sizeBytes": 10, "error": None}
        report(external, "uploaded", task, body, instance=number)
        assert external.call("task_snapshot_get", task, snapshotId=name).body["status"] == status
    assert external.call("task_snapshot_get", task, snapshotId=name).body["transferredSize"] == 20
    assert external.task(task)["resultsCount"] == 1
