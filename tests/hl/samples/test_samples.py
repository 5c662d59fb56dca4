"""The sample bodies of the reference as a user sees them: asked for through a connection, read by attribute."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import httpx
import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._core.access_rights import SecretsAccessRights
from qarnot_hl._core.bulk import BulkTaskResponse
from qarnot_hl._core.money import Credits
from qarnot_hl.bucket import Bucket
from qarnot_hl.budget import StopAndBlockAllPolicy
from qarnot_hl.dependency import DependencyStateWaiting, TaskFinalStateSuccess
from qarnot_hl.filters import Filters
from qarnot_hl.multi_slots_settings import MultiSlotsSettings
from qarnot_hl.privileges import Privileges
from qarnot_hl.retry_settings import RetrySettings
from qarnot_hl.scaling import FixedScalingPolicy, ManagedTasksQueueScalingPolicy, Scaling
from qarnot_hl.scheduling_type import FlexScheduling, ReservedScheduling
from qarnot_hl.snapshot import InProgressStatus, Snapshot
from qarnot_hl.task import Task

UUID = "ff149809-0000-4000-8000-000000000002"
PROJECT = "5b0f1a52-3f0e-4d0b-8a7e-8e0f7e5f6a01"
RYZEN = "AMD Ryzen 7 1700X Eight-Core Processor"
TASKS = ["task_summary", "running_task", "failed_task", "task_of_nulls", "task_of_nulls_without_status"]
POOLS = ["pool", "pool_of_nulls"]


@pytest.fixture
def task(connect: Any, server: Any, sample: Any) -> Callable[[str], Any]:
    """``task("running_task")``: as ``retrieve_task`` returns it."""

    def retrieve(name: str) -> Any:
        server.on(f"GET /tasks/{UUID}", sample(name)["body"])
        return connect().retrieve_task(UUID)

    return retrieve


@pytest.fixture
def pool(connect: Any, server: Any, sample: Any) -> Callable[[str], Any]:
    """The same for ``retrieve_pool``."""

    def retrieve(name: str) -> Any:
        server.on("GET /pools/farm", sample(name)["body"])
        return connect().retrieve_pool("farm")

    return retrieve


def test_versions_and_settings(connect: Any, server: Any, sample: Any) -> None:
    server.on("GET /versions", sample("versions")["body"])
    server.on("GET /settings", sample("settings")["body"])
    assert connect().versions() == [{"version": "v0.1", "endOfLife": "2020-03-16"}]
    assert connect().cluster_settings()["storage"] == "https://storage.qarnot.com"


def test_without_storage_buckets_are_refused(connect: Any, server: Any, sample: Any) -> None:
    server.on("GET /settings", sample("settings_without_storage")["body"])
    with pytest.raises(ex.BucketStorageUnavailableException):
        connect().buckets()


@pytest.mark.parametrize(
    ("name", "status", "kind", "message"),
    [
        ("error_a_no_such_task", 404, ex.MissingTaskException, "No such task: test"),
        ("error_a_invalid_fields", 400, ex.QarnotGenericException, "name,range-length"),
        ("error_b_bad_token", 401, ex.UnauthorizedException, "Bad authentication token"),
        ("error_c_missing_body", 400, ex.QarnotGenericException, "A non-empty request body is required."),
        ("error_c_bad_policy", 400, ex.QarnotGenericException, "policies[0]: The policy has no type."),
        ("error_c_bad_interval", 400, ex.QarnotGenericException, "interval: The interval must not be negative."),
    ],
)
def test_an_error_says_what_the_server_said(
    name: str, status: int, kind: Any, message: str, connect: Any, server: Any, sample: Any
) -> None:
    server.on("GET /tasks/test", httpx.Response(status, json=sample(name)["body"]))
    with pytest.raises(kind) as raised:
        connect().retrieve_task("test")
    assert message in str(raised.value)
    assert raised.value.status == status


def test_a_missing_secret_is_named(connect: Any, server: Any, sample: Any) -> None:
    reply = httpx.Response(404, json=sample("error_d_no_such_secret")["body"])
    server.on("GET /secrets-manager/data/the_key", reply)
    with pytest.raises(ex.SecretNotFoundException, match="the_key doesn't exist"):
        connect().secrets.get_secret("the_key")


def test_a_bulk_that_is_refused_says_why_for_each_task(connect: Any, server: Any, sample: Any) -> None:
    server.on("POST /tasks", httpx.Response(403, json=sample("error_f_every_entry_refused")["body"]))
    connection = connect()
    with pytest.raises(ex.QarnotException) as raised:
        connection.submit_tasks([connection.create_task(name, "docker-batch") for name in ("a", "b")])
    assert "Maximum number of tasks reached" in str(raised.value)
    assert "shortname-uniqueness" in str(raised.value)


def test_a_bulk_with_mixed_outcome(sample: Any) -> None:
    accepted, refused = map(BulkTaskResponse, sample("bulk_mixed")["body"])
    assert (accepted.is_success(), accepted.uuid, accepted.message) == (True, UUID, None)
    assert (refused.is_success(), refused.status_code, refused.message) == (False, 404, "No such bucket: inputs")


def test_a_new_task_takes_the_uuid(connect: Any, server: Any, sample: Any) -> None:
    server.on("POST /tasks", sample("created")["body"])
    task = connect().create_task("n", "docker-batch")
    task.submit()
    assert task.uuid == UUID


def test_the_filters_of_the_reference_can_be_built(sample: Any) -> None:
    some_name = Filters.node_or([Filters.like("Name", "/^prefix/")])
    every = Filters.node_and([Filters.equal("Name", "x"), Filters.inside("State", ["a", "b"]), some_name])
    assert Filters.data_detail(every, ["Uuid", "Name"], 10) == sample("search")["body"]


def test_a_finished_task_of_a_real_answer(task: Any) -> None:
    found = task("task_summary")
    assert (found.name, found.profile, found.state, found.previous_state) == (
        "hello constant", "docker-batch", "Success", "UploadingResults",
    )  # fmt: skip
    assert found.progress == 100.0
    assert found.wall_time.timedelta == timedelta(minutes=3, seconds=59)
    assert found.execution_time.timedelta == timedelta(seconds=38)
    assert found.end_date.datetime == datetime(2022, 12, 23, 17, 3, 17, tzinfo=UTC)
    assert found.creation_date == datetime(2022, 12, 23, 16, 59, 18, tzinfo=UTC)
    assert found.wait_for_pool_resources_synchronization is None


def test_a_running_task(task: Any) -> None:
    found = task("running_task")
    assert (found.running_instance_count, found.running_core_count, found.instancecount) == (3, 16, 3)
    assert found.creation_date == datetime(2025, 4, 18, 9, 30, 12, 123456, tzinfo=UTC)
    assert found.end_date is None
    assert found.execution_time.timedelta == timedelta(seconds=25, microseconds=100000)
    assert found.wall_time.timedelta == timedelta(days=1, hours=3, minutes=16, seconds=50, microseconds=500000)
    assert isinstance(found.scheduling_type, ReservedScheduling)
    assert found.constants == {"QARNOT_SECRET__KEY": "[SECRET]"}
    assert list(found.tags) == ["t1", "t2,t3"]


def test_the_status_of_a_running_task(task: Any) -> None:
    status = task("running_task").status
    assert status.timestamp is None
    assert (status.started_once_range, status.succeeded_range) == ("0-2", "")
    assert (status.execution_time_by_cpu_model[0].model, status.execution_time_by_cpu_model[0].time) == (RYZEN, 25.1)
    assert status.execution_time_ghz_by_cpu_model[0].time_ghz == 85.34
    assert status.execution_time_by_instance_id[0].time_ghz == 42.5
    running = status.running_instances_info
    assert running.cluster_power_indicator == 1.0
    assert running.running_core_count_by_cpu_model[0].running_core_count == 16


def test_the_instances_of_a_running_task(task: Any) -> None:
    first, second, starting = task("running_task").status.running_instances_info.per_running_instance_info
    assert (first.phase, first.max_frequency_ghz, first.cpu_usage, first.max_memory_mb) == (
        "execution",
        3.4,
        11.25,
        314,
    )
    assert (first.cpu_model, first.core_count) == (RYZEN, 8)
    forward, connection = first.active_forward[0], first.vpn_connections[0]
    assert (forward.application_port, forward.forwarder_port) == (22, 20022)
    assert forward.forwarder_host == "gateway.qarnotservices.com"
    assert (connection.node_ip_address_cidr, connection.vpn_name) == ("172.20.0.14/16", "lab")
    assert second.active_forward == []
    assert (starting.phase, starting.cpu_model, starting.cpu_usage, starting.active_forward) == (
        "environment",
        "",
        0,
        [],
    )


def test_what_a_task_waits_for(task: Any) -> None:
    dependencies = task("running_task").dependencies
    assert isinstance(dependencies.state, DependencyStateWaiting)
    (wanted,) = dependencies.advanced_depends_on
    assert wanted.task_uuid == dependencies.depends_on[0]
    assert wanted.task_final_state_condition == [TaskFinalStateSuccess()]
    assert (wanted.state, wanted.actual_final_state) == (DependencyStateWaiting(), None)


def test_a_failed_task(task: Any) -> None:
    found = task("failed_task")
    assert (found.advanced_range, found.instancecount) == ("1-6,15,20,25-30", 0)
    assert [(error.code, error.message, error.debug) for error in found.errors] == [
        ("GHX0782I", "An instance failed", "")
    ]
    good, bad = found.completed_instances
    assert (good.state, good.results) == ("Success", ["s3://storage.qarnot.com/result/file"])
    assert (good.specification_key, good.exec_time_sec_ghz, good.error) == ("8c-32g-amd-rz3700x", 27.2, None)
    assert (bad.state, bad.results, bad.error.message, bad.peak_memory_mb) == ("Failure", [], "Exit code 3", None)


@pytest.mark.parametrize("name", ["task_of_nulls", "task_of_nulls_without_status"])
def test_a_task_full_of_nulls_reads_as_unset(name: str, task: Any) -> None:
    """The vendor's own sample, which the official package cannot parse (reference 8.2, row 16)."""
    found = task(name)
    assert (found.constants, found.constraints, found.labels) == ({}, {}, {})
    assert [list(part) for part in (found.tags, found.errors, found.completed_instances)] == [[], [], []]
    assert list(found.hardware_constraints) == []
    assert list(found.forced_network_rules) == []
    assert found.retry_settings == RetrySettings()
    assert found.privileges == Privileges()
    assert found.secrets_access_rights == SecretsAccessRights()
    assert (found.creation_date, found.results_count, found.previous_state) == (None, None, None)
    assert (found.pool, found.job_uuid, found.results, found.resources) == (None, None, None, [])
    assert repr(found)


