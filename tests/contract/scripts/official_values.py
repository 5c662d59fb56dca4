"""Every public method of the official package's value classes, which ask nothing of the cloud; written and read back.

Run by test_official_methods.py; prints what watched.py saw.
"""

import datetime

import watched
from qarnot import advanced_bucket as ab
from qarnot import (
    budget,
    computing_quotas,
    multi_slots_settings,
    privileges,
    project,
    retry_settings,
    scheduling_type,
    snapshot,
)
from qarnot import dependency as dep
from qarnot import forced_constant as fc
from qarnot import forced_network_rule as fn
from qarnot import hardware_constraint as hw
from qarnot import scaling as sc
from qarnot import secrets as se

filtering = ab.Filtering()
filtering.append(ab.BucketPrefixFiltering("p/"))
filtering.sanitize_filter_paths(None)
assert ab.Filtering.from_json(filtering.to_json()).to_json() == filtering.to_json()
transformation = ab.ResourcesTransformation()
transformation.append(ab.PrefixResourcesTransformation("p/"))
transformation.sanitize_transformation_paths(None)
assert ab.ResourcesTransformation.from_json(transformation.to_json()).to_json() == transformation.to_json()

constraints = [
    hw.MinimumCoreHardware(2),
    hw.MaximumCoreHardware(4),
    hw.MinimumRamCoreRatioHardware(1.5),
    hw.MaximumRamCoreRatioHardware(2.5),
    hw.MinimumRamHardware(1000),
    hw.MaximumRamHardware(2000),
    hw.SpecificHardware("key"),
    hw.GpuHardware(),
    hw.SSDHardware(),
    hw.NoSSDHardware(),
    hw.NoGpuHardware(),
    hw.CpuModelHardware("model"),
]
for constraint in constraints:
    assert hw.HardwareConstraint.from_json(constraint.to_json()).to_json() == constraint.to_json()

weekly = sc.TimePeriodWeeklyRecurring([sc.DayOfWeek.MONDAY], datetime.time(8), datetime.time(18), "work")
policies = [
    sc.FixedScalingPolicy(2, "fixed", [weekly]),
    sc.ManagedTasksQueueScalingPolicy(0, 4, 1, 60, 0.5, "queue", [sc.TimePeriodAlways("always")]),
]
scaling = sc.Scaling(policies)
assert sc.Scaling.from_json(scaling.to_json()).to_json() == scaling.to_json()

for text in ("Success", "Failure", "Cancelled"):
    dep.TaskFinalState.from_string(text)
for text in ("waiting", "dependencyConditionsFulfilled", "dependencyConditionsNotFulfilled"):
    dep.DependencyState.from_string(text)
for text in ("Triggered", "InProgress", "Success", "Failure"):
    snapshot.SnapshotStatus.from_string(text)
for text in ("Flex", "OnDemand", "Reserved"):
    scheduling_type.SchedulingType.from_string(text)
for text in ("AlertOnly", "BlockNew", "StopAndBlockAll"):
    budget.BudgetOverrunPolicy.from_string(text)

advanced = dep.AdvancedDependency("uuid", [dep.TaskFinalState.from_string("Success")])
read = dep.AdvancedDependency.from_json(advanced.to_json())
assert (read.task_uuid, len(read.task_final_state_condition)) == ("uuid", 1)
found = dep.TaskDependencies.from_json(
    {"dependsOn": ["uuid"], "advancedDependsOn": [advanced.to_json()], "state": "Waiting"}
)
(output,) = found.advanced_depends_on
assert (found.depends_on, output.task_uuid) == (["uuid"], "uuid")
assert found.state
assert output.task_final_state_condition
assert output.state is output.actual_final_state is None

fc.ForcedConstant("value", True, fc.ForcedConstantAccess.ReadOnly).to_json("NAME")
rule = fn.ForcedNetworkRule(True, "tcp", "22", "10.0.0.1", "ssh", "22", "80", "a rule")
assert fn.ForcedNetworkRule.from_json(rule.to_json()).to_json() == rule.to_json()

rights = se.SecretsAccessRights()
rights.add_secret_by_key("a")
rights.add_secrets_by_keys(["b"])
rights.add_secret_by_prefix("c/")
rights.add_secrets_by_prefixes(["d/"])
assert se.SecretsAccessRights.from_json(rights.to_json()).to_json() == rights.to_json()

for kind, given in (
    (privileges.Privileges, {"exportApiAndStorageCredentialsInEnvironment": True}),
    (retry_settings.RetrySettings, {"maxTotalRetries": 3, "maxPerInstanceRetries": 1}),
    (multi_slots_settings.MultiSlotsSettings, {"slotsPerNode": 2}),
):
    assert kind.from_json(given).to_json() == given

periodic = snapshot.PeriodicSnapshotConfiguration(60, "w", "b", "bucket", "prefix/")
periodic.to_json(), snapshot.SnapshotConfiguration.from_json(snapshot.SnapshotConfiguration("w").to_json())
quota = {"maxCores": 8, "runningCoresCount": 1, "maxInstances": 4, "runningInstancesCount": 1}
reserved = {**quota, "reservationName": "r", "machineKey": "m"}
quotas = {"flex": quota, "onDemand": quota, "reserved": [reserved]}
counts = {"runningCountsPerUser": {"someone@example.com": {"runningInstancesCount": 1, "runningCoresCount": 1}}}
detailed = {"name": "o", "flex": {**quota, **counts}, "onDemand": quota, "reserved": [{**reserved, **counts}]}
computing_quotas.ComputingQuotas.from_json_legacy({"maxFlexInstances": 1, "maxFlexCores": 8})
read = computing_quotas.ComputingQuotas.from_json({"user": quotas, "organization": {"name": "o", **quotas}})
assert read.user.flex.max_cores == read.organization.reserved[0].max_cores == 8
assert computing_quotas.OrganizationComputingQuotasDetails.from_json(detailed).flex.running_counts_per_user
assert budget.Budget.from_json({"uuid": "u", "budgetOverrunPolicy": "AlertOnly"})
assert project.Project.from_json({"uuid": "u", "name": "n"}).name == "n"
watched.report()
