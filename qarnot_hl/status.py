"""Documented module ``status``: how far a task is, what its running instances do, and where time went.

Read-only values of the JSON under a task's ``status`` (reference 3.7); times whose name ends in ``_sec`` are seconds,
the others texts like ``00:01:02``. Everything is None, or an empty list, when the server does not tell.
"""

from __future__ import annotations

from qarnot_hl._core.wire_values import (
    Moment,
    Timespan,
    WireValue,
    integer,
    many,
    moment,
    number,
    one,
    text,
    texts,
    timespan,
    wire,
)

__all__ = [
    "CpuModelRunningCores",
    "ExecutionTimeByCpuModel",
    "ExecutionTimeByInstance",
    "ExecutionTimeByMachineSpecification",
    "ExecutionTimeBySiteAndMachine",
    "ExecutionTimeGhzByCpuModel",
    "PerRunningInstanceInfo",
    "RunningInstancesInfo",
    "Status",
    "TaskActiveForward",
    "TaskVpnConnection",
]


class TaskActiveForward(WireValue):
    """A port of the application (``application_port``) and the host and port outside that lead to it."""

    application_port = wire("applicationPort", integer)
    forwarder_port = wire("forwarderPort", integer)
    forwarder_host = wire("forwarderHost", text)
    bind_address = wire("bindAddress", text)


class TaskVpnConnection(WireValue):
    """A virtual network that an instance is part of, and its address there (``172.20.0.14/16``)."""

    node_ip_address_cidr = wire("nodeIPAddressCidr", text)
    vpn_name = wire("vpnName", text)


class ExecutionTimeByCpuModel(WireValue):
    """Seconds of execution on one processor model of ``core`` cores."""

    model = wire("model", text)
    time = wire("time", number)
    core = wire("core", integer)


class ExecutionTimeGhzByCpuModel(WireValue):
    """Execution on one processor model, in seconds times GHz."""

    model = wire("model", text)
    time_ghz = wire("timeGhz", number)
    clock_ratio = wire("clockRatio", number)
    core = wire("core", integer)


class ExecutionTimeByMachineSpecification(WireValue):
    """Seconds of execution on machines of one specification."""

    specification_key = wire("specificationKey", text)
    time = wire("time", number)


class ExecutionTimeBySiteAndMachine(ExecutionTimeByMachineSpecification):
    """Seconds of execution on machines of one specification at one site."""

    site_uuid = wire("siteUuid", text)


class ExecutionTimeByInstance(ExecutionTimeBySiteAndMachine):
    """Seconds of execution of one instance, also in seconds times GHz."""

    instance_id = wire("instanceId", integer)
    time_ghz = wire("timeGhz", number)
    clock_ratio = wire("clockRatio", number)


class CpuModelRunningCores(WireValue):
    """How many cores of one processor model are at work."""

    model = wire("model", text)
    core = wire("core", integer)
    running_core_count = wire("runningCoreCount", integer)


class PerRunningInstanceInfo(WireValue):
    """One running instance: its phase (``download``, ``environment``, ``execution``, ``upload``, ...) and its load.

    ``cpu_usage`` and ``progress`` are percents, ``memory_usage`` is a share of 1, ``execution_time_ghz`` is in seconds
    times GHz. ``execution_attempt_count`` grows when the instance had to start again.
    """

    phase = wire("phase", text)
    instance_id = wire("instanceId", integer)
    max_frequency_ghz = wire("maxFrequencyGHz", number)
    current_frequency_ghz = wire("currentFrequencyGHz", number)
    cpu_usage = wire("cpuUsage", number)
    max_memory_mb = wire("maxMemoryMB", integer)
    current_memory_mb = wire("currentMemoryMB", integer)
    memory_usage = wire("memoryUsage", number)
    network_in_kbps = wire("networkInKbps", number)
    network_out_kbps = wire("networkOutKbps", number)
    progress = wire("progress", number)
    execution_time_sec = wire("executionTimeSec", number)
    execution_time_ghz = wire("executionTimeGHz", number)
    specification_key = wire("specificationKey", text)
    cpu_model = wire("cpuModel", text)
    core_count = wire("coreCount", integer)
    clock_ratio = wire("clockRatio", number)
    execution_attempt_count = wire("executionAttemptCount", lambda value: integer(value) or 0)
    active_forward = wire("activeForwards", many(TaskActiveForward))
    vpn_connections = wire("vpnConnections", many(TaskVpnConnection))


