"""The attributes of a task that was not submitted, and the documented rules for setting them, in both flavours."""

from __future__ import annotations

import inspect
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qarnot_hl._async.task import AsyncTask
from qarnot_hl._core.access_rights import SecretsAccessRights
from qarnot_hl._core.project import Project
from qarnot_hl.forced_constant import ForcedConstant, ForcedConstantAccess
from qarnot_hl.forced_network_rule import ForcedNetworkRule
from qarnot_hl.hardware_constraint import MinimumCoreHardware, SSDHardware
from qarnot_hl.privileges import Privileges
from qarnot_hl.retry_settings import RetrySettings
from qarnot_hl.scheduling_type import FlexScheduling, OnDemandScheduling, SchedulingType
from qarnot_hl.task import Task


@pytest.fixture(params=[Task, AsyncTask])
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def connection(kind: Any, connect: Any, aconnect: Any) -> Any:
    return connect() if kind is Task else aconnect()


@pytest.fixture
def new(kind: Any, connection: Any) -> Any:
    return kind(connection, "name", "docker-batch")


@pytest.fixture
def fetched(kind: Any, connection: Any, task_json: Any) -> Any:
    return kind.from_json(connection, task_json())


SETTABLE = {
    "name": "other",
    "shortname": "short",
    "profile": "ubuntu",
    "instancecount": 7,
    "tags": ["a", "b"],
    "constants": {"A": "1"},
    "constraints": {"C": "2"},
    "labels": {"l": "3"},
    "snapshot_whitelist": "a",
    "snapshot_blacklist": "b",
    "snapshot_bucket": "snapshots",
    "snapshot_bucket_prefix": "p/",
    "results_whitelist": "c",
    "results_blacklist": "d",
    "results_bucket_prefix": "q/",
    "wait_for_pool_resources_synchronization": True,
    "upload_results_on_cancellation": True,
    "default_resources_cache_ttl_sec": 60,
    "max_time_queue_seconds": 600,
    "auto_delete": True,
    "completion_ttl": "1.02:03:04",
    "retry_settings": RetrySettings(3, 1),
    "privileges": Privileges(True),
    "scheduling_type": OnDemandScheduling(),
    "targeted_reserved_machine_key": "8c-32g",
    "targeted_reservation_name": "mine",
    "project": Project(uuid="6f1e1c1e-0000-4000-8000-000000000001"),
    "hardware_constraints": [MinimumCoreHardware(8), SSDHardware()],
    "forced_network_rules": [ForcedNetworkRule(True, "tcp", "22", priority="1000")],
    "forced_constants": {"A": ForcedConstant("1", True, ForcedConstantAccess.ReadOnly)},
    "secrets_access_rights": SecretsAccessRights().add_secret_by_key("a/b").add_secret_by_prefix("c/"),
}
STAY_SETTABLE = {"tags", "constants", "constraints"}


@pytest.mark.parametrize(("name", "value"), SETTABLE.items())
def test_what_is_set_reads_back_and_is_sent(name: str, value: Any, new: Any) -> None:
    from qarnot_client.models.task_creation_input import TaskCreationInput

    setattr(new, name, value)
    assert getattr(new, name) == value
    key = new.fields[name].key
    assert TaskCreationInput.from_dict(new._to_json()).to_dict()[key] not in (None, "")


@pytest.mark.parametrize("name", sorted(set(SETTABLE) - STAY_SETTABLE))
def test_it_cannot_be_set_after_submit(name: str, fetched: Any) -> None:
    with pytest.raises(AttributeError, match=f"can't set {name} of .*until the object is submitted"):
        setattr(fetched, name, SETTABLE[name])


@pytest.mark.parametrize("name", sorted(STAY_SETTABLE))
def test_some_can_still_be_set_after_submit(name: str, fetched: Any) -> None:
    setattr(fetched, name, SETTABLE[name])
    assert getattr(fetched, name) == SETTABLE[name]


def test_every_settable_field_is_among_these(kind: Any) -> None:
    settable = {name for name, row in kind.fields.items() if row.write is not None}
    assert settable == set(SETTABLE) | {"advanced_range"}


def test_labels_cannot_be_changed_in_place_after_submit_either(fetched: Any) -> None:
    with pytest.raises(AttributeError, match="can't set labels"):
        fetched.labels["a"] = "b"


@pytest.mark.parametrize(
    "name", ["state", "status", "errors", "creation_date", "progress", "uuid", "wall_time", "pool_uuid"]
)
def test_what_the_server_says_cannot_be_set(name: str, new: Any) -> None:
    with pytest.raises(AttributeError):
        setattr(new, name, "x")


def test_a_new_task_reads_as_documented(new: Any) -> None:
    assert (new.uuid, new.state, new.shortname, new.instancecount, new.advanced_range) == (
        None,
        "UnSubmitted",
        None,
        1,
        None,
    )
    assert (new.auto_update, new.update_cache_time, new.auto_delete, new.completion_ttl) == (True, 5, False, "00:00:00")
    assert (new.constants, new.tags, new.errors, new.completed_instances) == ({}, [], [], [])
    assert (new.status, new.results, new.pool, new.creation_date) == (None, None, None, None)
    assert list(new.resources) == []


