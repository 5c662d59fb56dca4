"""The status of a task as the wire shows it: times, ranges, running and completed instances (reference 3.5, 3.7).

Frequencies, loads, memory and network are made up from the node's specification: nothing is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from qarnot_mock.sim import ranges
from qarnot_mock.sim.commands import Instant, Json
from qarnot_mock.sim.formats import SECOND, date_text, microseconds, timespan_text
from qarnot_mock.sim.ids import uuid_text
from qarnot_mock.sim.nodes import NodeKind
from qarnot_mock.sim.phases import length
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Task
from qarnot_mock.sim.workloads import Instance, Workload

_PHASES = ("dispatch", "download", "environment", "execution", "upload")
_TIMES = ("download", "environment", "execution", "upload")
CPU_USAGE = 100.0
MEMORY_MB = 256


def progress(state: State, task: Task) -> float:
    """0 to 100: how much of its instances' execution is done."""
    return phase_progress(state, task, "execution")


def phase_progress(state: State, owner: Workload, phase: str) -> float:
    """0 to 100, the mean over instances of how much of a phase is done."""
    parts = [instance_progress(state, owner, instance, phase) for instance in owner.instances.values()]
    return round(sum(parts) / max(len(parts), 1), 3)


def instance_progress(state: State, owner: Workload, instance: Instance, phase: str) -> float:
    """0 to 100 of one phase; 0 until it is over when nobody knows how long it will last."""
    if instance.state == "success":
        return 100.0
    if instance.state == "waiting" or not instance.begun:
        return 0.0
    if phase in instance.runs[-1].spent:
        return 100.0
    seconds = length(state, owner, instance, phase)
    if instance.state != phase or seconds is None:
        return 0.0
    whole = microseconds(seconds)
    return min(100.0, round(100 * (state.now - instance.entered) / whole, 3))


def ended_instances(state: State, task: Task) -> list[Json]:
    """The ``CompletedInstance`` list, by instance id."""
    ended = sorted(task.in_states("success", "failure", "cancelled"), key=lambda instance: instance.id)
    return [_completed(state, task, instance) for instance in ended]


def _completed(state: State, task: Task, instance: Instance) -> Json:
    node = _node(state, instance)
    execution = instance.spent("execution", state.now) / SECOND
    began = instance.runs[0].began if instance.runs else task.created
    ended = state.now if instance.ended is None else instance.ended
    return {
        "results": list(instance.results),
        "instanceId": instance.id,
        "wallTimeSec": (ended - began) / SECOND,
        "execTimeSec": execution,
        "execTimeSecGHz": _ghz(execution, node),
        "peakMemoryMB": instance.peak_memory_mb,
        "state": instance.state.capitalize(),
        "error": instance.error,
        "specificationKey": node.specification_key if node else None,
        "cpuModel": node.cpu_model if node else None,
        "coreCount": node.core_count if node else 0,
        "clockRatio": node.clock_ratio if node else 0.0,
        "averageGHz": node.max_frequency_ghz if node else 0.0,
        "executionAttemptCount": instance.attempt,
    }


def status(state: State, owner: Workload) -> Json:
    """The ``TaskStatus`` schema, of a task or a pool; null until an instance has had a node or it has ended."""
    if owner.ended is None and not any(instance.runs for instance in owner.instances.values()):
        return None
    moment = state.now if owner.ended is None else owner.ended
    wall = moment - owner.created
    durations = {phase: sum(i.spent(phase, state.now) for i in owner.instances.values()) for phase in _TIMES}
    return {
        "timestamp": date_text(moment),
        "lastUpdateTimestamp": date_text(moment),
        "downloadProgress": phase_progress(state, owner, "download"),
        "executionProgress": phase_progress(state, owner, "execution"),
        "uploadProgress": phase_progress(state, owner, "upload"),
        "instanceCount": len(owner.instances),
        **{f"{phase}Time": timespan_text(durations[phase]) for phase in _TIMES},
        "wallTime": timespan_text(wall),
        **{f"{phase}TimeSec": durations[phase] / SECOND for phase in _TIMES},
        "wallTimeSec": wall / SECOND,
        **_times_by(state, owner),
        **_ranges(owner),
        "runningInstancesInfo": _running_info(state, owner, moment),
    }


def _ranges(owner: Workload) -> dict[str, Json]:
    chosen: Mapping[str, Callable[[Instance], bool]] = {
        "succeededRange": lambda i: i.state == "success",
        "executedRange": lambda i: i.state in ("success", "failure"),
        "failedRange": lambda i: i.state in ("failure", "cancelled"),
        "failedOnlyRange": lambda i: i.state == "failure",
        "cancelledRange": lambda i: i.state == "cancelled",
        "startedOnceRange": lambda i: bool(i.runs),
    }
    every = owner.instances.values()
    return {name: ranges.text(i.id for i in every if holds(i)) for name, holds in chosen.items()}


def _executions(state: State, owner: Workload) -> Iterator[tuple[Instance, NodeKind, float]]:
    """(instance, node, seconds of execution) of each run that has executed or does now."""
    for instance in owner.instances.values():
        for run in instance.runs:
            spent = run.spent.get("execution", 0)
            if run is instance.runs[-1] and instance.state == "execution":
                spent += state.now - instance.entered
            if spent:
                yield instance, state.nodes[run.node], spent / SECOND