def test_a_status_full_of_nulls_reads_as_unset(task: Any) -> None:
    status = task("task_of_nulls").status
    assert status.execution_time_by_cpu_model == []
    assert status.execution_time_ghz_by_cpu_model == []
    (instance,) = status.running_instances_info.per_running_instance_info
    assert (instance.phase, instance.active_forward, instance.vpn_connections) == (None, [], [])


def test_a_pool_full_of_nulls_reads_as_unset(pool: Any) -> None:
    """Reference 8.2, row 17."""
    found = pool("pool_of_nulls")
    assert (found.constants, found.labels, list(found.errors), list(found.tags)) == ({}, {}, [], [])
    assert (found.is_elastic, found.scaling, found.preparation_command_line) == (False, None, None)
    assert list(found.hardware_constraints) == []
    assert found.default_retry_settings == RetrySettings()
    assert (found.multi_slots_settings, found.scheduling_type, found.status) == (None, None, None)
    assert found.resources == []
    assert repr(found)


def test_a_pool(pool: Any) -> None:
    found = pool("pool")
    assert (found.state, found.instancecount, found.total_slot_capacity) == ("FullyExecuting", 4, 8)
    assert (found.queued_or_running_task_instances_count, found.pool_usage) == (4, 0.5)
    assert (found.is_elastic, found.elastic_resize_factor, found.elastic_resize_period) == (False, 0.4, 90)
    assert found.multi_slots_settings == MultiSlotsSettings(2)
    assert found.preparation_command_line == "prepare.sh"


