"""Values of the documented modules: whatever the server says is read, can be looked at, pickled and written back."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qarnot_hl._core.access_rights import SecretsAccessRights
from qarnot_hl._core.carbon_facts import CarbonFacts
from qarnot_hl._core.completed_instance import CompletedInstance
from qarnot_hl._core.money import Credits
from qarnot_hl._core.project import Project
from qarnot_hl._core.quotas import ComputingQuotas, OrganizationComputingQuotasDetails
from qarnot_hl._core.user_info import Profile, UserInfo
from qarnot_hl.advanced_bucket import Filtering, ResourcesTransformation
from qarnot_hl.budget import Budget
from qarnot_hl.dependency import AdvancedDependency, AdvancedDependencyOutput, TaskDependencies
from qarnot_hl.error import Error
from qarnot_hl.forced_constant import ForcedConstant
from qarnot_hl.forced_network_rule import ForcedNetworkRule
from qarnot_hl.hardware_constraint import HardwareConstraint
from qarnot_hl.multi_slots_settings import MultiSlotsSettings
from qarnot_hl.privileges import Privileges
from qarnot_hl.retry_settings import RetrySettings
from qarnot_hl.scaling import Scaling, ScalingPolicy, TimePeriodSpecification
from qarnot_hl.snapshot import Snapshot, SnapshotConfiguration
from qarnot_hl.status import Status

Read = Callable[[Any], Any]
READ: list[tuple[str, Read]] = [
    ("AdvancedDependencyOutput", AdvancedDependencyOutput.from_json),
    ("Budget", Budget.from_json),
    ("CarbonFacts", CarbonFacts.from_json),
    ("CompletedInstance", CompletedInstance),
    ("ComputingQuotas", ComputingQuotas.from_json),
    ("Credits", Credits.from_json),
    ("DependencyOutput", TaskDependencies.from_json),
    ("Error", Error),
    ("OrganizationComputingQuotasDetails", OrganizationComputingQuotasDetails.from_json),
    ("Profile", Profile),
    ("Project", Project.from_json),
    ("Snapshot", Snapshot.from_json),
    ("TaskStatus", Status),
    ("UserInfo", UserInfo),
]
WRITTEN: list[tuple[str, Read]] = [
    ("AdvancedDependencyInput", AdvancedDependency.from_json),
    ("CarbonFacts", CarbonFacts.from_json),
    ("ForcedNetworkRule", ForcedNetworkRule.from_json),
    ("MultiSlotsSettings", MultiSlotsSettings.from_json),
    ("Privileges", Privileges.from_json),
    ("ReportedHardwareConstraint", HardwareConstraint.from_json),
    ("ReportedScalingPolicy", ScalingPolicy.from_json),
    ("ReportedTimePeriod", TimePeriodSpecification.from_json),
    ("ResourcesFiltering", Filtering.from_json),
    ("ResourcesTransformation", ResourcesTransformation.from_json),
    ("RetrySettings", RetrySettings.from_json),
    ("SecretsAccessRights", SecretsAccessRights.from_json),
    ("SnapshotConfiguration", SnapshotConfiguration.from_json),
]
bounded = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def look_at(value: Any) -> dict[str, Any]:
    """Every public attribute that is not a method, and what the value prints as."""
    names = [name for name in dir(value) if not name.startswith("_")]
    shown = {name: getattr(value, name) for name in names}
    return {name: part for name, part in shown.items() if not callable(part)} | {"repr": repr(value)}


@pytest.mark.parametrize(("schema", "read"), READ + WRITTEN, ids=lambda part: part if isinstance(part, str) else "")
@bounded
@given(data=st.data())
def test_a_value_can_be_looked_at_and_pickled(data: Any, payloads: Any, schema: str, read: Read) -> None:
    value = read(data.draw(payloads(schema)))
    shown = look_at(value)
    for twin in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):
        assert type(twin) is type(value)
        assert look_at(twin) == shown


@pytest.mark.parametrize(("schema", "read"), WRITTEN, ids=lambda part: part if isinstance(part, str) else "")
@bounded
@given(data=st.data())
def test_a_value_is_written_as_it_was_read(data: Any, payloads: Any, lost: Any, schema: str, read: Read) -> None:
    payload = data.draw(payloads(schema))
    written = read(payload).to_json()
    assert lost(payload, written) == []
    assert read(written).to_json() == written


@bounded
@given(data=st.data())
def test_a_scaling_is_written_without_what_only_the_server_says(data: Any, payloads: Any, lost: Any) -> None:
    payload = data.draw(payloads("ReportedScaling"))
    sent = {key: value for key, value in payload.items() if key != "activePolicyName"}
    scaling = Scaling.from_json(payload)
    assert scaling.active_policy_name == payload.get("activePolicyName")
    assert lost(sent, scaling.to_json()) == []


@bounded
@given(data=st.data())
def test_a_forced_constant_is_written_as_it_was_read(data: Any, payloads: Any, lost: Any) -> None:
    payload = data.draw(payloads("ForcedConstant"))
    assert lost(payload, ForcedConstant.from_json(payload).to_json(payload["constantName"])) == []
