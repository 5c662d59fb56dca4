"""The attributes of a job and the documented rules for setting them, in both flavours."""

from __future__ import annotations

import importlib
import inspect
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qarnot_hl._async.job import AsyncJob
from qarnot_hl.job import Job, JobState


@pytest.fixture(params=[Job, AsyncJob])
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def connection(kind: Any, connect: Any, aconnect: Any) -> Any:
    return connect() if kind is Job else aconnect()


@pytest.fixture
def new(kind: Any, connection: Any) -> Any:
    return kind(connection, "name")


@pytest.fixture
def fetched(kind: Any, connection: Any, job_json: Any) -> Any:
    return kind.from_json(connection, job_json())


SETTABLE = {
    "name": "other",
    "shortname": "short",
    "use_dependencies": True,
    "max_wall_time": "10.02:03:04",
    "auto_delete": True,
    "completion_ttl": "1.02:03:04",
    "tags": ["a", "b"],
}


@pytest.mark.parametrize(("name", "value"), SETTABLE.items())
def test_what_is_set_reads_back_and_is_sent(name: str, value: Any, new: Any) -> None:
    from qarnot_client.models.job_creation_input import JobCreationInput

    setattr(new, name, value)
    assert getattr(new, name) == value
    assert JobCreationInput.from_dict(new._to_json()).to_dict()[new.fields[name].key] == value


@pytest.mark.parametrize("name", SETTABLE)
def test_it_cannot_be_set_after_submit(name: str, fetched: Any) -> None:
    with pytest.raises(AttributeError, match=f"can't set {name} of .*until the object is submitted"):
        setattr(fetched, name, SETTABLE[name])


def test_tags_cannot_be_changed_in_place_either(fetched: Any) -> None:
    with pytest.raises(AttributeError, match="can't set tags"):
        fetched.tags.append("late")


def test_every_settable_field_is_among_these(kind: Any) -> None:
    assert {name for name, row in kind.fields.items() if row.write is not None} == set(SETTABLE)


def test_a_new_job_reads_as_documented(new: Any) -> None:
    assert (new.uuid, new.state, new.shortname, new.use_dependencies) == (None, "UnSubmitted", None, False)
    assert (new.auto_update, new.update_cache_time, new.auto_delete, new.completion_ttl) == (True, 5, False, "00:00:00")
    assert (new.max_wall_time, new.tags, new.pool, new.creation_date) == (None, [], None, None)


def test_a_fetched_job_shows_what_the_server_said(fetched: Any) -> None:
    assert fetched.max_wall_time.timedelta == timedelta(days=1, hours=3, minutes=16, seconds=50.5)
    assert fetched.creation_date == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert fetched.state_transition_time.datetime == fetched.creation_date
    assert (fetched.previous_state_transition_time, fetched.previous_state) == (None, None)
    assert (fetched.tags, fetched.use_dependencies, fetched.last_modified) == ([], True, "2026-01-02T03:04:05Z")


@pytest.mark.parametrize(
    ("given", "shown"), [(timedelta(days=12, hours=1), "12.01:00:00"), ("4.11:08:06", "4.11:08:06"), (None, None)]
)
def test_the_wall_time_takes_a_timedelta_or_a_text(given: Any, shown: Any, new: Any) -> None:
    new.max_wall_time = given
    assert new.max_wall_time == shown
    with pytest.raises(ValueError, match="not a duration"):
        new.max_wall_time = "soon"


def test_a_pool_is_named_by_uuid_or_by_itself(kind: Any, connection: Any, job_json: Any) -> None:
    pool = connection.create_pool("ready", "docker-batch")
    assert kind(connection, "n", "p-0")._to_json()["poolUuid"] == "p-0"
    assert kind(connection, "n", pool.from_json(connection, {"uuid": "p-1"}))._to_json()["poolUuid"] == "p-1"
    with pytest.raises(ValueError, match="not submitted"):
        kind(connection, "n", pool)
    with pytest.raises(TypeError):
        kind(connection, "n", 5)
    with pytest.raises(AttributeError, match="can't set pool"):
        kind.from_json(connection, job_json()).pool = "p-0"


def test_printing_and_pickling_ask_nobody(fetched: Any, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QARNOT_CLIENT_TOKEN", "elsewhere")
    assert repr(fetched) == f"{type(fetched).__name__}('together', uuid={fetched.uuid!r}, state='Active')"
    data = pickle.dumps(fetched)
    assert b"s3cr3t-token" not in data
    assert repr(pickle.loads(data)) == repr(fetched)
    assert server.requests == []


def test_states_are_named() -> None:
    assert [JobState.Active, JobState.Terminating, JobState.Completed, JobState.Deleting] == [
        "Active",
        "Terminating",
        "Completed",
        "Deleting",
    ]


def test_the_official_names_and_parameters(kind: Any) -> None:
    official = importlib.import_module("qarnot.job").Job
    for name, value in vars(official).items():
        if name.startswith("_") and name != "__init__":
            continue
        assert hasattr(kind, name), name
        if callable(value):
            ours, theirs = (inspect.signature(getattr(c, name)).parameters for c in (kind, official))
            documented = [(n, p.default) for n, p in ours.items() if p.kind is not p.KEYWORD_ONLY]
            assert documented == [(n, p.default) for n, p in theirs.items()], name
