# Generated from tests/hl/pool/test_pool_async.py by scripts/unasync.py. Do not edit.
"""A pool against a scripted server. The blocking twin is made from this."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._sync.bucket import Bucket
from qarnot_hl._sync.pool import Pool
from qarnot_hl.scaling import FixedScalingPolicy, ManagedTasksQueueScalingPolicy, Scaling, TimePeriodAlways

pytestmark = pytest.mark.anyio
FIXED = Scaling([FixedScalingPolicy(3, "three", [TimePeriodAlways()])])
ELASTIC = {
    "isElastic": True, "minTotalSlots": 1, "maxTotalSlots": 5, "minIdleSlots": 2, "minIdleTimeSeconds": 30,
    "rampResizeFactor": 0.5, "resizePeriod": 120,
}  # fmt: skip


@pytest.fixture
def new(connect: Any) -> Pool:
    pool: Pool = connect().create_pool("ready", "docker-batch", 2)
    return pool


@pytest.fixture
def fetched(connect: Any, pool_json: Any) -> Pool:
    return Pool.from_json(connect(), pool_json())


def test_submit_sends_what_was_set(new: Pool, server: Any, pool_uuid: str) -> None:
    server.on("POST /pools", {"uuid": pool_uuid})
    new.tags = ["t"]
    new.preparation_command_line = "echo ready"
    new.completion_ttl = timedelta(days=400, microseconds=1)
    new.resources = [Bucket(new._connection, "in", create=False)]
    new.submit()
    sent = server.body(0)
    assert [entry["bucketName"] for entry in sent.pop("advancedResourceBuckets")] == ["in"]
    assert sent == {
        "name": "ready", "profile": "docker-batch", "instanceCount": 2, "tags": ["t"],
        "preparationTask": {"commandLine": "echo ready"}, "completionTimeToLive": "400.00:00:00.0000010",
    }  # fmt: skip
    assert (new.uuid, new.shortname, new.state, new.tags) == (pool_uuid, pool_uuid, "Submitted", ["t"])
    new.submit()
    assert server.calls == ["POST /pools"]


def test_an_elastic_pool_sends_its_settings_and_no_count(connect: Any, server: Any, pool_uuid: str) -> None:
    server.on("POST /pools", {"uuid": pool_uuid})
    pool = connect().create_elastic_pool("grows", "docker-batch", 1, 5, 2, 30, 0.5, 120, "short")
    assert (pool.is_elastic, pool.elastic_maximum_slots, pool.elastic_resize_factor) == (True, 5, 0.5)
    pool.submit()
    assert server.body(0) == {
        "name": "grows", "profile": "docker-batch", "shortname": "short", "elasticProperty": ELASTIC
    }  # fmt: skip


def test_a_pool_with_a_scaling_sends_no_other_size(new: Pool, server: Any, pool_uuid: str) -> None:
    server.on("POST /pools", {"uuid": pool_uuid})
    new.scaling = FIXED
    new.submit()
    assert server.body(0) == {"name": "ready", "profile": "docker-batch", "scaling": FIXED.to_json()}


def test_a_pool_cannot_be_elastic_and_scaled(new: Pool, server: Any) -> None:
    new.setup_elastic()
    new.scaling = FIXED
    with pytest.raises(ex.QarnotGenericException, match="either elastic or has a scaling"):
        new.submit()
    assert server.requests == []


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (403, "Maximum number of pools reached", ex.MaxPoolException),
        (403, "Not allowed", ex.UnauthorizedException),
        (402, "Not enough credits", ex.NotEnoughCreditsException),
        (401, "Bad token", ex.UnauthorizedException),
        (404, "No such bucket: in", ex.MissingBucketException),
        (404, "", ex.MissingBucketException),
        (404, "No such profile: x", ex.MissingProfileException),
        (400, "Invalid fields: shortname", ex.QarnotGenericException),
    ],
)
def test_a_refused_submit_leaves_the_pool_as_it_was(
    status: int, message: str, kind: Any, new: Pool, server: Any, pool_uuid: str
) -> None:
    server.on(
        "POST /pools", httpx.Response(status, json={"message": message}), httpx.Response(200, json={"uuid": pool_uuid})
    )
    with pytest.raises(kind):
        new.submit()
    assert (new.uuid, new.state) == (None, "UnSubmitted")
    new.submit()
    assert new.uuid == pool_uuid


def test_an_answer_without_uuid_is_told(new: Pool, server: Any) -> None:
    server.on("POST /pools", {})
    with pytest.raises(ex.QarnotGenericException, match="holds no uuid"):
        new.submit()


def test_an_update_shows_the_server_s_view_and_keeps_edits(
    fetched: Pool, server: Any, pool_path: str, pool_json: Any
) -> None:
    server.on(f"GET {pool_path}", pool_json(state="Closing", poolUsage=1.5, tags=["theirs"]))
    fetched.tags.append("mine")
    fetched.update()
    assert (fetched.state, fetched.pool_usage) == ("FullyExecuting", 0.5)
    fetched.update(flushcache=True)
    assert (fetched.state, fetched.pool_usage, fetched.tags) == ("Closing", 1.5, ["mine"])


def test_a_missing_pool_is_told(fetched: Pool) -> None:
    calls = (
        fetched.update_resources,
        fetched.close,
        fetched.delete,
        fetched.fetch_scaling,
        fetched.clone,
        fetched.stdout,
        fetched.fresh_stderr,
        fetched.carbon_facts,
        fetched.credits,
        fetched.wait_ready,
        fetched.wait_closed,
        lambda: fetched.update(True),
        lambda: fetched.update_scaling(FIXED),
        lambda: fetched.tasks,
        lambda: fetched.jobs,
    )
    for call in calls:
        with pytest.raises(ex.MissingPoolException):
            call()


def test_what_needs_a_submitted_pool_says_so(new: Pool, server: Any) -> None:
    for call in (new.close, new.commit, new.update_resources, new.clone, new.fetch_scaling):
        with pytest.raises(ex.MissingPoolException, match="not submitted"):
            call()
    assert server.requests == []


def test_nothing_is_sent_for_a_pool_that_was_not_submitted(new: Pool, server: Any) -> None:
    new.update(True)
    new.delete(purge_resources=True)
    assert (new.tasks, new.jobs) == ([], [])
    assert (new.carbon_facts(), new.credits()) == (None, None)
    assert (new.wait_ready(), new.wait_closed()) == (False, False)
    assert new.stdout() == new.fresh_stderr(3) == ""
    assert server.requests == []


def test_commit_sends_what_was_changed(fetched: Pool, server: Any, pool_path: str) -> None:
    server.on(f"PUT {pool_path}", httpx.Response(200))
    fetched.commit()
    assert server.requests == []
    fetched.constants["DOCKER_REPO"] = "library/debian"
    fetched.elastic_maximum_slots = 7
    fetched.commit()
    sent = server.body()
    assert sent["constants"] == [{"key": "DOCKER_REPO", "value": "library/debian"}]
    assert (sent["elasticProperty"]["maxTotalSlots"], sent["elasticProperty"]["rampResizeFactor"]) == (7, 0.4)
    assert set(sent) == {"constants", "elasticProperty"}
    fetched.commit()
    assert len(server.requests) == 1


def test_one_elastic_value_of_a_summary_is_not_set_without_the_others(
    connect: Any, server: Any, pool_path: str, pool_uuid: str, pool_json: Any
) -> None:
    server.on(f"GET {pool_path}", pool_json(elasticProperty=ELASTIC))
    server.on(f"PUT {pool_path}", httpx.Response(200))
    summary = Pool.from_json(connect(), {"uuid": pool_uuid, "name": "ready"}, is_summary=True)
    summary.elastic_maximum_slots = 9
    summary.commit()
    assert server.body() == {"elasticProperty": {**ELASTIC, "maxTotalSlots": 9}}


def test_setup_elastic_is_sent_by_commit(fetched: Pool, server: Any, pool_path: str) -> None:
    server.on(f"PUT {pool_path}", httpx.Response(200))
    fetched.setup_elastic(1, 5, 2, 30, 0.5, 120)
    fetched.commit()
    assert server.body() == {"elasticProperty": ELASTIC}


def test_a_scaling_is_committed_by_its_own_operation(fetched: Pool, server: Any, pool_path: str) -> None:
    server.on(f"PUT {pool_path}", httpx.Response(200))
    server.on(f"PUT {pool_path}/scaling", {})
    fetched.tags = ["t"]
    fetched.scaling = FIXED
    fetched.commit()
    assert [(call, server.body(index)) for index, call in enumerate(server.calls)] == [
        (f"PUT {pool_path}", {"tags": ["t"]}),
        (f"PUT {pool_path}/scaling", FIXED.to_json()),
    ]
    assert fetched.scaling == FIXED
    fetched.commit()
    assert len(server.requests) == 2


def test_a_refused_scaling_stays_a_local_change(fetched: Pool, server: Any, pool_path: str) -> None:
    problem = {"title": "Validation", "errors": {"policies": ["names must be unique"]}}
    server.on(f"PUT {pool_path}/scaling", httpx.Response(400, json=problem), httpx.Response(200, json={}))
    fetched.scaling = FIXED
    with pytest.raises(ex.QarnotGenericException, match="names must be unique"):
        fetched.commit()
    fetched.commit()
    assert server.calls == [f"PUT {pool_path}/scaling"] * 2


@pytest.mark.parametrize("name", ["resources"])
def test_a_change_that_the_server_would_ignore_is_refused(name: str, fetched: Pool, server: Any) -> None:
    setattr(fetched, name, [])
    with pytest.raises(ex.QarnotGenericException, match=f"cannot commit {name}"):
        fetched.commit()
    fetched.discard_edits()
    fetched.commit()
    assert server.requests == []


def test_a_commit_to_a_closed_pool_is_refused(fetched: Pool, server: Any, pool_path: str) -> None:
    server.on(f"PUT {pool_path}", httpx.Response(403, json={"message": "The pool is closed"}))
    fetched.tags = ["late"]
    with pytest.raises(ex.UnauthorizedException, match="closed"):
        fetched.commit()
    assert fetched.tags == ["late"]


def test_the_scaling_in_force_names_its_active_policy(fetched: Pool, server: Any, pool_path: str) -> None:
    server.on(f"GET {pool_path}/scaling", {**FIXED.to_json(), "activePolicyName": "three"})
    found = fetched.fetch_scaling()
    assert (found.policies, found.active_policy_name) == (FIXED.policies, "three")


def test_a_scaling_can_be_given_at_once(fetched: Pool, server: Any, pool_path: str, pool_json: Any) -> None:
    queue = Scaling([ManagedTasksQueueScalingPolicy(0, 10, 1, 90, 0.5, "queue", [TimePeriodAlways()])])
    server.on(f"PUT {pool_path}/scaling", {})
    server.on(f"GET {pool_path}", pool_json(scaling={**queue.to_json(), "activePolicyName": "queue"}))
    fetched.update_scaling(queue)
    assert server.body(0) == queue.to_json()
    assert fetched.scaling is not None
    assert fetched.scaling.active_policy_name == "queue"


def test_a_scaling_can_be_checked_before(connect: Any, server: Any) -> None:
    problem = {"title": "Validation", "errors": {"policies": ["no policy is always enabled"]}}
    server.on("POST /sanity-checks/pools/scaling", httpx.Response(200, json=""), httpx.Response(400, json=problem))
    connect().check_scaling(FIXED)
    assert server.body() == FIXED.to_json()
    with pytest.raises(ex.QarnotGenericException, match="no policy is always enabled"):
        connect().check_scaling(Scaling([]))


def test_close_gives_the_machines_back(fetched: Pool, server: Any, pool_path: str, pool_json: Any) -> None:
    server.on(f"POST {pool_path}/close", httpx.Response(200))
    server.on(f"GET {pool_path}", pool_json(state="Closing"), pool_json(state="Closing"), pool_json(state="Closed"))
    fetched.close()
    assert fetched.state == "Closing"
    assert fetched.wait_closed()
    assert fetched.state == "Closed"


def test_a_closed_pool_cannot_be_closed(fetched: Pool, server: Any, pool_path: str) -> None:
    server.on(f"POST {pool_path}/close", httpx.Response(403, json={"message": "The pool is closed"}))
    with pytest.raises(ex.InvalidStateException, match="closed"):
        fetched.close()


@pytest.mark.parametrize(
    ("states", "ready"),
    [(["Submitted", "PartiallyExecuting", "FullyExecuting"], True), (["New"] * 9, False), (["Failure"], False)],
)
def test_waiting_for_a_pool_to_be_ready(
    states: list[str], ready: bool, fetched: Pool, server: Any, pool_path: str, pool_json: Any, clock: Any
) -> None:
    server.on(f"GET {pool_path}", *[pool_json(state=state) for state in states])
    assert fetched.wait_ready(timeout=5) is ready
    assert sum(clock.pauses) <= 5.001
    assert fetched.state == states[-1]


def test_delete_is_sent_once(fetched: Pool, server: Any, pool_path: str) -> None:
    server.on(f"DELETE {pool_path}", httpx.Response(200))
    fetched.delete()
    assert fetched.state == "Deleted"
    fetched.delete()
    assert server.calls == [f"DELETE {pool_path}"]


def test_delete_can_take_the_resources_along(
    connect: Any, server: Any, pool_path: str, pool_json: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted: list[str] = []

    def delete(bucket: Bucket) -> None:
        deleted.append(bucket.uuid)
        if bucket.uuid == "gone":
            raise ex.MissingBucketException("gone")

    monkeypatch.setattr(Bucket, "delete", delete)
    server.on(f"GET {pool_path}", pool_json(resourceBuckets=["gone", "in"]))
    server.on(f"DELETE {pool_path}", httpx.Response(200))
    summary = Pool.from_json(connect(), {"uuid": pool_path[-36:]}, is_summary=True)
    summary.delete(purge_resources=True)
    assert (server.calls, deleted) == ([f"GET {pool_path}", f"DELETE {pool_path}"], ["gone", "in"])


def test_a_body_full_of_nulls_reads_as_nothing(connect: Any, server: Any, pool_json: Any) -> None:
    for body in (dict.fromkeys(pool_json(), None), {}):
        pool = Pool.from_json(connect(), {**body, "uuid": "p-1"})
        shown = {name: getattr(pool, name) for name in pool.fields}
        assert (shown["errors"], shown["constants"], shown["hardware_constraints"]) == ([], {}, [])
        assert (shown["status"], shown["scaling"], shown["multi_slots_settings"]) == (None, None, None)
        assert (shown["is_elastic"], shown["end_date"], pool.resources) == (False, None, [])
    assert server.requests == []


def test_resources_of_a_summary_are_fetched(
    connect: Any, server: Any, pool_path: str, pool_uuid: str, pool_json: Any
) -> None:
    server.on(f"GET {pool_path}", pool_json(advancedResourceBuckets=[{"bucketName": "in"}]))
    summary = Pool.from_json(connect(), {"uuid": pool_uuid, "name": "ready"}, is_summary=True)
    assert [bucket.uuid for bucket in summary.resources] == ["in"]
    assert server.calls == [f"GET {pool_path}"]


def test_reading_resources_creates_nothing(connect: Any, server: Any, pool_json: Any) -> None:
    both = {"resourceBuckets": ["old"], "advancedResourceBuckets": [{"bucketName": "a"}, {"bucketName": "b"}]}
    assert [bucket.uuid for bucket in Pool.from_json(connect(), pool_json(**both)).resources] == ["a", "b"]
    old = Pool.from_json(connect(), pool_json(resourceBuckets=["old"]))
    assert [bucket.uuid for bucket in old.resources] == ["old"]
    assert server.requests == []


def test_update_resources_tells_the_server(fetched: Pool, server: Any, pool_path: str, pool_json: Any) -> None:
    server.on(f"PATCH {pool_path}", httpx.Response(200))
    server.on(f"GET {pool_path}", pool_json())
    fetched.update_resources()
    assert server.calls == [f"PATCH {pool_path}", f"GET {pool_path}"]


def test_outputs_are_those_of_the_pool_or_of_one_instance(fetched: Pool, server: Any, pool_path: str) -> None:
    for stream in ("stdout", "stderr"):
        for verb in ("GET", "POST"):
            server.on(f"{verb} {pool_path}/{stream}", httpx.Response(200, text=f"{verb} {stream}"))
            server.on(f"{verb} {pool_path}/{stream}/2", httpx.Response(200, text=f"{verb} {stream} 2"))
    assert [fetched.stdout(), fetched.stderr(2)] == ["GET stdout", "GET stderr 2"]
    assert [fetched.fresh_stdout(2), fetched.fresh_stderr()] == ["POST stdout 2", "POST stderr"]
    with pytest.raises(ex.MissingPoolInstanceException):
        fetched.stdout(9)


def test_facts_are_asked_of_their_services(fetched: Pool, server: Any, pool_uuid: str) -> None:
    server.on(f"GET /carbon/v1/pools/{pool_uuid}/carbon-facts", {"total_energy_it_Wh": 3.5})
    server.on(f"GET /credits/v1/pools/{pool_uuid}/credits", {"credits": 1.25})
    facts = fetched.carbon_facts("elsewhere")
    assert facts is not None
    assert facts.energy_it_Wh == 3.5
    assert server.requests[0].url.query == b"comparisonDataCenter=elsewhere"
    spent = fetched.credits()
    assert spent is not None
    assert spent.amount_in_euros == 1.25


def test_a_clone_takes_changes_and_is_fetched(fetched: Pool, server: Any, pool_path: str, pool_json: Any) -> None:
    server.on(f"POST {pool_path}/clone", {"uuid": "c-1"})
    server.on("GET /pools/c-1", pool_json(uuid="c-1", instanceCount=3))
    clone = fetched.clone(name="again", instancecount=3)
    assert server.body(0) == {"name": "again", "instanceCount": 3}
    assert (clone.uuid, clone.instancecount, type(clone)) == ("c-1", 3, Pool)
    with pytest.raises(TypeError, match="pool has no such attribute"):
        fetched.clone(size=3)


def test_tasks_and_jobs_of_a_pool_are_complete_objects(
    fetched: Pool, server: Any, pool_path: str, pool_uuid: str
) -> None:
    server.on(f"GET {pool_path}/tasks", [{"uuid": "t-1", "name": "one", "poolUuid": pool_uuid}])
    server.on(f"GET {pool_path}/jobs", [{"uuid": "j-1", "name": "two", "poolUuid": pool_uuid}])
    found = [*fetched.tasks, *fetched.jobs]
    assert [(one.name, one.pool_uuid, one.tags) for one in found] == [("one", pool_uuid, []), ("two", pool_uuid, [])]
    assert {one._connection for one in found} == {fetched._connection}


def test_a_pool_is_retrieved(connect: Any, server: Any, pool_json: Any) -> None:
    server.on("GET /pools/mine", pool_json())
    assert (connect().retrieve_pool("mine")).name == "ready"
    with pytest.raises(ex.MissingPoolException):
        connect().retrieve_pool("nobody")


def test_all_pages_of_pools_are_read(connect: Any, server: Any, pool_json: Any) -> None:
    server.on(
        "POST /pools/summaries/paginate",
        {"data": [pool_json(name="one")], "nextToken": "abc", "isTruncated": True},
        {"data": [pool_json(name="two")], "nextToken": "abc", "isTruncated": False},
    )
    assert [pool.name for pool in connect().pools()] == ["one", "two"]
    assert [server.body(0), server.body(1)] == [{}, {"token": "abc"}]


def test_pools_with_tags_are_complete(connect: Any, server: Any, pool_json: Any) -> None:
    server.on("POST /pools/paginate", {"data": [pool_json()], "isTruncated": False})
    both = connect().pools(tags_intersect=["a", "b"])
    assert [(pool.name, pool.constants) for pool in both] == [("ready", {"DOCKER_REPO": "library/ubuntu"})]
    assert server.body()["filter"]["operator"] == "And"
    connect().pools(False)
    assert server.calls == ["POST /pools/paginate"] * 2


def test_a_page_of_pools_takes_order_and_size(connect: Any, server: Any, pool_json: Any) -> None:
    server.on("POST /pools/summaries/paginate", {"data": [pool_json()], "isTruncated": False})
    page = connect().pools_page(maximum=5, order_by="name", descending=True)
    assert server.body() == {"maximumResults": 5, "orderBy": "name", "orderType": "DESC"}
    assert ([pool.name for pool in page], page.is_truncated) == (["ready"], False)


def test_credentials_can_be_given_to_the_instances(new: Pool, server: Any, pool_uuid: str) -> None:
    server.on("POST /pools", {"uuid": pool_uuid})
    new.allow_credentials_to_be_exported_to_pool_environment()
    new.submit()
    assert server.body()["privileges"] == {"exportApiAndStorageCredentialsInEnvironment": True}