def test_scaling_policies(sample: Any) -> None:
    body = sample("scaling")["body"]
    scaling = Scaling.from_json(body)
    queue, fixed = scaling.policies
    assert isinstance(queue, ManagedTasksQueueScalingPolicy)
    assert isinstance(fixed, FixedScalingPolicy)
    assert (queue.name, queue.max_total_slots, queue.scaling_factor) == (scaling.active_policy_name, 10, 0.5)
    (period,) = queue.enabled_periods
    assert (list(period.days), period.start_time_utc) == (["thursday"], time(19, 30))
    assert fixed.slots_count == 19
    del body["activePolicyName"], body["policies"][1]["enabledPeriods"][0]["name"]
    assert scaling.to_json() == body


def test_a_job(connect: Any, server: Any, sample: Any) -> None:
    server.on("GET /jobs/nightly", sample("job")["body"])
    job = connect().retrieve_job("nightly")
    limit = timedelta(days=1, hours=3, minutes=16, seconds=50, microseconds=500000)
    assert (job.state, job.use_dependencies, job.max_wall_time.timedelta) == ("Active", True, limit)
    assert (job.creation_date, list(job.tags)) == (datetime(2025, 4, 18, 9, 30, 12, tzinfo=UTC), [])


def test_a_bucket_with_filters_is_written_back_whole(connect: Any, sample: Any) -> None:
    body = sample("advanced_bucket")["body"]
    bucket = Bucket.from_json(connect(), body)
    assert (bucket.name, bucket.uuid) == ("inputs", "inputs")
    assert bucket.to_json() == body


