"""Every documented field of the read-only value objects shows the value the server sent, and survives its absence."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

NAMES = json.loads(Path(__file__).with_name("names.json").read_text())

FORWARD = {"applicationPort": 22, "forwarderPort": 20022, "forwarderHost": "gateway.example", "bindAddress": "0.0.0.0"}
VPN = {"nodeIPAddressCidr": "172.20.0.14/16", "vpnName": "vpn-1"}
INSTANCE = {
    "phase": "execution", "instanceId": 2, "maxFrequencyGHz": 3.4, "currentFrequencyGHz": 3.1, "cpuUsage": 11.25,
    "maxMemoryMB": 314, "currentMemoryMB": 300, "memoryUsage": 0.5, "networkInKbps": 1.5, "networkOutKbps": 2.5,
    "progress": 42.0, "executionTimeSec": 7.5, "executionTimeGHz": 25.5, "cpuModel": "AMD Ryzen 7 1700X",
    "executionAttemptCount": 2, "activeForwards": [FORWARD], "vpnConnections": [VPN],
}  # fmt: skip
RUNNING = {
    "perRunningInstanceInfo": [INSTANCE], "timestamp": "2026-01-02T03:04:05Z", "averageFrequencyGHz": 3.0,
    "maxFrequencyGHz": 3.4, "minFrequencyGHz": 2.9, "averageMaxFrequencyGHz": 3.3, "averageCpuUsage": 50.0,
    "clusterPowerIndicator": 0.9, "averageMemoryUsage": 0.4, "averageNetworkInKbps": 1.0, "averageNetworkOutKbps": 2.0,
    "totalNetworkInKbps": 3.0, "totalNetworkOutKbps": 4.0, "snapshotResults": ["a"],
    "runningCoreCountByCpuModel": [{"model": "m", "core": 8, "runningCoreCount": 16}],
}  # fmt: skip
STATUS = {
    "downloadProgress": 100.0, "executionProgress": 50.0, "uploadProgress": 1.0, "instanceCount": 3,
    "downloadTime": "00:00:01", "downloadTimeSec": 1.0, "environmentTime": "00:00:02", "environmentTimeSec": 2.0,
    "executionTime": "00:00:03", "executionTimeSec": 3.0, "uploadTime": "00:00:04", "uploadTimeSec": 4.0,
    "wallTime": "00:00:05", "wallTimeSec": 5.0, "succeededRange": "0-1", "executedRange": "0-2", "failedRange": "2",
    "lastUpdateTimestamp": "2026-01-02T03:04:05Z",
    "executionTimeByCpuModel": [{"model": "m", "time": 3.0, "core": 8}],
    "executionTimeGhzByCpuModel": [{"model": "m", "timeGhz": 9.0, "clockRatio": 0.8, "core": 8}],
    "runningInstancesInfo": RUNNING,
}  # fmt: skip
COMPLETED = {
    "instanceId": 1, "state": "Success", "wallTimeSec": 9.5, "execTimeSec": 8.5, "execTimeSecGHz": 25.5,
    "peakMemoryMB": 128, "averageGHz": 3.0, "results": ["s3://storage/out/file"], "executionAttemptCount": 2,
}  # fmt: skip
QUOTA = {"maxInstances": 64, "maxCores": 512, "runningInstancesCount": 1, "runningCoresCount": 8}
INFO = {
    "email": "someone@example.com", "maxBucket": 100, "bucketCount": 3, "quotaBytesBucket": 10,
    "usedQuotaBytesBucket": 4, "taskCount": 7, "maxTask": 99, "runningTaskCount": 2, "maxRunningTask": 11,
    "maxInstances": 65, "maxFlexCores": 513,
    "maxPool": 50, "poolCount": 1, "maxRunningPool": 49, "runningPoolCount": 1, "runningInstanceCount": 5,
    "runningCoreCount": 40,
    "computingQuotas": {
        "user": {"flex": QUOTA, "onDemand": QUOTA | {"maxInstances": 6, "maxCores": 48}, "reserved": []},
    },
    "projects": [],
}  # fmt: skip
PROFILE = {"name": "docker-batch", "constants": [{"name": "DOCKER_TAG", "value": "latest", "description": None}]}

# Fields whose key is not the plain camelCase of their name, or whose value is not the wire's.
ODD_KEYS = {
    "cpu_model": "cpuModel", "active_forward": "activeForwards", "node_ip_address_cidr": "nodeIPAddressCidr",
}  # fmt: skip
SAMPLES = {
    "status.TaskActiveForward": FORWARD,
    "status.TaskVpnConnection": VPN,
    "status.PerRunningInstanceInfo": INSTANCE,
    "status.RunningInstancesInfo": RUNNING,
    "status.Status": STATUS,
    "task.CompletedInstance": COMPLETED,
}
FIELDS = [(path, name) for path in SAMPLES for name, documented in NAMES[path].items() if documented["kind"] == "field"]


def build(path: str, sample: Any) -> Any:
    module, name = path.split(".")
    return getattr(importlib.import_module(f"qarnot_hl.{module}"), name)(sample)


def wire_key(name: str, sample: dict[str, Any]) -> str:
    """The sample's key for a field: the odd one, or the one that is equal but for case and underscores."""
    folded = {key.lower(): key for key in sample}
    return ODD_KEYS.get(name) or folded[name.replace("_", "")]


