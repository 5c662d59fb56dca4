"""A pool against a scripted server. The blocking twin is made from this."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._async.bucket import AsyncBucket
from qarnot_hl._async.pool import AsyncPool
from qarnot_hl.scaling import FixedScalingPolicy, ManagedTasksQueueScalingPolicy, Scaling, TimePeriodAlways

pytestmark = pytest.mark.anyio
FIXED = Scaling([FixedScalingPolicy(3, "three", [TimePeriodAlways()])])
ELASTIC = {
    "isElastic": True, "minTotalSlots": 1, "maxTotalSlots": 5, "minIdleSlots": 2, "minIdleTimeSeconds": 30,
    "rampResizeFactor": 0.5, "resizePeriod": 120,
}  # fmt: skip


@pytest.fixture
def new(aconnect: Any) -> AsyncPool:
    pool: AsyncPool = aconnect().create_pool("ready", "docker-batch", 2)
    return pool


@pytest.fixture
def fetched(aconnect: Any, pool_json: Any) -> AsyncPool:
    return AsyncPool.from_json(aconnect(), pool_json())


async def test_submit_sends_what_was_set(new: AsyncPool, server: Any, pool_uuid: str) -> None:
    server.on("POST /pools", {"uuid": pool_uuid})
    new.tags = ["t"]
    new.preparation_command_line = "echo ready"
    new.completion_ttl = timedelta(days=400, microseconds=1)
    new.resources = [AsyncBucket(new._connection, "in", create=False)]
    await new.submit()
    sent = server.body(0)
    assert [entry["bucketName"] for entry in sent.pop("advancedResourceBuckets")] == ["in"]
    assert sent == {
        "name": "ready", "profile": "docker-batch", "instanceCount": 2, "tags": ["t"],
        "preparationTask": {"commandLine": "echo ready"}, "completionTimeToLive": "400.00:00:00.0000010",
    }  # fmt: skip
    assert (new.uuid, new.shortname, new.state, new.tags) == (pool_uuid, pool_uuid, "Submitted", ["t"])
    await new.submit()
    assert server.calls == ["POST /pools"]


async def test_an_elastic_pool_sends_its_settings_and_no_count(aconnect: Any, server: Any, pool_uuid: str) -> None:
    server.on("POST /pools", {"uuid": pool_uuid})
    pool = aconnect().create_elastic_pool("grows", "docker-batch", 1, 5, 2, 30, 0.5, 120, "short")
    assert (pool.is_elastic, pool.elastic_maximum_slots, pool.elastic_resize_factor) == (True, 5, 0.5)
    await pool.submit()
    assert server.body(0) == {
        "name": "grows", "profile": "docker-batch", "shortname": "short", "elasticProperty": ELASTIC
    }  # fmt: skip


async def test_a_pool_with_a_scaling_sends_no_other_size(new: AsyncPool, server: Any, pool_uuid: str) -> None:
    server.on("POST /pools", {"uuid": pool_uuid})
    new.scaling = FIXED
    await new.submit()
    assert server.body(0) == {"name": "ready", "profile": "docker-batch", "scaling": FIXED.to_json()}


async def test_a_pool_cannot_be_elastic_and_scaled(new: AsyncPool, server: Any) -> None:
    new.setup_elastic()
    new.scaling = FIXED
    with pytest.raises(ex.QarnotGenericException, match="either elastic or has a scaling"):
        await new.submit()
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
async def test_a_refused_submit_leaves_the_pool_as_it_was(
    status: int, message: str, kind: Any, new: AsyncPool, server: Any, pool_uuid: str
) -> None:
    server.on(
        "POST /pools", httpx.Response(status, json={"message": message}), httpx.Response(200, json={"uuid": pool_uuid})
    )
    with pytest.raises(kind):
        await new.submit()
    assert (new.uuid, new.state) == (None, "UnSubmitted")
    await new.submit()
    assert new.uuid == pool_uuid


async def test_an_answer_without_uuid_is_told(new: AsyncPool, server: Any) -> None:
    server.on("POST /pools", {})
    with pytest.raises(ex.QarnotGenericException, match="holds no uuid"):
        await new.submit()


async def test_an_update_shows_the_server_s_view_and_keeps_edits(
    fetched: AsyncPool, server: Any, pool_path: str, pool_json: Any
) -> None:
    server.on(f"GET {pool_path}", pool_json(state="Closing", poolUsage=1.5, tags=["theirs"]))
    fetched.tags.append("mine")
    await fetched.update()
    assert (fetched.state, fetched.pool_usage) == ("FullyExecuting", 0.5)
    await fetched.update(flushcache=True)
    assert (fetched.state, fetched.pool_usage, fetched.tags) == ("Closing", 1.5, ["mine"])


async def test_a_missing_pool_is_told(fetched: AsyncPool) -> None:
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
        # sync: lambda: fetched.tasks,
        fetched.tasks,  # async only
        # sync: lambda: fetched.jobs,
        fetched.jobs,  # async only
    )
    for call in calls:
        with pytest.raises(ex.MissingPoolException):
            await call()


async def test_what_needs_a_submitted_pool_says_so(new: AsyncPool, server: Any) -> None:
    for call in (new.close, new.commit, new.update_resources, new.clone, new.fetch_scaling):
        with pytest.raises(ex.MissingPoolException, match="not submitted"):
            await call()
    assert server.requests == []


async def test_nothing_is_sent_for_a_pool_that_was_not_submitted(new: AsyncPool, server: Any) -> None:
    await new.update(True)
    await new.delete(purge_resources=True)
    # sync: assert (new.tasks, new.jobs) == ([], [])
    assert (await new.tasks(), await new.jobs()) == ([], [])  # async only
    assert (await new.carbon_facts(), await new.credits()) == (None, None)
    assert (await new.wait_ready(), await new.wait_closed()) == (False, False)
    assert await new.stdout() == await new.fresh_stderr(3) == ""
    assert server.requests == []


async def test_commit_sends_what_was_changed(fetched: AsyncPool, server: Any, pool_path: str) -> None:
    server.on(f"PUT {pool_path}", httpx.Response(200))
    await fetched.commit()
    assert server.requests == []
    fetched.constants["DOCKER_REPO"] = "library/debian"
    fetched.elastic_maximum_slots = 7
    await fetched.commit()
    sent = server.body()
    assert sent["constants"] == [{"key": "DOCKER_REPO", "value": "library/debian"}]
    assert (sent["elasticProperty"]["maxTotalSlots"], sent["elasticProperty"]["rampResizeFactor"]) == (7, 0.4)
    assert set(sent) == {"constants", "elasticProperty"}
    await fetched.commit()
    assert len(server.requests) == 1


async def test_one_elastic_value_of_a_summary_is_not_set_without_the_others(
    aconnect: Any, server: Any, pool_path: str, pool_uuid: str, pool_json: Any
) -> None:
    server.on(f"GET {pool_path}", pool_json(elasticProperty=ELASTIC))
    server.on(f"PUT {pool_path}", httpx.Response(200))
    summary = AsyncPool.from_json(aconnect(), {"uuid": pool_uuid, "name": "ready"}, is_summary=True)
    with pytest.raises(ex.NotLoaded, match="elastic_maximum_slots"):  # async only
        summary.elastic_maximum_slots = 9  # async only
    await summary.update(True)  # async only
    summary.elastic_maximum_slots = 9
    await summary.commit()
    assert server.body() == {"elasticProperty": {**ELASTIC, "maxTotalSlots": 9}}


async def test_setup_elastic_is_sent_by_commit(fetched: AsyncPool, server: Any, pool_path: str) -> None:
    server.on(f"PUT {pool_path}", httpx.Response(200))
    fetched.setup_elastic(1, 5, 2, 30, 0.5, 120)
    await fetched.commit()
    assert server.body() == {"elasticProperty": ELASTIC}


async def test_a_scaling_is_committed_by_its_own_operation(fetched: AsyncPool, server: Any, pool_path: str) -> None:
    server.on(f"PUT {pool_path}", httpx.Response(200))
    server.on(f"PUT {pool_path}/scaling", {})
    fetched.tags = ["t"]
    fetched.scaling = FIXED
    await fetched.commit()
    assert [(call, server.body(index)) for index, call in enumerate(server.calls)] == [
        (f"PUT {pool_path}", {"tags": ["t"]}),
        (f"PUT {pool_path}/scaling", FIXED.to_json()),
    ]
    assert fetched.scaling == FIXED
    await fetched.commit()
    assert len(server.requests) == 2


async def test_a_refused_scaling_stays_a_local_change(fetched: AsyncPool, server: Any, pool_path: str) -> None:
    problem = {"title": "Validation", "errors": {"policies": ["names must be unique"]}}
    server.on(f"PUT {pool_path}/scaling", httpx.Response(400, json=problem), httpx.Response(200, json={}))
    fetched.scaling = FIXED
    with pytest.raises(ex.QarnotGenericException, match="names must be unique"):
        await fetched.commit()
    await fetched.commit()
    assert server.calls == [f"PUT {pool_path}/scaling"] * 2


@pytest.mark.parametrize("name", ["resources"])
async def test_a_change_that_the_server_would_ignore_is_refused(name: str, fetched: AsyncPool, server: Any) -> None:
    setattr(fetched, name, [])
    with pytest.raises(ex.QarnotGenericException, match=f"cannot commit {name}"):
        await fetched.commit()
    fetched.discard_edits()
    await fetched.commit()
    assert server.requests == []


async def test_a_commit_to_a_closed_pool_is_refused(fetched: AsyncPool, server: Any, pool_path: str) -> None:
    server.on(f"PUT {pool_path}", httpx.Response(403, json={"message": "The pool is closed"}))
    fetched.tags = ["late"]
    with pytest.raises(ex.UnauthorizedException, match="closed"):
        await fetched.commit()
    assert fetched.tags == ["late"]


async def test_the_scaling_in_force_names_its_active_policy(fetched: AsyncPool, server: Any, pool_path: str) -> None:
    server.on(f"GET {pool_path}/scaling", {**FIXED.to_json(), "activePolicyName": "three"})
    found = await fetched.fetch_scaling()
    assert (found.policies, found.active_policy_name) == (FIXED.policies, "three")


async def test_a_scaling_can_be_given_at_once(fetched: AsyncPool, server: Any, pool_path: str, pool_json: Any) -> None:
    queue = Scaling([ManagedTasksQueueScalingPolicy(0, 10, 1, 90, 0.5, "queue", [TimePeriodAlways()])])
    server.on(f"PUT {pool_path}/scaling", {})
    server.on(f"GET {pool_path}", pool_json(scaling={**queue.to_json(), "activePolicyName": "queue"}))
    await fetched.update_scaling(queue)
    assert server.body(0) == queue.to_json()
    assert fetched.scaling is not None
    assert fetched.scaling.active_policy_name == "queue"


async def test_a_scaling_can_be_checked_before(aconnect: Any, server: Any) -> None:
    problem = {"title": "Validation", "errors": {"policies": ["no policy is always enabled"]}}
    server.on("POST /sanity-checks/pools/scaling", httpx.Response(200, json=""), httpx.Response(400, json=problem))
    await aconnect().check_scaling(FIXED)
    assert server.body() == FIXED.to_json()
    with pytest.raises(ex.QarnotGenericException, match="no policy is always enabled"):
        await aconnect().check_scaling(Scaling([]))


async def test_close_gives_the_machines_back(fetched: AsyncPool, server: Any, pool_path: str, pool_json: Any) -> None:
    server.on(f"POST {pool_path}/close", httpx.Response(200))
    server.on(f"GET {pool_path}", pool_json(state="Closing"), pool_json(state="Closing"), pool_json(state="Closed"))
    await fetched.close()
    assert fetched.state == "Closing"
    assert await fetched.wait_closed()
    assert fetched.state == "Closed"


async def test_a_closed_pool_cannot_be_closed(fetched: AsyncPool, server: Any, pool_path: str) -> None:
    server.on(f"POST {pool_path}/close", httpx.Response(403, json={"message": "The pool is closed"}))
    with pytest.raises(ex.InvalidStateException, match="closed"):
        await fetched.close()


@pytest.mark.parametrize(
    ("states", "ready"),
    [(["Submitted", "PartiallyExecuting", "FullyExecuting"], True), (["New"] * 9, False), (["Failure"], False)],
)
async def test_waiting_for_a_pool_to_be_ready(
    states: list[str], ready: bool, fetched: AsyncPool, server: Any, pool_path: str, pool_json: Any, clock: Any
) -> None:
    server.on(f"GET {pool_path}", *[pool_json(state=state) for state in states])
    assert await fetched.wait_ready(timeout=5) is ready
    assert sum(clock.pauses) <= 5.001
    assert fetched.state == states[-1]


async def test_delete_is_sent_once(fetched: AsyncPool, server: Any, pool_path: str) -> None:
    server.on(f"DELETE {pool_path}", httpx.Response(200))
    await fetched.delete()
    assert fetched.state == "Deleted"
    await fetched.delete()
    assert server.calls == [f"DELETE {pool_path}"]


async def test_delete_can_take_the_resources_along(
    aconnect: Any, server: Any, pool_path: str, pool_json: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted: list[str] = []

    async def delete(bucket: AsyncBucket) -> None:
        deleted.append(bucket.uuid)
        if bucket.uuid == "gone":
            raise ex.MissingBucketException("gone")

    monkeypatch.setattr(AsyncBucket, "delete", delete)
    server.on(f"GET {pool_path}", pool_json(resourceBuckets=["gone", "in"]))
    server.on(f"DELETE {pool_path}", httpx.Response(200))
    summary = AsyncPool.from_json(aconnect(), {"uuid": pool_path[-36:]}, is_summary=True)
    await summary.delete(purge_resources=True)
    assert (server.calls, deleted) == ([f"GET {pool_path}", f"DELETE {pool_path}"], ["gone", "in"])


async def test_a_body_full_of_nulls_reads_as_nothing(aconnect: Any, server: Any, pool_json: Any) -> None:
    for body in (dict.fromkeys(pool_json(), None), {}):
        pool = AsyncPool.from_json(aconnect(), {**body, "uuid": "p-1"})
        shown = {name: getattr(pool, name) for name in pool.fields}
        assert (shown["errors"], shown["constants"], shown["hardware_constraints"]) == ([], {}, [])
        assert (shown["status"], shown["scaling"], shown["multi_slots_settings"]) == (None, None, None)
        assert (shown["is_elastic"], shown["end_date"], pool.resources) == (False, None, [])
    assert server.requests == []


async def test_resources_of_a_summary_are_fetched(
    aconnect: Any, server: Any, pool_path: str, pool_uuid: str, pool_json: Any
) -> None:
    server.on(f"GET {pool_path}", pool_json(advancedResourceBuckets=[{"bucketName": "in"}]))
    summary = AsyncPool.from_json(aconnect(), {"uuid": pool_uuid, "name": "ready"}, is_summary=True)
    with pytest.raises(ex.NotLoaded, match="resources"):  # async only
        _ = summary.resources  # async only
    await summary.update(True)  # async only
    assert [bucket.uuid for bucket in summary.resources] == ["in"]
    assert server.calls == [f"GET {pool_path}"]


async def test_reading_resources_creates_nothing(aconnect: Any, server: Any, pool_json: Any) -> None:
    both = {"resourceBuckets": ["old"], "advancedResourceBuckets": [{"bucketName": "a"}, {"bucketName": "b"}]}
    assert [bucket.uuid for bucket in AsyncPool.from_json(aconnect(), pool_json(**both)).resources] == ["a", "b"]
    old = AsyncPool.from_json(aconnect(), pool_json(resourceBuckets=["old"]))
    assert [bucket.uuid for bucket in old.resources] == ["old"]
    assert server.requests == []


async def test_update_resources_tells_the_server(
    fetched: AsyncPool, server: Any, pool_path: str, pool_json: Any
) -> None:
    server.on(f"PATCH {pool_path}", httpx.Response(200))
    server.on(f"GET {pool_path}", pool_json())
    await fetched.update_resources()
    assert server.calls == [f"PATCH {pool_path}", f"GET {pool_path}"]


async def test_outputs_are_those_of_the_pool_or_of_one_instance(
    fetched: AsyncPool, server: Any, pool_path: str
) -> None:
    for stream in ("stdout", "stderr"):
        for verb in ("GET", "POST"):
            server.on(f"{verb} {pool_path}/{stream}", httpx.Response(200, text=f"{verb} {stream}"))
            server.on(f"{verb} {pool_path}/{stream}/2", httpx.Response(200, text=f"{verb} {stream} 2"))
    assert [await fetched.stdout(), await fetched.stderr(2)] == ["GET stdout", "GET stderr 2"]
    assert [await fetched.fresh_stdout(2), await fetched.fresh_stderr()] == ["POST stdout 2", "POST stderr"]
    with pytest.raises(ex.MissingPoolInstanceException):
        await fetched.stdout(9)


async def test_facts_are_asked_of_their_services(fetched: AsyncPool, server: Any, pool_uuid: str) -> None:
    server.on(f"GET /carbon/v1/pools/{pool_uuid}/carbon-facts", {"total_energy_it_Wh": 3.5})
    server.on(f"GET /credits/v1/pools/{pool_uuid}/credits", {"credits": 1.25})
    facts = await fetched.carbon_facts("elsewhere")
    assert facts is not None
    assert facts.energy_it_Wh == 3.5
    assert server.requests[0].url.query == b"comparisonDataCenter=elsewhere"
    spent = await fetched.credits()
    assert spent is not None
    assert spent.amount_in_euros == 1.25


async def test_a_clone_takes_changes_and_is_fetched(
    fetched: AsyncPool, server: Any, pool_path: str, pool_json: Any
) -> None:
    server.on(f"POST {pool_path}/clone", {"uuid": "c-1"})
    server.on("GET /pools/c-1", pool_json(uuid="c-1", instanceCount=3))
    clone = await fetched.clone(name="again", instancecount=3)
    assert server.body(0) == {"name": "again", "instanceCount": 3}
    assert (clone.uuid, clone.instancecount, type(clone)) == ("c-1", 3, AsyncPool)
    with pytest.raises(TypeError, match="pool has no such attribute"):
        await fetched.clone(size=3)


async def test_tasks_and_jobs_of_a_pool_are_complete_objects(
    fetched: AsyncPool, server: Any, pool_path: str, pool_uuid: str
) -> None:
    server.on(f"GET {pool_path}/tasks", [{"uuid": "t-1", "name": "one", "poolUuid": pool_uuid}])
    server.on(f"GET {pool_path}/jobs", [{"uuid": "j-1", "name": "two", "poolUuid": pool_uuid}])
    # sync: found = [*fetched.tasks, *fetched.jobs]
    found = [*await fetched.tasks(), *await fetched.jobs()]  # async only
    assert [(one.name, one.pool_uuid, one.tags) for one in found] == [("one", pool_uuid, []), ("two", pool_uuid, [])]
    assert {one._connection for one in found} == {fetched._connection}


async def test_a_pool_is_retrieved(aconnect: Any, server: Any, pool_json: Any) -> None:
    server.on("GET /pools/mine", pool_json())
    assert (await aconnect().retrieve_pool("mine")).name == "ready"
    with pytest.raises(ex.MissingPoolException):
        await aconnect().retrieve_pool("nobody")


async def test_all_pages_of_pools_are_read(aconnect: Any, server: Any, pool_json: Any) -> None:
    server.on(
        "POST /pools/summaries/paginate",
        {"data": [pool_json(name="one")], "nextToken": "abc", "isTruncated": True},
        {"data": [pool_json(name="two")], "nextToken": "abc", "isTruncated": False},
    )
    assert [pool.name for pool in await aconnect().pools()] == ["one", "two"]
    assert [server.body(0), server.body(1)] == [{}, {"token": "abc"}]


async def test_pools_with_tags_are_complete(aconnect: Any, server: Any, pool_json: Any) -> None:
    server.on("POST /pools/paginate", {"data": [pool_json()], "isTruncated": False})
    both = await aconnect().pools(tags_intersect=["a", "b"])
    assert [(pool.name, pool.constants) for pool in both] == [("ready", {"DOCKER_REPO": "library/ubuntu"})]
    assert server.body()["filter"]["operator"] == "And"
    await aconnect().pools(False)
    assert server.calls == ["POST /pools/paginate"] * 2


async def test_a_page_of_pools_takes_order_and_size(aconnect: Any, server: Any, pool_json: Any) -> None:
    server.on("POST /pools/summaries/paginate", {"data": [pool_json()], "isTruncated": False})
    page = await aconnect().pools_page(maximum=5, order_by="name", descending=True)
    assert server.body() == {"maximumResults": 5, "orderBy": "name", "orderType": "DESC"}
    assert ([pool.name for pool in page], page.is_truncated) == (["ready"], False)


async def test_credentials_can_be_given_to_the_instances(new: AsyncPool, server: Any, pool_uuid: str) -> None:
    server.on("POST /pools", {"uuid": pool_uuid})
    new.allow_credentials_to_be_exported_to_pool_environment()
    await new.submit()
    assert server.body()["privileges"] == {"exportApiAndStorageCredentialsInEnvironment": True}
