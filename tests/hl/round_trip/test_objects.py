"""Tasks, jobs and pools: whatever the server says of one can be read, is pickled with it, and is sent when it is used
for another.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qarnot_hl._async.connection import AsyncConnection
from qarnot_hl._async.pool import AsyncPool
from qarnot_hl._async.task import AsyncTask
from qarnot_hl._core.fields import Settable
from qarnot_hl._core.resource_state import ListView
from qarnot_hl._core.settings import Settings
from qarnot_hl._sync.connection import Connection
from qarnot_hl.bucket import Bucket
from qarnot_hl.job import Job
from qarnot_hl.pool import Pool
from qarnot_hl.task import Task

UUID = "ff149809-0000-4000-8000-000000000002"
SETTINGS = Settings(cluster_url="http://cloud.example", token="s3cr3t-token")
BUCKETS = {"resources": "advancedResourceBuckets", "results": "resultBucket"}
bounded = settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


class Recorder:
    """A server that says yes to everything and keeps the last body."""

    def __init__(self) -> None:
        self.body: Any = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.body = json.loads(request.content) if request.content else self.body
        return httpx.Response(200, json={"uuid": UUID, "name": "n", "shortname": "s", "state": "Submitted"})


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def connection(recorder: Recorder) -> Iterator[Connection]:
    with Connection._from_settings(SETTINGS, transport=httpx.MockTransport(recorder)) as opened:
        yield opened


def plain(value: Any) -> Any:
    """A view as what it shows."""
    match value:
        case Mapping():
            return {key: plain(part) for key, part in value.items()}
        case Bucket():
            return value.to_json()
        case list() | ListView():
            return [plain(part) for part in value]
        case _:
            return value


def shown(thing: Any) -> dict[str, str]:
    """Every attribute of an object of the cloud."""
    names = [*thing.fields, "uuid", *(name for name in BUCKETS if hasattr(type(thing), name))]
    return {name: repr(plain(getattr(thing, name))) for name in names} | {"repr": repr(thing)}


@pytest.mark.parametrize(("kind", "schema"), [(Task, "TaskOutput"), (Job, "JobOutput"), (Pool, "PoolOutput")])
@bounded
@given(data=st.data())
def test_an_object_can_be_looked_at_and_pickled(
    data: Any, payloads: Any, connection: Connection, recorder: Recorder, kind: Any, schema: str
) -> None:
    payload = data.draw(payloads(schema))
    found = kind.from_json(connection, payload)
    looks = shown(found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QARNOT_CLIENT_TOKEN", "another")
        twin = pickle.loads(pickle.dumps(found))
    twin.auto_update = False
    assert shown(twin) == looks
    assert twin._state.snapshot == payload
    assert recorder.body is None


@bounded
@given(data=st.data())
def test_a_summary_can_be_looked_at(data: Any, payloads: Any) -> None:
    connection = AsyncConnection._from_settings(SETTINGS)
    assert shown(AsyncTask.from_json(connection, data.draw(payloads("TaskSummaryOutput"))))
    assert shown(AsyncPool.from_json(connection, data.draw(payloads("PoolSummaryOutput"))))


def settable(kind: Any) -> dict[str, str]:
    """Attribute by attribute that can be set, its wire key."""
    names = {name: row.key for name, row in kind.fields.items() if row.settable is not Settable.NEVER}
    return names | {name: key for name, key in BUCKETS.items() if hasattr(kind, name)}


def sound(payload: dict[str, Any]) -> dict[str, Any]:
    """Without what contradicts itself (two ways to count instances, a constant without key) or is never sent."""
    if payload.get("scaling") is not None:
        payload.pop("elasticProperty", None)
    if payload.get("scaling") is not None or payload.get("elasticProperty"):
        payload.pop("instanceCount", None)
    (payload.get("scaling") or {}).pop("activePolicyName", None)
    for key in ("elasticProperty", "preparationTask"):  # attributes of their own, which copy only what they know
        (payload.get(key) or {}).pop("futureField", None)
    if (payload.get("preparationTask") or {}).get("commandLine") is None:
        payload.pop("preparationTask", None)
    if payload.get("advancedRanges") or not payload.get("instanceCount"):
        payload.pop("instanceCount", None)
    payload["shortname"] = payload["shortname"] or payload["uuid"]
    payload["resultBucket"] = payload.get("resultBucket") or None
    for key in ("constants", "constraints"):
        named = {entry["key"]: entry for entry in payload.get(key) or () if entry.get("key") and entry.get("value")}
        payload[key] = list(named.values())
    constants = {entry["constantName"]: entry for entry in payload.get("forcedConstants") or ()}
    return {**payload, "forcedConstants": list(constants.values())}


@pytest.mark.parametrize(
    ("kind", "schema", "begin"),
    [
        (Task, "TaskOutput", lambda connection: connection.create_task("n")),
        (Job, "JobOutput", lambda connection: connection.create_job("n")),
        (Pool, "PoolOutput", lambda connection: connection.create_pool("n", "p", 0)),
    ],
)
@bounded
@given(data=st.data())
def test_what_was_read_of_one_is_sent_for_another(
    data: Any,
    payloads: Any,
    lost: Any,
    connection: Connection,
    recorder: Recorder,
    kind: Any,
    schema: str,
    begin: Callable[[Connection], Any],
) -> None:
    payload = sound(data.draw(payloads(schema)))
    found, fresh = kind.from_json(connection, payload), begin(connection)
    if kind is Task:
        fresh.instancecount = 0
    for name in settable(kind):
        if (value := getattr(found, name)) is not None and (name, value) != ("instancecount", 0):
            setattr(fresh, name, value)
    fresh.submit()
    assert lost({key: payload[key] for key in settable(kind).values() if key in payload}, recorder.body) == []


@bounded
@given(data=st.data())
def test_a_commit_sends_what_was_read_beside_what_was_changed(
    data: Any, payloads: Any, lost: Any, connection: Connection, recorder: Recorder
) -> None:
    payload = sound(data.draw(payloads("TaskOutput")))
    task = Task.from_json(connection, payload)
    task.constants["ANOTHER"] = "x"
    task.tags.append("y")
    task.commit()
    assert recorder.body["constants"][-1] == {"key": "ANOTHER", "value": "x"}
    assert recorder.body["tags"][-1] == "y"
    assert lost(payload["constants"], recorder.body["constants"][:-1]) == []
    assert lost(payload.get("tags"), recorder.body["tags"][:-1]) == []


@bounded
@given(data=st.data())
def test_a_commit_of_a_pool_keeps_the_elastic_settings_that_were_not_changed(
    data: Any, payloads: Any, lost: Any, connection: Connection, recorder: Recorder
) -> None:
    elastic = data.draw(payloads("ElasticProperty")) | {"isElastic": True}
    pool = Pool.from_json(connection, {"uuid": UUID, "state": "FullyExecuting", "elasticProperty": elastic})
    pool.elastic_minimum_slots = 3
    pool.commit()
    assert lost(elastic | {"minTotalSlots": 3}, recorder.body["elasticProperty"]) == []


@bounded
@given(data=st.data())
def test_a_bucket_is_written_as_it_was_read(data: Any, payloads: Any, lost: Any, connection: Connection) -> None:
    payload = data.draw(payloads("AdvancedBucket"))
    bucket = Bucket.from_json(connection, payload)
    assert lost(payload, bucket.to_json()) == []
    assert lost({**payload, "cacheTTLSec": 7}, bucket.with_cache_ttl(7).to_json()) == []
    assert Bucket.from_json(connection, bucket.to_json()).to_json() == bucket.to_json()