@pytest.mark.parametrize(("path", "name"), FIELDS)
def test_a_field_shows_what_the_server_sent(path: str, name: str) -> None:
    sample = SAMPLES[path]
    expected = sample[wire_key(name, sample)]
    shown = getattr(build(path, sample), name)
    if isinstance(expected, (dict, list)) and name not in {"snapshot_results", "results"}:
        assert shown, f"{name} is empty"
    else:
        assert shown == expected


@pytest.mark.parametrize("path", SAMPLES)
@pytest.mark.parametrize("nothing", [{}, "nulls"])
def test_absent_and_null_fields_crash_nobody(path: str, nothing: Any) -> None:
    built = build(path, dict.fromkeys(SAMPLES[path]) if nothing == "nulls" else nothing)
    for name, documented in NAMES[path].items():
        if documented["kind"] == "field":
            assert getattr(built, name) in (None, [], 0)


def test_nested_objects_are_typed_down_to_the_forwards() -> None:
    instance = build("status.Status", STATUS).running_instances_info.per_running_instance_info[0]
    assert instance.active_forward[0].forwarder_port == 20022
    assert instance.vpn_connections[0].vpn_name == "vpn-1"


def test_times_by_processor_are_objects() -> None:
    status = build("status.Status", STATUS)
    assert (status.execution_time_by_cpu_model[0].model, status.execution_time_by_cpu_model[0].time) == ("m", 3.0)
    ghz = status.execution_time_ghz_by_cpu_model[0]
    assert (ghz.time_ghz, ghz.clock_ratio, ghz.core) == (9.0, 0.8, 8)


USER_INFO = {
    "email": "someone@example.com", "max_bucket": 100, "bucket_count": 3, "quota_bytes_bucket": 10,
    "used_quota_bytes_bucket": 4, "task_count": 7, "max_task": 99, "running_task_count": 2, "max_running_task": 11,
    "max_instances": 65, "max_cores": 513, "max_pool": 50, "pool_count": 1, "max_running_pool": 49,
    "running_pool_count": 1, "running_instance_count": 5, "running_core_count": 40, "max_flex_instances": 64,
    "max_flex_cores": 512, "max_on_demand_instances": 6, "max_on_demand_cores": 48, "projects": [],
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), USER_INFO.items())
def test_account_information_by_name(name: str, value: Any) -> None:
    assert getattr(build("connection.UserInfo", INFO), name) == value


def test_no_documented_account_field_is_left_out() -> None:
    documented = {name for name, about in NAMES["connection.UserInfo"].items() if about["kind"] == "field"}
    assert documented == set(USER_INFO) | {"computing_quotas"}
    assert build("connection.UserInfo", INFO).computing_quotas.user.flex.max_cores == 512


def test_account_information_survives_null_quotas() -> None:
    info = build("connection.UserInfo", {"email": "a@b", "computingQuotas": {"user": None}, "projects": None})
    assert info.email == "a@b"
    assert info.max_flex_cores is None


def test_a_profile_is_its_name_and_the_defaults_of_its_constants() -> None:
    profile = build("connection.Profile", PROFILE)
    assert profile.name == "docker-batch"
    assert profile.constants == (("DOCKER_TAG", "latest"),)
