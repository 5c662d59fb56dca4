"""The small documented values around a task: snapshots, retry settings, privileges."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from typing import Any

import pytest

from qarnot_hl import snapshot as s
from qarnot_hl.privileges import Privileges
from qarnot_hl.retry_settings import RetrySettings
from qarnot_hl.task import Task

SNAPSHOT = {
    "id": "snap_1",
    "taskUuid": "t-1",
    "triggerDate": "2024-05-06T07:08:09Z",
    "lastUpdateDate": "0001-01-01T00:00:00Z",
    "snapshotConfig": {"whitelist": "a", "blacklist": None, "bucket": "b", "bucketPrefix": "p/"},
    "status": "inProgress",
    "sizeToUpload": 10,
    "transferredSize": None,
}


def test_a_snapshot_shows_what_the_server_said() -> None:
    snapshot = s.Snapshot.from_json(SNAPSHOT)
    assert snapshot == s.Snapshot(
        "snap_1",
        "t-1",
        datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
        None,
        s.SnapshotConfiguration("a", None, "b", "p/"),
        s.InProgressStatus(),
        10,
        None,
    )
    assert pickle.loads(pickle.dumps(snapshot)) == snapshot


def test_no_snapshot_is_none() -> None:
    assert s.Snapshot.from_json(None) is None
    assert s.SnapshotConfiguration.from_json(None) is None


@pytest.mark.parametrize(
    ("text", "kind", "completed"),
    [
        (None, s.TriggeredStatus, False),
        ("TRIGGERED", s.TriggeredStatus, False),
        ("inprogress", s.InProgressStatus, False),
        ("success", s.SuccessStatus, True),
        ("Failure", s.FailedStatus, True),
        ("novel", s.SnapshotStatus, False),
    ],
)
def test_snapshot_states_in_any_letter_case(text: str | None, kind: type, completed: bool) -> None:
    status = s.SnapshotStatus.from_string(text)
    assert type(status) is kind
    assert status.is_completed is completed
    assert str(status).lower() == (text or "triggered").lower()


def test_configurations_write_the_wire_form() -> None:
    wire = {"whitelist": "a", "blacklist": None, "bucket": "b", "bucketPrefix": "p/"}
    assert s.SnapshotConfiguration("a", None, "b", "p/").to_json() == wire
    assert s.PeriodicSnapshotConfiguration(60, "a", None, "b", "p/").to_json() == {**wire, "interval": 60}


def test_retry_settings_and_privileges_go_both_ways() -> None:
    wire = {"maxTotalRetries": 3, "maxPerInstanceRetries": None}
    assert RetrySettings.from_json(wire) == RetrySettings(3)
    assert RetrySettings(3).to_json() == wire
    assert Privileges.from_json({"exportApiAndStorageCredentialsInEnvironment": None}) == Privileges(False)
    assert Privileges(True).to_json() == {"exportApiAndStorageCredentialsInEnvironment": True}


def test_credentials_are_exported_on_request(connect: Any) -> None:
    task: Task = connect().create_task("n", "p")
    assert task.privileges == Privileges(False)
    task.allow_credentials_to_be_exported_to_task_environment()
    assert task._to_json()["privileges"] == {"exportApiAndStorageCredentialsInEnvironment": True}


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("task", ["Task", "CompletedInstance", "BulkTaskResponse"]),
        ("status", ["ExecutionTimeByCpuModel", "ExecutionTimeGhzByCpuModel", "TaskVpnConnection"]),
        ("snapshot", s.__all__),
        ("scheduling_type", ["SchedulingType", "FlexScheduling", "OnDemandScheduling", "ReservedScheduling"]),
        ("error", ["Error"]),
        ("retry_settings", ["RetrySettings"]),
        ("privileges", ["Privileges"]),
    ],
)
def test_the_modules_of_the_official_package_hold_the_same_names(module: str, names: list[str]) -> None:
    import importlib

    ours, theirs = (importlib.import_module(f"{package}.{module}") for package in ("qarnot_hl", "qarnot"))
    for name in names:
        assert hasattr(ours, name)
        assert hasattr(theirs, name)
        members = {m for m in vars(getattr(theirs, name)) if not m.startswith("_")}
        missing = {m for m in members if not hasattr(getattr(ours, name), m)}
        assert missing <= LATER, (name, missing)


LATER = {"print_progress"}  # a helper of theirs