def test_the_hardware_of_the_reference(connect: Any, server: Any, sample: Any) -> None:
    body = sample("hardware_page")["body"]
    server.on("GET /hardware-constraints", body)
    kinds = list(connect().all_hardware_constraints())
    assert [kind.to_json() for kind in kinds] == body["data"]
    assert [type(kind).__name__ for kind in kinds[-4:]] == [
        "GpuHardware", "NoGpuHardware", "SSDHardware", "NoSSDHardware",
    ]  # fmt: skip


def test_access_rights_are_written_back_whole(sample: Any) -> None:
    body = sample("secrets_access_rights")["body"]
    assert SecretsAccessRights.from_json(body).to_json() == body


def test_a_snapshot(sample: Any) -> None:
    snapshot = Snapshot.from_json(sample("snapshot")["body"])
    assert snapshot is not None
    assert (snapshot.status, snapshot.size_to_upload, snapshot.last_update_date) == (InProgressStatus(), None, None)
    assert snapshot.snapshot_config is not None
    assert snapshot.snapshot_config.whitelist == r"\.png$"


@pytest.mark.parametrize("name", ["carbon_sdk_names", "carbon_vendor_names"])
def test_carbon_facts_in_either_spelling(name: str, connect: Any, server: Any, sample: Any) -> None:
    server.on(f"GET /carbon/v1/tasks/{UUID}/carbon-facts", sample(name)["body"])
    facts = Task.from_json(connect(), sample("failed_task")["body"]).carbon_facts()
    assert (facts.energy_consumption_Wh, facts.energy_it_Wh, facts.energy_reuse_Wh) == (120.5, 100.0, 80.0)
    assert (facts.carbon_footprint_gC02eq, facts.equivalent_dc_carbon_footprint_gC02eq) == (6.5, 40.0)
    assert facts.equivalent_datacenter_name == "european_dc"
    assert (facts.saved_carbon_footprint_compute_heat_gC02eq, facts.saved_carbon_footprint_percent) == (33.5, 83.75)
    assert (facts.PUE, facts.ERE, facts.ERF, facts.WUE) == (1.02, 0.5, 0.66, None)


