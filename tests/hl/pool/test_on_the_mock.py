"""Pools, and what runs in them, on the mock in virtual time. No request may need what a real server merely forgives."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl.filters import Filters
from qarnot_hl.forced_constant import ForcedConstant
from qarnot_hl.forced_network_rule import ForcedNetworkRule
from qarnot_hl.hardware_constraint import MinimumCoreHardware
from qarnot_hl.multi_slots_settings import MultiSlotsSettings
from qarnot_hl.privileges import Privileges
from qarnot_hl.retry_settings import RetrySettings
from qarnot_hl.scaling import (
    FixedScalingPolicy,
    ManagedTasksQueueScalingPolicy,
    Scaling,
    TimePeriodAlways,
    TimePeriodWeeklyRecurring,
)
from qarnot_hl.scheduling_type import OnDemandScheduling

NIGHTS = TimePeriodWeeklyRecurring(["monday", "friday"], time(22, 30), time.max, "nights")
SCALING = Scaling(
    [
        ManagedTasksQueueScalingPolicy(0, 4, 1, 90, 0.5, "nights", [NIGHTS]),
        FixedScalingPolicy(1, "days", [TimePeriodAlways()]),
    ]
)
# Every settable attribute but name, profile, the sizes and the resources, with a value.
SET = {
    "shortname": "every-attribute",
    "tags": ["a", "b"],
    "constants": {"DOCKER_REPO": "library/ubuntu"},
    "labels": {"team": "render"},
    "hardware_constraints": [MinimumCoreHardware(2)],
    "default_resources_cache_ttl_sec": 3600,
    "max_time_queue_seconds": 7200,
    "scheduling_type": OnDemandScheduling(),
    "privileges": Privileges(True),
    "multi_slots_settings": MultiSlotsSettings(2),
    "preparation_command_line": "echo ready",
    "tasks_default_wait_for_pool_resources_synchronization": True,
    "auto_delete": True,
    "completion_ttl": timedelta(days=400, seconds=1.5),
    "default_retry_settings": RetrySettings(4, 2),
}


def ready(cloud: Any, mocked: Any, slots: int = 2) -> Any:
    pool = cloud.create_pool("ready", "docker-batch", slots)
    pool.submit()
    mocked.advance(600)
    assert pool.wait_ready() is True
    return pool


def task_in(cloud: Any, pool: Any, instances: int = 1, **constants: str) -> Any:
    task = cloud.create_task("inside", pool, instances)
    task.constants = {"DOCKER_CMD": "echo hello", **constants}
    task.submit()
    return task


def test_every_attribute_is_accepted_and_told_back(cloud: Any) -> None:
    pool = cloud.create_pool("full", "docker-batch", 2)
    for name, value in SET.items():
        setattr(pool, name, value)
    pool.submit()
    stored = cloud.retrieve_pool("every-attribute")
    told = {name: getattr(stored, name) for name in SET}
    assert told == {name: getattr(pool, name) for name in SET}
    assert told["completion_ttl"].timedelta == timedelta(days=400, seconds=1.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("forced_constants", {"A": ForcedConstant("b")}),
        ("forced_network_rules", [ForcedNetworkRule(True, "tcp", "443")]),
    ],
)
def test_what_needs_a_permission_is_sent(name: str, value: Any, cloud: Any) -> None:
    pool = cloud.create_pool("forced", "docker-batch")
    setattr(pool, name, value)
    pool.submit()
    assert cloud.retrieve_pool(pool.uuid).name == "forced"


def test_the_shown_scaling_is_the_one_that_was_given(cloud: Any, mocked: Any) -> None:
    cloud.check_scaling(SCALING)
    pool = cloud.create_pool("scaled", "docker-batch")
    pool.scaling = SCALING
    pool.submit()
    stored = cloud.retrieve_pool(pool.uuid)
    assert stored.scaling.policies == SCALING.policies
    other = Scaling([FixedScalingPolicy(3, "three", [TimePeriodAlways()])])
    stored.scaling = other
    stored.commit()
    mocked.advance(600)
    assert (stored.fetch_scaling().active_policy_name, stored.fetch_scaling().policies) == ("three", other.policies)
    stored.update(True)
    assert stored.running_instance_count == 3
    stored.update_scaling(SCALING)
    assert stored.scaling.policies == SCALING.policies


def test_a_scaling_that_is_not_valid_is_refused_beforehand_and_afterwards(cloud: Any) -> None:
    twice = Scaling([FixedScalingPolicy(1, "same", [TimePeriodAlways()])] * 2)
    pool = cloud.create_pool("scaled", "docker-batch")
    pool.submit()
    for call in (cloud.check_scaling, pool.update_scaling):
        with pytest.raises(ex.QarnotGenericException) as refused:
            call(twice)
        assert refused.value.status == 400


def test_an_elastic_pool_grows_with_its_tasks(cloud: Any, mocked: Any) -> None:
    pool = cloud.create_elastic_pool("grows", "docker-batch", 0, 3, 0, 30, 1, 90)
    pool.submit()
    mocked.advance(300)
    assert cloud.retrieve_pool(pool.uuid).running_instance_count == 0
    task_in(cloud, pool, 3, MOCK_DURATION="100000")
    mocked.advance(900)
    assert cloud.retrieve_pool(pool.uuid).running_instance_count == 3
    pool.elastic_maximum_slots = 5
    pool.commit()
    assert cloud.retrieve_pool(pool.uuid).elastic_maximum_slots == 5


def test_tasks_and_jobs_of_a_pool(cloud: Any, mocked: Any) -> None:
    pool = ready(cloud, mocked)
    job = cloud.create_job("together", pool)
    job.submit()
    task, in_job = task_in(cloud, pool), cloud.create_task("joined", job=job)
    in_job.constants = {"DOCKER_CMD": "echo joined"}
    in_job.submit()
    mocked.advance(600)
    assert {found.uuid for found in pool.tasks} >= {task.uuid}
    assert [found.uuid for found in pool.jobs] == [job.uuid]
    assert (task.wait(), task.stdout()) == (True, "0> hello\n")
    assert (in_job.wait(), in_job.stdout()) == (True, "0> joined\n")
    assert task.pool.name == cloud.retrieve_job(job.uuid).pool.name == "ready"


def test_outputs_and_facts_of_a_pool(cloud: Any, mocked: Any) -> None:
    pool = ready(cloud, mocked)
    assert pool.stdout() == "" or pool.stdout().startswith(("0> ", "1> "))
    assert pool.fresh_stdout() == pool.stdout()
    assert pool.fresh_stdout() == ""
    assert isinstance(pool.stderr(0), str)
    with pytest.raises(ex.MissingPoolInstanceException):
        pool.stdout(99)
    assert pool.carbon_facts().energy_consumption_Wh > 0
    assert pool.credits().amount_in_euros > 0


def test_a_clone_is_made_of_the_same_with_the_changes(cloud: Any) -> None:
    pool = cloud.create_pool("first", "docker-batch", 2)
    pool.tags = ["kept"]
    pool.submit()
    clone = pool.clone(name="second", instancecount=1)
    assert (clone.name, clone.instancecount, clone.tags, clone.profile) == ("second", 1, ["kept"], "docker-batch")
    assert clone.uuid != pool.uuid
    scaled = pool.clone(name="third", scaling=SCALING)
    assert scaled.scaling.policies == SCALING.policies


def test_a_closed_pool_takes_nothing_more(cloud: Any, mocked: Any) -> None:
    pool = ready(cloud, mocked)
    pool.close()
    mocked.advance(600)
    assert pool.wait_closed() is True
    assert pool.end_date is not None
    refused = (pool.close, pool.update_resources, lambda: task_in(cloud, pool), lambda: pool.update_scaling(SCALING))
    for call in refused:
        with pytest.raises(ex.QarnotException) as error:
            call()
        assert error.value.status in (400, 403)
    pool.tags = ["late"]
    with pytest.raises(ex.UnauthorizedException):
        pool.commit()


def test_a_deleted_pool_is_missing(cloud: Any, mocked: Any) -> None:
    pool = ready(cloud, mocked)
    pool.delete()
    mocked.advance(3600)
    with pytest.raises(ex.MissingPoolException):
        cloud.retrieve_pool(pool.uuid)
    assert pool.state == "Deleted"


def test_pools_are_found_by_tags_filters_and_pages(cloud: Any) -> None:
    for number in range(7):
        pool = cloud.create_pool(f"pool-{number}", "docker-batch")
        pool.tags = ["odd" if number % 2 else "even", "all"]
        pool.submit()
    names = [f"pool-{number}" for number in range(7)]
    assert sorted(pool.name for pool in cloud.all_pools(page_size=3)) == names
    assert sorted(pool.name for pool in cloud.pools(tags=["odd"])) == names[1::2]
    assert sorted(pool.name for pool in cloud.pools(tags_intersect=["all", "even"])) == names[::2]
    page = cloud.pools_page(filters=Filters.like("name", "pool-3"), summary=False)
    assert [(pool.name, pool.tags) for pool in page] == [("pool-3", ["odd", "all"])]
    assert [pool.name for pool in cloud.pools_page(maximum=2, order_by="name", descending=True)] == names[:-3:-1]