class RunningInstancesInfo(WireValue):
    """All running instances together, and each in ``per_running_instance_info``."""

    per_running_instance_info = wire("perRunningInstanceInfo", many(PerRunningInstanceInfo))
    timestamp: Moment | None = wire("timestamp", moment)
    average_frequency_ghz = wire("averageFrequencyGHz", number)
    max_frequency_ghz = wire("maxFrequencyGHz", number)
    min_frequency_ghz = wire("minFrequencyGHz", number)
    average_max_frequency_ghz = wire("averageMaxFrequencyGHz", number)
    average_cpu_usage = wire("averageCpuUsage", number)
    cluster_power_indicator = wire("clusterPowerIndicator", number)
    average_memory_usage = wire("averageMemoryUsage", number)
    average_network_in_kbps = wire("averageNetworkInKbps", number)
    average_network_out_kbps = wire("averageNetworkOutKbps", number)
    total_network_in_kbps = wire("totalNetworkInKbps", number)
    total_network_out_kbps = wire("totalNetworkOutKbps", number)
    snapshot_results = wire("snapshotResults", texts)
    running_core_count_by_cpu_model = wire("runningCoreCountByCpuModel", many(CpuModelRunningCores))


class Status(WireValue):
    """How far a task is. Progresses are percents; ranges name instances, like ``0-2,5``.

    ``failed_range`` includes the cancelled instances, ``failed_only_range`` does not; ``executed_range`` is what
    succeeded or failed, ``started_once_range`` whatever began.
    """

    download_progress = wire("downloadProgress", number)
    execution_progress = wire("executionProgress", number)
    upload_progress = wire("uploadProgress", number)
    instance_count = wire("instanceCount", integer)
    download_time: Timespan | None = wire("downloadTime", timespan)
    download_time_sec = wire("downloadTimeSec", number)
    environment_time: Timespan | None = wire("environmentTime", timespan)
    environment_time_sec = wire("environmentTimeSec", number)
    execution_time: Timespan | None = wire("executionTime", timespan)
    execution_time_sec = wire("executionTimeSec", number)
    upload_time: Timespan | None = wire("uploadTime", timespan)
    upload_time_sec = wire("uploadTimeSec", number)
    wall_time: Timespan | None = wire("wallTime", timespan)
    wall_time_sec = wire("wallTimeSec", number)
    succeeded_range = wire("succeededRange", text)
    executed_range = wire("executedRange", text)
    failed_range = wire("failedRange", text)
    cancelled_range = wire("cancelledRange", text)
    failed_only_range = wire("failedOnlyRange", text)
    started_once_range = wire("startedOnceRange", text)
    timestamp: Moment | None = wire("timestamp", moment)
    last_update_timestamp: Moment | None = wire("lastUpdateTimestamp", moment)
    execution_time_by_cpu_model = wire("executionTimeByCpuModel", many(ExecutionTimeByCpuModel))
    execution_time_ghz_by_cpu_model = wire("executionTimeGhzByCpuModel", many(ExecutionTimeGhzByCpuModel))
    execution_time_by_machine_specification = wire(
        "executionTimeByMachineSpecification", many(ExecutionTimeByMachineSpecification)
    )
    execution_time_by_site_and_machine = wire("executionTimeBySiteAndMachine", many(ExecutionTimeBySiteAndMachine))
    execution_time_by_instance_id = wire("executionTimeByInstanceId", many(ExecutionTimeByInstance))
    running_instances_info = wire("runningInstancesInfo", one(RunningInstancesInfo))
