"""What a finished instance leaves behind (reference 3.5). Pure."""

from __future__ import annotations

from qarnot_hl._core.wire_values import WireValue, integer, number, one, text, texts, wire
from qarnot_hl.error import Error


class CompletedInstance(WireValue):
    """One finished instance: its final state (``Success``, ``Failure``, ``Cancelled``), cost and results.

    Times are seconds, ``exec_time_sec_ghz`` seconds times GHz. ``results`` are URLs of what it uploaded; ``error``
    says why it failed.
    """

    instance_id = wire("instanceId", integer)
    state = wire("state", text)
    wall_time_sec = wire("wallTimeSec", number)
    exec_time_sec = wire("execTimeSec", number)
    exec_time_sec_ghz = wire("execTimeSecGHz", number)
    peak_memory_mb = wire("peakMemoryMB", integer)
    average_ghz = wire("averageGHz", number)
    results = wire("results", texts)
    execution_attempt_count = wire("executionAttemptCount", lambda value: integer(value) or 0)
    error = wire("error", one(Error))
    specification_key = wire("specificationKey", text)
    cpu_model = wire("cpuModel", text)
    core_count = wire("coreCount", integer)
    clock_ratio = wire("clockRatio", number)
