"""Tenants on one clock: isolation, the journal, effects at their time, late reports, timers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.assemble import build_cloud
from qarnot_mock.clock import FIXED_EPOCH, SECOND, Clock, ScaledClock, VirtualClock
from qarnot_mock.cloud import Cloud
from qarnot_mock.executors.base import Report
from qarnot_mock.messages import Request
from qarnot_mock.sim.commands import Command
from qarnot_mock.sim.effects import Effect, StartInstance
from qarnot_mock.storage.store import ObjectStore

TASK = {"name": "n", "profile": "docker-batch", "instanceCount": 1}


def with_results(name: str) -> dict[str, Any]:
    results = json.dumps({"out-${INSTANCE_ID}.txt": "hi"})
    constants = [{"key": "DOCKER_CMD", "value": "echo hi"}, {"key": "MOCK_RESULTS", "value": results}]
    return {**TASK, "shortname": name, "resultBucket": f"{name}-out", "constants": constants}


def test_tenants_never_meet(cloud: Cloud, client_of: Any) -> None:
    first, second = client_of(cloud, "first-token"), client_of(cloud, "second-token")
    uuid = first.json("POST", "/tasks", TASK)["uuid"]
    assert second("GET", f"/tasks/{uuid}").status == 404
    assert second.json("GET", "/tasks") == []
    assert first.json("GET", "/info")["email"] != second.json("GET", "/info")["email"]
    assert first.json("GET", "/info")["taskCount"] == 1


def test_the_same_seed_and_commands_give_the_same_state_and_journal(
    cloud_factory: Callable[..., Cloud], client_of: Any
) -> None:
    told = []
    for _ in range(2):
        made = client_of(cloud_factory(seed=3))
        made.json("POST", "/tasks", with_results("same"))
        made.cloud.clock.advance(30 * SECOND)
        made.json("GET", "/tasks")
        told.append((made.json("GET", "/_mock/state"), made.json("GET", "/_mock/journal")))
    assert told[0] == told[1]


def test_another_seed_gives_other_ids(cloud_factory: Callable[..., Cloud], client_of: Any) -> None:
    uuids = {client_of(cloud_factory(seed=seed)).json("POST", "/tasks", TASK)["uuid"] for seed in (1, 2)}
    assert len(uuids) == 2


def test_a_closed_door_lets_only_accounts_in(cloud_factory: Callable[..., Cloud], client_of: Any) -> None:
    cloud = cloud_factory(accounts={"right": "someone@example.com"})
    assert client_of(cloud, "wrong")("GET", "/info").status == 401
    assert client_of(cloud, "right").json("GET", "/info")["email"] == "someone@example.com"


def test_the_journal_holds_what_changed_the_world_and_no_token(client: Any) -> None:
    uuid = client.json("POST", "/tasks", {**TASK, "NAME": "other"})["uuid"]
    client("GET", "/tasks")
    client("GET", f"/tasks/{uuid}/stdout")
    client("POST", "/tasks/paginate", {})
    client("POST", f"/tasks/{uuid}/stdout")
    client("POST", "/tasks", {"name": "refused"})
    client("POST", "/tasks/nowhere/abort")
    journal = client.json("GET", "/_mock/journal")
    assert [(entry["order"], entry["operation"]) for entry in journal] == [
        (0, "tasks_create"),
        (1, "task_stdout_fresh"),
    ]
    assert journal[0]["at"] == FIXED_EPOCH
    assert journal[0]["body"] == {**TASK, "name": "n"}
    tenant = client.cloud.authenticate(client.token)
    written = "".join(entry.canonical() for entry in tenant.journal.since()) + repr(tenant)
    assert client.token not in written
    assert "authorization" not in written


def test_existing_buckets_are_facts_of_the_command(client: Any) -> None:
    tenant = client.cloud.authenticate(client.token)
    tenant.account.store.create_bucket("there", 0)
    assert client("POST", "/tasks", {**TASK, "resourceBuckets": ["there", "missing"]}).status == 404
    client.json("POST", "/tasks", {**TASK, "resourceBuckets": ["there"], "resultBucket": "new"})
    assert client.json("GET", "/_mock/journal")[0]["facts"] == {"buckets": {"new": False, "there": True}}
    assert [bucket.name for bucket in tenant.account.store.buckets()] == ["new", "there"]


@pytest.mark.parametrize("verb", ["clone", "resume"])
def test_a_task_whose_bucket_is_gone_cannot_be_made_again(client: Any, cloud: Cloud, verb: str) -> None:
    store = cloud.authenticate(client.token).account.store  # type: ignore[union-attr]
    store.create_bucket("short-lived", cloud.clock.now())
    body = {"name": "n", "profile": "docker-batch", "instanceCount": 1, "resourceBuckets": ["short-lived"]}
    path = f"/tasks/{client.json('POST', '/tasks', body)['uuid']}"
    client("POST", f"{path}/abort")
    store.delete_bucket("short-lived")
    assert client("POST", f"{path}/{verb}", {"name": "again"}).status == 404


def test_stored_bytes_are_counted_for_the_account(client: Any) -> None:
    store = client.cloud.authenticate(client.token).account.store
    store.create_bucket("b", 0)
    store.put("b", "k", b"12345", 0)
    info = client.json("GET", "/info")
    assert (info["bucketCount"], info["usedQuotaBytesBucket"]) == (1, 5)


@given(st.lists(st.integers(0, 20 * SECOND), max_size=6))
def test_how_time_was_cut_into_steps_cannot_be_told_afterwards(steps: list[int]) -> None:
    told = []
    for cuts in (steps, [sum(steps)]):
        clock = VirtualClock()
        cloud = build_cloud(seed=1, clock=clock)
        tenant = cloud.authenticate("t")
        assert tenant is not None
        body = with_results("cut")
        cloud.execute(tenant, Command("tasks_create", {}, body, {"buckets": {"cut-out": False}}))
        for cut in cuts:
            clock.advance(cut)
            cloud.tick()
        store = tenant.account.store
        objects = [list(store.list(bucket.name)) for bucket in store.buckets()]
        told.append((tenant.world.dump(), objects))
    assert told[0] == told[1]


@attrs.define(eq=False)
class Recorder:
    """An executor that only remembers; ``busy`` is set by the test."""

    effects: list[Effect] = attrs.field(factory=list)
    report: Report | None = None
    busy: bool = False
    closed: bool = False

    def perform(self, effect: Effect, store: ObjectStore, report: Report) -> None:
        self.effects.append(effect)
        self.report = report

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def external(cloud_factory: Callable[..., Cloud], client_of: Any) -> tuple[Any, Recorder]:
    """A client of a cloud whose instances are run by a recorder, with one instance begun."""
    executors: list[Recorder] = []

    def make(clock: Clock) -> Recorder:
        executors.append(Recorder())
        return executors[-1]

    client = client_of(cloud_factory(make_executor=make, admin_token="admin"))
    client.json("POST", "/tasks", {**TASK, "shortname": "render"})
    client.json("POST", "/_mock/clock/advance", {"seconds": 10})
    return client, executors[0]


def test_an_instance_is_begun_by_the_executor_and_moved_by_its_reports(external: tuple[Any, Recorder]) -> None:
    client, executor = external
    (start,) = [effect for effect in executor.effects if isinstance(effect, StartInstance)]
    assert executor.report is not None
    run = {"task": start.key.task, "instanceId": start.key.instance_id, "attempt": start.key.attempt}
    executor.report(Command("executor_started", run))
    executor.report(Command("executor_output", run, {"stream": "stdout", "text": "hello\n"}))
    assert client("GET", "/tasks/render/stdout").body == b"0> hello\n"
    assert [entry["operation"] for entry in client.json("GET", "/_mock/journal")][1:] == [
        "executor_started",
        "executor_output",
    ]


def test_a_report_about_nothing_is_dropped(external: tuple[Any, Recorder]) -> None:
    client, executor = external
    assert executor.report is not None
    before = client.json("GET", "/_mock/state")
    executor.report(Command("executor_started", {"task": "gone", "instanceId": 0, "attempt": 1}))
    assert client.json("GET", "/_mock/state") == before


def test_a_reset_ends_the_executor_and_deafens_its_reports(external: tuple[Any, Recorder]) -> None:
    client, executor = external
    (start,) = [effect for effect in executor.effects if isinstance(effect, StartInstance)]
    assert executor.report is not None
    client.json("POST", "/_mock/reset")
    run = {"task": start.key.task, "instanceId": start.key.instance_id, "attempt": start.key.attempt}
    executor.report(Command("executor_started", run))
    assert executor.closed
    assert client.json("GET", "/tasks") == []
    assert client.json("GET", "/_mock/journal") == []


def test_virtual_time_stands_still_while_an_executor_works(external: tuple[Any, Recorder]) -> None:
    client, executor = external
    executor.busy = True
    assert client("POST", "/_mock/clock/advance", {"seconds": 1}).status == 409
    assert client("POST", "/_mock/clock/jump").status == 409


def test_the_shell_is_told_when_a_world_moves_by_itself(cloud_factory: Callable[..., Cloud], client_of: Any) -> None:
    wall = [FIXED_EPOCH]
    cloud = cloud_factory(clock=ScaledClock(60, lambda: wall[0]))
    announced: list[int] = []
    cloud.on_due = announced.append
    client_of(cloud).json("POST", "/tasks", TASK)
    assert announced[-1] == cloud.next_due()
    wall[0] += 60 * SECOND
    cloud.tick()
    assert client_of(cloud).json("GET", "/tasks")[0]["state"] == "Success"
    assert cloud.next_due() is None


def test_results_that_became_due_are_there_for_an_s3_request(client: Any) -> None:
    client.json("POST", "/tasks", with_results("s3"))
    client.cloud.clock.advance(60 * SECOND)
    tenant = client.cloud.authenticate(client.token)
    account = client.cloud._account(tenant.identity.email)
    (found,) = account.store.list("s3-out")
    assert found.key == "out-0.txt"
    assert FIXED_EPOCH < found.last_modified < FIXED_EPOCH + 60 * SECOND


def test_versions_and_settings_are_said_without_a_tenant(cloud_factory: Callable[..., Cloud], client_of: Any) -> None:
    nobody = client_of(cloud_factory(storage_url="http://127.0.0.1:1"), "")
    assert nobody.json("GET", "/settings") == {"storage": "http://127.0.0.1:1"}
    assert nobody.json("GET", "/versions")
    assert list(nobody.cloud.tenants) == []


def test_every_read_of_the_spec_is_left_out_of_the_journal() -> None:
    from qarnot_mock import contract
    from qarnot_mock.http.document import Document, operations
    from qarnot_mock.journal import PURE_READS

    known = list(operations(Document(contract.load().openapi)))
    reads = {operation.id for operation in known if operation.method == "GET"}
    kinds = ("tasks_search", "tasks_paginate", "task_summaries_paginate", "pools_search", "pools_paginate")
    queries = {*kinds, "pool_summaries_paginate", "jobs_search", "jobs_paginate", "scaling_check"}
    assert reads - {"settings_get", "versions_list"} | queries == PURE_READS


def test_an_unannounced_access_key_has_no_account(cloud: Cloud) -> None:
    assert cloud._account("nobody@example.com") is None


def test_a_bug_in_a_report_is_recorded_and_not_raised(cloud_factory: Callable[..., Cloud]) -> None:
    cloud = cloud_factory()
    tenant = cloud.authenticate("t")
    assert tenant is not None

    @attrs.define
    class Broken:
        inner: Any

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

        def apply(self, command: Command) -> None:
            raise KeyError("lost")

    tenant.world = Broken(tenant.world)
    cloud.report(tenant, Command("executor_started"))
    assert "executor_started failed: KeyError" in cloud.contract_errors.pop()


def test_json_on_the_wire_keeps_letters_as_they_are(client: Any) -> None:
    client.json("POST", "/tasks", {**TASK, "name": "é\U0001f600"})
    assert "é\U0001f600".encode() in client("GET", "/tasks").body
    assert json.loads(client("GET", "/tasks").body)[0]["name"] == "é\U0001f600"


def test_requests_from_many_threads_are_one_step_each(client: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client("POST", "/tasks", TASK), range(64)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 64
    assert [entry["order"] for entry in client.json("GET", "/_mock/journal")] == list(range(64))


def test_a_world_that_fails_does_not_hold_up_the_others(cloud_factory: Callable[..., Cloud], client_of: Any) -> None:
    cloud = cloud_factory()
    broken, sound = cloud.authenticate("broken"), client_of(cloud, "sound")
    assert broken is not None
    broken.world = attrs.make_class("Broken", [])()
    sound.json("POST", "/tasks", TASK)
    cloud.clock.advance(60 * SECOND)
    cloud.tick()
    assert sound.json("GET", "/tasks")[0]["state"] == "Success"
    assert "stopped: AttributeError" in cloud.contract_errors.pop()


def test_a_bug_on_the_storage_port_is_recorded(cloud_factory: Callable[..., Cloud]) -> None:
    cloud = cloud_factory()
    cloud._s3 = attrs.make_class("Broken", [])()
    assert cloud.s3(Request("GET", "/bucket")).status == 500
    assert cloud.contract_errors.pop().startswith("GET /bucket failed on the storage port: AttributeError")


STORY = """
import json
from qarnot_mock.assemble import build_cloud
from qarnot_mock.clock import SECOND, VirtualClock
from qarnot_mock.messages import Request

clock = VirtualClock()
cloud = build_cloud(seed=5, clock=clock)
def send(method, path, body=None):
    headers = (("authorization", "t"), ("content-type", "application/json"))
    return cloud.rest(Request(method, path, "", headers, json.dumps(body).encode() if body else b"")).body.decode()
for name in ("a", "b", "c"):
    task = {"name": name, "shortname": name, "profile": "docker-batch", "instanceCount": 3, "tags": [name, "x"],
            "resultBucket": "out", "labels": {"l": name}, "constants": [{"key": "DOCKER_CMD", "value": "echo hi"}]}
    print(send("POST", "/tasks", task))
    clock.advance(2 * SECOND)
print(send("POST", "/tasks/a/abort"), send("POST", "/tasks/b/clone", {"name": "b2"}))
clock.advance(60 * SECOND)
for path in ("/tasks", "/tasks/b/stdout", "/info", "/_mock/journal", "/_mock/state"):
    print(send("GET", path))
"""


def test_a_story_is_told_byte_for_byte_again_in_another_process() -> None:
    told = [
        subprocess.run(
            [sys.executable, "-c", STORY],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert told[0] == told[1]
    assert told[0].count(b"Success") > 3
