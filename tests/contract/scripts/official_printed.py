"""What a script can print of the value classes of the package: their JSON, there and back, attributes and equality.

Run by test_printed_values.py, once with the official package and once with ours under its name. One line a value.
"""

import datetime
import json

from qarnot import (
    advanced_bucket,
    budget,
    carbon_facts,
    computing_quotas,
    dependency,
    error,
    forced_constant,
    forced_network_rule,
    hardware_constraint,
    multi_slots_settings,
    paginate,
    privileges,
    project,
    retry_settings,
    scaling,
    scheduling_type,
    secrets,
    snapshot,
    status,
    task,
)
from qarnot.connection import Profile, UserInfo


def show(label, value):
    print(f"{label}: {value}")


def limits(row):
    return row.max_cores, row.running_cores_count, row.max_instances


def in_json(label, make, read=None):
    """A value and its twin: JSON, read back, equality."""
    one, twin = make(), make()
    show(f"{label} JSON", json.dumps(one.to_json(), sort_keys=True))
    if read is not None:
        show(f"{label} back", json.dumps(read(one.to_json()).to_json(), sort_keys=True))
    show(f"{label} equal", (one == twin, one == None))  # noqa: E711  what a script may ask


hw, sc, se, fc, fn = hardware_constraint, scaling, secrets, forced_constant, forced_network_rule
for make in (
    lambda: hw.MinimumCoreHardware(2),
    lambda: hw.MaximumCoreHardware(4),
    lambda: hw.MinimumRamCoreRatioHardware(1.5),
    lambda: hw.MaximumRamCoreRatioHardware(2.5),
    lambda: hw.MinimumRamHardware(1000),
    lambda: hw.MaximumRamHardware(2000),
    lambda: hw.SpecificHardware("key"),
    lambda: hw.CpuModelHardware("model"),
    hw.GpuHardware,
    hw.NoGpuHardware,
    hw.SSDHardware,
    hw.NoSSDHardware,
):
    in_json(type(make()).__name__, make, hw.HardwareConstraint.from_json)

days = [sc.DayOfWeek.MONDAY, sc.DayOfWeek.SUNDAY]
show("days", [(day.name, day.value) for day in sc.DayOfWeek])
for label, make in (
    ("always", lambda: sc.TimePeriodAlways("always")),
    ("weekly", lambda: sc.TimePeriodWeeklyRecurring(days, datetime.time(8), datetime.time(18, 30, 5), "work")),
):
    in_json(label, make, sc.TimePeriodSpecification.from_json)
for label, make in (
    ("fixed", lambda: sc.FixedScalingPolicy(2, "fixed", [sc.TimePeriodAlways("always")])),
    ("queue", lambda: sc.ManagedTasksQueueScalingPolicy(0, 4, 1, 60, 0.5, "q", [sc.TimePeriodAlways("always")])),
    ("bare queue", sc.ManagedTasksQueueScalingPolicy),
):
    in_json(label, make, sc.ScalingPolicy.from_json)
in_json("scaling", lambda: sc.Scaling([sc.FixedScalingPolicy(2, "fixed", [])]), sc.Scaling.from_json)
in_json("empty scaling", sc.Scaling)

for kind, texts in (
    (dependency.TaskFinalState, ("Success", "failure", "Cancelled")),
    (dependency.DependencyState, ("waiting", "dependencyConditionsFulfilled", "DependencyConditionsNotFulfilled")),
    (snapshot.SnapshotStatus, ("Triggered", "inProgress", "Success", "Failure", "NewState")),
    (scheduling_type.SchedulingType, ("Flex", "OnDemand", "Reserved")),
    (budget.BudgetOverrunPolicy, ("AlertOnly", "BlockNew", "StopAndBlockAll")),
):
    for text in texts:
        word = kind.from_string(text)
        attributes = {
            name: getattr(word, name)
            for name in ("schedulingType", "status", "value", "is_completed")
            if hasattr(word, name)
        }
        show(f"{kind.__name__} {text}", (type(word).__name__, attributes))
        show(f"{kind.__name__} {text} equal", (word == kind.from_string(text), word == None))  # noqa: E711