def test_credits_and_budgets(connect: Any, server: Any, sample: Any) -> None:
    server.on("GET /credits/v1/accounts/credits", sample("credits")["body"])
    server.on(f"GET /credits/v1/projects/{PROJECT}/budgets", sample("budgets")["body"])
    assert connect().credits() == Credits(12.5)
    overrun, spring = connect().project_budgets(PROJECT)
    assert (overrun.remaining_in_cents, overrun.alias, overrun.expiration_date_utc) == (-250, None, None)
    assert overrun.budget_overrun_policy == StopAndBlockAllPolicy()
    assert (spring.alias, spring.budget_overrun_policy, spring.is_archived) == ("spring", None, True)
    assert spring.expiration_date_utc == datetime(2025, 6, 1, tzinfo=UTC)


def test_the_account(connect: Any, server: Any, sample: Any) -> None:
    server.on("GET /info", sample("user_info")["body"])
    connection = connect()
    info = connection.user_info
    assert (info.email, info.max_task, info.max_pool, info.task_count) == ("ada@example.org", 100, 50, 3)
    assert (info.quota_bytes, info.bucket_count) == (10 * 2**30, -1)
    assert info.computing_quotas.user.flex.running_cores_count == 16
    assert info.computing_quotas.user.on_demand.running_cores_count == 0
    assert info.computing_quotas.organization is None
    (project,) = connection.projects()
    assert (project.uuid, project.is_default) == (PROJECT, True)
    assert FlexScheduling().schedulingType.lower() == info.default_scheduling.lower()


def test_the_quotas_of_an_organization(connect: Any, server: Any, sample: Any) -> None:
    server.on("GET /quotas/computing-quotas/organization", sample("organization_quotas")["body"])
    quotas = connect().get_organization_computing_quotas()
    assert quotas.flex.running_counts_per_user["ada@example.org"].running_cores_count == 16
    assert quotas.on_demand.running_counts_per_user == {}
    (reserved,) = quotas.reserved
    assert (reserved.machine_key, reserved.reservation_name) == ("96c-512g-amd-epyc9654-ssd", "lab")
    assert reserved.running_counts_per_user is None


def test_a_profile_without_a_name_has_the_one_asked_for(connect: Any, server: Any, sample: Any) -> None:
    server.on("GET /profiles/docker-batch", sample("profile")["body"])
    profile = connect().retrieve_profile("docker-batch")
    assert profile.name == "docker-batch"
    assert profile.constants == (("DOCKER_REPO", "library/ubuntu"), ("DOCKER_CMD", None))
    assert profile.licenses[0]["maxCores"] == 2**31


def test_secrets(connect: Any, server: Any, sample: Any) -> None:
    server.on("GET /secrets-manager/data/k", sample("secret_value")["body"])
    server.on("GET /secrets-manager/search/", sample("secret_keys")["body"])
    assert connect().secrets.get_secret("k") == "s"
    assert connect().secrets.list_secrets("") == ["a", "sub/"]


def test_output_as_text_and_as_a_json_string(task: Any, server: Any, sample: Any) -> None:
    found, printed = task("running_task"), sample("fresh_output")["body"]
    for reply in (httpx.Response(200, json=printed), httpx.Response(200, text=printed)):
        server.on(f"POST /tasks/{UUID}/stdout", reply)
        assert found.fresh_stdout() == " 0> Hello world"


@pytest.mark.parametrize("name", TASKS)
def test_a_task_is_pickled_with_all_that_was_read(name: str, task: Any) -> None:
    found = task(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QARNOT_CLIENT_TOKEN", "another")
        twin = pickle.loads(pickle.dumps(found))
    assert twin._state.snapshot == found._state.snapshot


@pytest.mark.parametrize("name", POOLS)
def test_a_pool_shows_itself(name: str, pool: Any) -> None:
    assert "farm" in repr(pool(name)) or "sample" in repr(pool(name))