def _times_by(state: State, owner: Workload) -> dict[str, Json]:
    executions = list(_executions(state, owner))
    kinds: dict[NodeKind, float] = {}
    own: dict[tuple[int, NodeKind], float] = {}
    for instance, node, time in executions:
        kinds[node] = kinds.get(node, 0.0) + time
        own[instance.id, node] = own.get((instance.id, node), 0.0) + time
    site = site_uuid(state)
    return {
        "executionTimeByCpuModel": [
            {"model": node.cpu_model, "time": time, "core": node.core_count} for node, time in kinds.items()
        ],
        "executionTimeGhzByCpuModel": [
            {
                "model": node.cpu_model,
                "timeGhz": _ghz(time, node),
                "clockRatio": node.clock_ratio,
                "core": node.core_count,
            }
            for node, time in kinds.items()
        ],
        "executionTimeByMachineSpecification": [
            {"specificationKey": node.specification_key, "time": time} for node, time in kinds.items()
        ],
        "executionTimeBySiteAndMachine": [
            {"siteUuid": site, "specificationKey": node.specification_key, "time": time} for node, time in kinds.items()
        ],
        "executionTimeByInstanceId": [
            {
                "instanceId": instance_id,
                "specificationKey": node.specification_key,
                "siteUuid": site,
                "time": time,
                "timeGhz": _ghz(time, node),
                "clockRatio": node.clock_ratio,
            }
            for (instance_id, node), time in own.items()
        ],
    }


def site_uuid(state: State) -> str:
    """The one site of the simulated cloud."""
    return uuid_text(state.settings.seed, state.settings.tenant, "site", 1)


def _running_info(state: State, owner: Workload, moment: Instant) -> Json:
    running = [i for i in owner.instances.values() if state.lifecycles.instance.among(i.state, "running")]
    nodes = [state.nodes[instance.runs[-1].node] for instance in running]
    frequencies = [node.max_frequency_ghz for node in nodes]
    mean = sum(frequencies) / len(nodes) if nodes else 0.0
    executing = sum(instance.state == "execution" for instance in running)
    memory = [MEMORY_MB / node.memory_mb for node in nodes]
    return {
        "perRunningInstanceInfo": [_running_one(state, owner, instance) for instance in running],
        "snapshotResults": [],
        "timestamp": date_text(moment),
        "averageFrequencyGHz": mean,
        "maxFrequencyGHz": max(frequencies, default=0.0),
        "minFrequencyGHz": min(frequencies, default=0.0),
        "averageMaxFrequencyGHz": mean,
        "averageCpuUsage": CPU_USAGE * executing / len(running) if running else 0.0,
        "clusterPowerIndicator": 1.0,
        "averageMemoryUsage": sum(memory) / len(memory) if memory else 0.0,
        "averageNetworkInKbps": 0.0,
        "averageNetworkOutKbps": 0.0,
        "totalNetworkInKbps": 0.0,
        "totalNetworkOutKbps": 0.0,
        "runningCoreCountByCpuModel": _cores_by_model(nodes),
    }


def _cores_by_model(nodes: list[NodeKind]) -> list[Json]:
    counts: dict[NodeKind, int] = {}
    for node in nodes:
        counts[node] = counts.get(node, 0) + node.core_count
    return [
        {"model": node.cpu_model, "core": node.core_count, "runningCoreCount": cores} for node, cores in counts.items()
    ]


def _running_one(state: State, owner: Workload, instance: Instance) -> dict[str, Any]:
    node = state.nodes[instance.runs[-1].node]
    executes = instance.state == "execution"
    time = instance.spent("execution", state.now, last_only=True) / SECOND
    return {
        "phase": instance.state,
        "instanceId": instance.id,
        "maxFrequencyGHz": node.max_frequency_ghz,
        "currentFrequencyGHz": node.max_frequency_ghz,
        "cpuUsage": CPU_USAGE if executes else 0.0,
        "maxMemoryMB": max(MEMORY_MB, instance.peak_memory_mb) if executes else 0,
        "currentMemoryMB": MEMORY_MB if executes else 0,
        "memoryUsage": MEMORY_MB / node.memory_mb if executes else 0.0,
        "networkInKbps": 0.0,
        "networkOutKbps": 0.0,
        "progress": instance_progress(state, owner, instance, "execution"),
        "executionTimeSec": time,
        "executionTimeGHz": _ghz(time, node),
        "specificationKey": node.specification_key,
        "cpuModel": node.cpu_model,
        "coreCount": node.core_count,
        "executionAttemptCount": instance.attempt,
        "clockRatio": node.clock_ratio,
        "activeForwards": [],
        "vpnConnections": [],
    }


def _node(state: State, instance: Instance) -> NodeKind | None:
    return state.nodes[instance.runs[-1].node] if instance.runs else None


def _ghz(seconds: float, node: NodeKind | None) -> float:
    return round(seconds * node.max_frequency_ghz, 6) if node else 0.0