show("scheduling", [kind().schedulingType for kind in (
    scheduling_type.FlexScheduling, scheduling_type.OnDemandScheduling, scheduling_type.ReservedScheduling,
)])  # fmt: skip

advanced = {"taskUuid": "u", "taskFinalStateCondition": ["Success", "Failure"]}
in_json("advanced dependency", lambda: dependency.AdvancedDependency(
    "u", [dependency.TaskFinalStateSuccess(), dependency.TaskFinalStateFailure()]))  # fmt: skip
for given in (
    {"dependsOn": ["a"], "advancedDependsOn": [], "state": "Waiting"},
    {"dependsOn": ["a"], "advancedDependsOn": [{**advanced, "actualFinalState": "Success", "state": "Waiting"}]},
):
    found = dependency.TaskDependencies.from_json(given)
    rows = [(row.task_uuid, str(type(row.actual_final_state).__name__)) for row in found.advanced_depends_on]
    show("dependencies", (found.depends_on, rows, type(found.state).__name__))

for label, constant in (
    ("bare", fc.ForcedConstant("v")),
    ("full", fc.ForcedConstant("v", True, fc.ForcedConstantAccess.ReadOnly)),
    ("read-write", fc.ForcedConstant("v", False, fc.ForcedConstantAccess.ReadWrite)),
):
    show(f"forced constant {label}", json.dumps(constant.to_json("NAME"), sort_keys=True))
show("access", [(access.name, access.value) for access in fc.ForcedConstantAccess])
for label, make in (
    ("bare rule", lambda: fn.ForcedNetworkRule(False, "udp")),
    (
        "rule",
        lambda: fn.ForcedNetworkRule(True, "tcp", "22", "10.0.0.1", "h", "2", "f", "p", "d", True, False, "n", "ssh"),
    ),
):
    in_json(label, make, fn.ForcedNetworkRule.from_json)

for label, kind, given in (
    ("privileges", privileges.Privileges, {"exportApiAndStorageCredentialsInEnvironment": True}),
    ("no privileges", privileges.Privileges, {"exportApiAndStorageCredentialsInEnvironment": False}),
    ("retries", retry_settings.RetrySettings, {"maxTotalRetries": 3, "maxPerInstanceRetries": 1}),
    ("slots", multi_slots_settings.MultiSlotsSettings, {"slotsPerNode": 2}),
):
    in_json(label, lambda kind=kind, given=given: kind.from_json(given), kind.from_json)
in_json("default privileges", privileges.Privileges)
in_json("default retries", retry_settings.RetrySettings)
in_json("default slots", multi_slots_settings.MultiSlotsSettings)
in_json("total retries", lambda: retry_settings.RetrySettings(maxTotalRetries=3))

rights = se.SecretsAccessRights()
rights.add_secret_by_key("a")
rights.add_secrets_by_keys(["b"])
rights.add_secret_by_prefix("c/")
rights.add_secrets_by_prefixes(["d/"])
show("rights", json.dumps(rights.to_json(), sort_keys=True))
in_json("read rights", lambda: se.SecretsAccessRights.from_json(rights.to_json()), se.SecretsAccessRights.from_json)
in_json("no rights", se.SecretsAccessRights)
show("right by secret", se.SecretAccessRightBySecret("k").to_json())
show("right by prefix", se.SecretAccessRightByPrefix("p").to_json())

filtering, moved = advanced_bucket.Filtering(), advanced_bucket.ResourcesTransformation()
filtering.append(advanced_bucket.BucketPrefixFiltering("p/"))
moved.append(advanced_bucket.PrefixResourcesTransformation("p/"))
show("filtering", (filtering.to_json(), advanced_bucket.Filtering.from_json(filtering.to_json()).to_json()))
show("moved", (moved.to_json(), advanced_bucket.ResourcesTransformation.from_json(moved.to_json()).to_json()))
show("empty filtering", (advanced_bucket.Filtering().to_json(), advanced_bucket.ResourcesTransformation().to_json()))
show(
    "prefixes",
    (advanced_bucket.BucketPrefixFiltering("p/").prefix, advanced_bucket.PrefixResourcesTransformation("q").prefix),
)