def test_a_body_full_of_nulls_reads_as_nothing(fetched: Any) -> None:
    for name in fetched.fields:
        getattr(fetched, name)
    assert (fetched.tags, fetched.constants, fetched.labels) == ([], {}, {})
    assert (fetched.status, fetched.results, fetched.end_date) == (None, None, None)
    assert (fetched.running_core_count, fetched.completed_instances, fetched.errors) == (0, [], [])
    assert list(fetched.resources) == []
    assert fetched.creation_date == datetime(2022, 12, 23, 17, 3, 17, tzinfo=UTC)
    assert fetched.retry_settings == RetrySettings()


def test_odd_letter_case_is_read(kind: Any, connection: Any, task_json: Any) -> None:
    json = task_json(ResultsCacheTTLSec=5, resultBucket="out", schedulingType="ONDEMAND", wallTime="00:03:59")
    del json["resultsCacheTTLSec"]
    task = kind.from_json(connection, json)
    assert task.results.to_json()["cacheTTLSec"] == 5
    assert task.scheduling_type == OnDemandScheduling()
    assert task.wall_time.timedelta == timedelta(minutes=3, seconds=59)


def test_instance_count_and_range_exclude_each_other(kind: Any, connection: Any, new: Any) -> None:
    with pytest.raises(AttributeError, match="instancecount is set"):
        new.advanced_range = "1,3-4"
    new.instancecount = 0
    new.advanced_range = "1,3-4"
    with pytest.raises(AttributeError, match="advanced_range is set"):
        new.instancecount = 2
    assert new._to_json() == {"name": "name", "profile": "docker-batch", "advancedRanges": "1,3-4"}
    ranged = kind(connection, "name", "docker-batch", "0-2")
    assert (ranged.instancecount, ranged.advanced_range) == (0, "0-2")


@pytest.mark.parametrize(
    ("given", "shown"),
    [(timedelta(days=12, hours=1), "12.01:00:00"), ("4.11:08:06", "4.11:08:06")],
)
def test_the_time_to_live_takes_a_timedelta_or_a_text(given: Any, shown: str, new: Any) -> None:
    new.completion_ttl = given
    assert new.completion_ttl == shown


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("completion_ttl", "soon", ValueError),
        ("tags", "one,two", TypeError),
        ("name", 5, TypeError),
        ("instancecount", "3", TypeError),
        ("constants", {"A": None}, ValueError),
        ("retry_settings", 3, TypeError),
        ("resources", ["name-of-a-bucket"], TypeError),
        ("results", "name-of-a-bucket", TypeError),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_where_it_is_set(name: str, value: Any, error: Any, new: Any) -> None:
    with pytest.raises(error):
        setattr(new, name, value)


def test_only_a_pool_or_job_is_taken_as_one(kind: Any, connection: Any) -> None:
    with pytest.raises(TypeError, match="neither a pool nor"):
        kind(connection, "n", object())
    with pytest.raises(TypeError, match="neither a job nor"):
        kind(connection, "n", "p", 1, None, object())


def test_the_constructor_notes_how_to_schedule_and_who_pays(kind: Any, connection: Any) -> None:
    project = Project(uuid="6f1e1c1e-0000-4000-8000-000000000001")
    task = kind(connection, "n", "p", scheduling_type=OnDemandScheduling(), project=project)
    assert task._to_json()["schedulingType"] == "onDemand"
    assert task._to_json()["projectUuid"] == task.project_uuid == project.uuid


def test_the_constructor_takes_what_the_official_one_takes(kind: Any) -> None:
    from qarnot.task import Task as Official

    for name in ("__init__", "run", "resume", "wait", "snapshot", "instant", "wait_snapshot", "delete", "update",
                 "download_results", "stdout", "fresh_stdout", "stderr", "fresh_stderr", "from_json"):  # fmt: skip
        ours, theirs = (inspect.signature(getattr(c, name)).parameters for c in (kind, Official))
        assert [(n, p.default) for n, p in ours.items()] == [(n, p.default) for n, p in theirs.items()], name


def test_printing_and_pickling_ask_nobody(fetched: Any, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.pretty import pretty_repr

    fetched._state.fetched_at = None
    assert repr(fetched) == f"{type(fetched).__name__}('hello', uuid={fetched.uuid!r}, state='Submitted')"
    assert "docker-batch" in pretty_repr(fetched)
    monkeypatch.setenv("QARNOT_CLIENT_TOKEN", "elsewhere")
    fetched.tags = ["edited"]
    data = pickle.dumps(fetched)
    assert b"s3cr3t-token" not in data
    twin = pickle.loads(data)
    assert (twin.uuid, repr(twin), twin._state.edits) == (fetched.uuid, repr(fetched), {"tags": ["edited"]})
    assert server.requests == []


def test_every_attribute_has_a_description(kind: Any) -> None:
    described = {getattr(kind, name).__doc__ for name in kind.fields}
    assert None not in described
    assert len(described) == len(kind.fields)


def test_scheduling_types_are_known_by_name_in_any_case_and_unknown_ones_are_kept() -> None:
    assert SchedulingType.from_string("flex") == FlexScheduling()
    assert SchedulingType.from_string(None) == FlexScheduling()
    unknown = SchedulingType.from_string("Lunar")
    assert (unknown.schedulingType, str(unknown), unknown == FlexScheduling()) == ("Lunar", "Lunar", False)