in_json("snapshot configuration", lambda: snapshot.SnapshotConfiguration("w", "b", "bucket", "p/"))
in_json("periodic snapshots", lambda: snapshot.PeriodicSnapshotConfiguration(60, "w", "b", "bucket", "p/"))
facts = carbon_facts.CarbonFacts(1.5, 1.25, 0.5, 2.5, "dc", 3.5, 0.25, 0.75, 1.0, 28.5, 1.1, 1.2, 1.3, 1.4)
show("facts", json.dumps(facts.to_json(), sort_keys=True))
show("facts back", json.dumps(carbon_facts.CarbonFacts.from_json(facts.to_json()).to_json(), sort_keys=True))

quota = {"maxCores": 8, "runningCoresCount": 1, "maxInstances": 4, "runningInstancesCount": 1}
read = computing_quotas.ComputingQuotas.from_json({
    "user": {"flex": quota, "onDemand": quota, "reserved": [{**quota, "reservationName": "r", "machineKey": "m"}]},
    "organization": {"name": "o", "flex": quota, "onDemand": quota, "reserved": []},
})  # fmt: skip
show("quotas", limits(read.user.flex))
show("reserved", [(row.reservation_name, row.machine_key, limits(row)) for row in read.user.reserved])
show("organization", (read.organization.name, limits(read.organization.on_demand)))
old = computing_quotas.ComputingQuotas.from_json_legacy({"maxFlexInstances": 1, "maxFlexCores": 8})
show("old quotas", (old.user.flex.max_cores, old.user.flex.max_instances, old.organization))

one = project.Project.from_json({"uuid": "u", "name": "n", "slug": "s", "description": "d", "organizationUuid": "o"})
show("project", (one.uuid, one.name, one.slug, one.description, one.organization_uuid))

page = paginate.PaginateResponse("t", "n", True, [1])
show("page", (page.token, page.next_token, page.is_truncated, page.page_data))
offset = paginate.OffsetResponse(3, 2, 1, [1])
show("offset", (offset.total, offset.offset, offset.limit, offset.page_data))
show("error", error.Error({"code": "C", "message": "m", "debug": "d"}))
show("forward", status.TaskActiveForward({"applicationPort": 22, "forwarderPort": 9, "forwarderHost": "h"}))
show("vpn", status.TaskVpnConnection({"nodeIPAddressCidr": "10.0.0.1/16", "vpnName": "v"}))
show("time", status.ExecutionTimeByCpuModel({"model": "m", "time": 1.5, "core": 2}))
show("time in GHz", status.ExecutionTimeGhzByCpuModel({"model": "m", "timeGhz": 1.5, "clockRatio": 0.5, "core": 2}))
show("status", status.Status({"executedRange": "0-2", "executionTimeByCpuModel": [], "executionTimeGhzByCpuModel": []}))
show("completed", task.CompletedInstance({"instanceId": 1, "state": "Success", "results": ["a"]}))
bulk = task.BulkTaskResponse({"statusCode": 200, "uuid": "u", "message": "m"})
show("bulk", (bool(bulk.is_success()), bulk.uuid, bulk.message))
show("profile", Profile({"name": "n", "constants": [{"name": "A", "value": "1"}]}).constants)
numbers = {"maxTask": 5, "taskCount": 4, "maxPool": 3, "quotaBytesBucket": 2}
info = UserInfo(
    {"email": "e", **numbers, "computingQuotas": {"user": {"flex": quota, "onDemand": quota, "reserved": []}}}
)
show("user", (info.email, info.max_task, info.task_count, info.max_pool, info.quota_bytes_bucket, info.max_flex_cores))
