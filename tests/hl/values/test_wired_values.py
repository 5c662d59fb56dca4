"""The value modules: what the API writes is read, shown under the documented names, and written back whole."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl import budget as b
from qarnot_hl import dependency as d
from qarnot_hl import hardware_constraint as h
from qarnot_hl._core.access_rights import SecretAccessRightByPrefix, SecretAccessRightBySecret, SecretsAccessRights
from qarnot_hl._core.carbon_facts import CarbonFacts
from qarnot_hl._core.money import Credits
from qarnot_hl.forced_constant import ForcedConstant, ForcedConstantAccess
from qarnot_hl.forced_network_rule import ForcedNetworkRule
from qarnot_hl.privileges import Privileges
from qarnot_hl.retry_settings import RetrySettings

CONSTRAINTS: list[tuple[h.HardwareConstraint, dict[str, Any]]] = [
    (h.MinimumCoreHardware(coreCount=4), {"discriminator": "MinimumCoreHardwareConstraint", "coreCount": 4}),
    (h.MaximumCoreHardware(4), {"discriminator": "MaximumCoreHardwareConstraint", "coreCount": 4}),
    (
        h.MinimumRamCoreRatioHardware(ram=0.4),
        {"discriminator": "MinimumRamCoreRatioHardwareConstraint", "minimumMemoryGBCoreRatio": 0.4},
    ),
    (
        h.MaximumRamCoreRatioHardware(0.7),
        {"discriminator": "MaximumRamCoreRatioHardwareConstraint", "maximumMemoryGBCoreRatio": 0.7},
    ),
    (h.MinimumRamHardware(4000), {"discriminator": "MinimumRamHardwareConstraint", "minimumMemoryMB": 4000}),
    (h.MaximumRamHardware(32000.5), {"discriminator": "MaximumRamHardwareConstraint", "maximumMemoryMB": 32000.5}),
    (h.SpecificHardware(key="8c-32g"), {"discriminator": "SpecificHardwareConstraint", "specificationKey": "8c-32g"}),
    (h.CpuModelHardware("Ryzen"), {"discriminator": "CpuModelHardwareConstraint", "cpuModel": "Ryzen"}),
    (h.GpuHardware(), {"discriminator": "GpuHardwareConstraint"}),
    (h.NoGpuHardware(), {"discriminator": "NoGpuHardwareConstraint"}),
    (h.SSDHardware(), {"discriminator": "SSDHardwareConstraint"}),
    (h.NoSSDHardware(), {"discriminator": "NoSSDHardwareConstraint"}),
]


@pytest.mark.parametrize(("value", "wire"), CONSTRAINTS)
def test_a_constraint_goes_both_ways(value: h.HardwareConstraint, wire: dict[str, Any]) -> None:
    assert value.to_json() == wire
    assert h.HardwareConstraint.from_json(wire) == value
    assert type(h.HardwareConstraint.from_json(wire)) is type(value)
    assert value.discriminator == wire["discriminator"]
    assert pickle.loads(pickle.dumps(value)) == value


def test_every_constraint_of_the_reference_is_among_these() -> None:
    assert {type(value) for value, _ in CONSTRAINTS} == set(h.KINDS.values())


@pytest.mark.parametrize(("value", "wire"), CONSTRAINTS)
def test_constraints_write_what_the_official_package_writes(value: h.HardwareConstraint, wire: dict[str, Any]) -> None:
    from qarnot.hardware_constraint import HardwareConstraint as Official

    assert Official.from_json(value.to_json()).to_json() == wire


def test_a_constraint_of_an_unknown_kind_survives() -> None:
    wire = {"discriminator": "LunarHardwareConstraint", "craters": [1, None]}
    lunar = h.HardwareConstraint.from_json(wire)
    assert (lunar.discriminator, lunar.to_json()) == ("LunarHardwareConstraint", wire)
    assert lunar != h.HardwareConstraint.from_json({"discriminator": "LunarHardwareConstraint"})


def test_constraints_of_different_kinds_differ() -> None:
    assert h.MinimumCoreHardware(4) != h.MaximumCoreHardware(4)
    assert h.GpuHardware() != h.SSDHardware()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
EXTRA = st.dictionaries(st.text(max_size=8).map(lambda key: f"new {key}"), JSON, max_size=3)


@given(st.sampled_from([wire for _, wire in CONSTRAINTS]) | st.fixed_dictionaries({"discriminator": st.text()}), EXTRA)
def test_fields_of_a_newer_server_survive_in_a_constraint(wire: dict[str, Any], extra: dict[str, Any]) -> None:
    assert h.HardwareConstraint.from_json(wire | extra).to_json() == wire | extra


@given(EXTRA)
def test_fields_of_a_newer_server_survive_in_the_other_values(extra: dict[str, Any]) -> None:
    rule = {"inbound": True, "proto": "tcp", "port": "22", "toQBox": False} | extra
    assert ForcedNetworkRule.from_json(rule).to_json() == rule
    constant = {"constantName": "A", "forcedValue": None, "access": "lunar"} | extra
    assert ForcedConstant.from_json(constant).to_json("A") == constant
    retry = {"maxTotalRetries": 3, "maxPerInstanceRetries": None} | extra
    assert RetrySettings.from_json(retry).to_json() == retry
    privileges = {"exportApiAndStorageCredentialsInEnvironment": True} | extra
    assert Privileges.from_json(privileges).to_json() == privileges
    dependency = {"taskUuid": "t", "taskFinalStateCondition": ["failure", "lunar"]} | extra
    assert d.AdvancedDependency.from_json(dependency).to_json() == dependency
    rights = {"bySecret": [{"key": "a", "x": 1}], "byPrefix": []} | extra
    assert SecretsAccessRights.from_json(rights).to_json() == rights


def test_a_network_rule_has_every_documented_field() -> None:
    wire = {
        "inbound": False, "proto": "udp", "port": "1", "to": "2", "publicHost": "3", "publicPort": "4",
        "forwarder": "5", "priority": "6", "description": "7", "toQBox": True, "toPayload": False, "name": "8",
        "applicationType": "9",
    }  # fmt: skip
    rule = ForcedNetworkRule(False, "udp", "1", "2", "3", "4", "5", "6", "7", True, False, "8", "9")
    assert rule.to_json() == wire
    assert ForcedNetworkRule.from_json(wire) == rule


def test_a_rule_leaves_out_what_is_not_set() -> None:
    assert ForcedNetworkRule(True, "tcp").to_json() == {"inbound": True, "proto": "tcp"}


@pytest.mark.parametrize(
    ("word", "access"),
    [
        ("readonly", ForcedConstantAccess.ReadOnly),
        ("ReadWrite", ForcedConstantAccess.ReadWrite),
        ("lunar", "lunar"),
        (None, None),
        (5, None),
    ],
)
def test_the_access_of_a_forced_constant_in_any_letter_case(word: Any, access: Any) -> None:
    assert ForcedConstant.from_json({"constantName": "A", "access": word}).access == access


def test_a_forced_constant_writes_what_is_set() -> None:
    constant = ForcedConstant("v", False, ForcedConstantAccess.ReadWrite)
    wire = {"constantName": "N", "forcedValue": "v", "forceExportInEnvironment": False, "access": "ReadWrite"}
    assert constant.to_json("N") == wire
    assert ForcedConstant("v").to_json("N") == {"constantName": "N", "forcedValue": "v"}


COLUMNS = [
    ("totalConsumedEnergyWh", "total_consumed_energy_Wh", "energy_consumption_Wh"),
    ("totalEnergyITWh", "total_energy_it_Wh", "energy_it_Wh"),
    ("totalReuseEnergyWh", "total_reused_energy_Wh", "energy_reuse_Wh"),
    ("carbonFootprintC02Eq", "qarnot_carbon_footprint", "carbon_footprint_gC02eq"),
    ("comparisonDataCenterName", "equivalent_datacenter_name", "equivalent_datacenter_name"),
    ("equivalentDCCarbonFootprintC02Eq", "equivalent_DC_carbon_footprint", "equivalent_dc_carbon_footprint_gC02eq"),
    ("savedCarbonFootprintComputeC02Eq", "saved_carbon_footprint_compute", "saved_carbon_footprint_compute_gC02eq"),
    ("savedCarbonFootprintHeatC02Eq", "saved_carbon_footprint_heat", "saved_carbon_footprint_heat_gC02eq"),
    (
        "savedCarbonFootprintComputeHeatC02Eq",
        "saved_carbon_footprint_compute_heat",
        "saved_carbon_footprint_compute_heat_gC02eq",
    ),
    ("savedCarbonFootprintPercentage", "saved_carbon_footprint_percent", "saved_carbon_footprint_percent"),
    ("pue", "PUE", "PUE"),
    ("ere", "ERE", "ERE"),
    ("erf", "ERF", "ERF"),
    ("wue", "WUE", "WUE"),
]


def test_carbon_facts_are_read_in_both_spellings_and_written_in_the_sdk_s() -> None:
    numbers = {attribute: float(index + 1) for index, (_, _, attribute) in enumerate(COLUMNS)}
    for column in (0, 1):
        facts = CarbonFacts.from_json({row[column]: numbers[row[2]] for row in COLUMNS})
        assert facts is not None
        assert {name: getattr(facts, name) for name in numbers} == numbers
        assert facts.to_json() == {sdk: numbers[attribute] for _, sdk, attribute in COLUMNS}


def test_no_carbon_facts_are_none_and_missing_ones_too() -> None:
    assert CarbonFacts.from_json(None) is None
    assert CarbonFacts.from_json({}) == CarbonFacts(*[None] * 14)  # type: ignore[arg-type]
    assert CarbonFacts().PUE == 0


def test_credits_are_euros_and_cents() -> None:
    assert Credits.from_json({"credits": 12.5}) == Credits(12.5)
    assert Credits(12.5).amount_in_cents == 1250
    assert Credits.from_json(None) is None
    assert Credits.from_json({"credits": None}) is None


def test_a_budget_shows_what_the_server_said() -> None:
    budget = b.Budget.from_json(
        {
            "uuid": "u", "alias": None, "consumedAmountInCents": 5, "totalAmountInCents": 3,
            "remainingAmountInCents": -2,
            "startDateUtc": "2026-01-02T03:04:05Z", "expirationDateUtc": "0001-01-01T00:00:00Z",
            "budgetOverrunPolicy": "blocknew", "isArchived": False,
        }
    )  # fmt: skip
    start = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert budget == b.Budget("u", None, 5, 3, -2, b.BlockNewPolicy(), start, None, False)
    assert b.Budget.from_json(None) is None


def test_policies_are_known_in_any_letter_case_and_unknown_ones_are_kept() -> None:
    assert b.BudgetOverrunPolicy.from_string("ALERTONLY") == b.AlertOnlyPolicy()
    assert b.BudgetOverrunPolicy.from_string(None) is None
    lunar = b.BudgetOverrunPolicy.from_string("Lunar")
    assert (str(lunar), lunar == b.AlertOnlyPolicy()) == ("Lunar", False)
    assert len({b.AlertOnlyPolicy(), b.AlertOnlyPolicy(), b.StopAndBlockAllPolicy()}) == 2


def test_final_states_are_words_in_any_letter_case() -> None:
    assert d.TaskFinalState.from_string("SUCCESS") == d.TaskFinalStateSuccess()
    assert d.TaskFinalState.from_string(None) is None
    lunar = d.TaskFinalState.from_string("lunar")
    assert (str(lunar), lunar == d.TaskFinalStateFailure()) == ("lunar", False)
    assert d.TaskFinalStateCancelled() < d.TaskFinalStateFailure() < d.TaskFinalStateSuccess()
    assert d.TaskFinalState.from_string("waiting") != d.DependencyState.from_string("waiting")
    assert len({d.TaskFinalStateSuccess(), d.TaskFinalStateSuccess()}) == 1


def test_dependencies_show_how_far_they_are() -> None:
    shown = d.TaskDependencies.from_json(
        {
            "dependsOn": ["a"],
            "advancedDependsOn": [
                {
                    "taskUuid": "b",
                    "taskFinalStateCondition": ["Success"],
                    "actualFinalState": "failure",
                    "state": "dependencyconditionsnotfulfilled",
                },
                {"taskUuid": "c", "taskFinalStateCondition": None, "state": "Waiting"},
            ],
            "state": "dependencyConditionsNotFulfilled",
        }
    )
    assert shown is not None
    assert (shown.depends_on, shown.state) == (["a"], d.DependencyStateConditionsNotFulfilled())
    first, second = shown.advanced_depends_on
    assert first.task_final_state_condition == [d.TaskFinalStateSuccess()]
    assert (first.actual_final_state, first.state) == (
        d.TaskFinalStateFailure(),
        d.DependencyStateConditionsNotFulfilled(),
    )
    assert (second.task_uuid, second.task_final_state_condition, second.actual_final_state) == ("c", None, None)
    assert second.state == d.DependencyStateWaiting()


def test_no_dependencies_are_none_and_nulls_are_none_too() -> None:
    assert d.TaskDependencies.from_json(None) is None
    shown = d.TaskDependencies.from_json({"dependsOn": None, "advancedDependsOn": None, "state": None})
    assert shown == d.TaskDependencies()


def test_an_advanced_dependency_sorts_its_conditions_and_none_means_any() -> None:
    dependency = d.AdvancedDependency("t", [d.TaskFinalStateSuccess(), d.TaskFinalStateFailure()])
    assert dependency.to_json() == {"taskUuid": "t", "taskFinalStateCondition": ["failure", "success"]}
    assert d.AdvancedDependency("t", []).to_json() == {"taskUuid": "t", "taskFinalStateCondition": None}


def test_access_rights_are_added_to_in_place() -> None:
    rights = SecretsAccessRights([SecretAccessRightBySecret("a")])
    assert rights.add_secrets_by_keys(["b", "c"]) is rights
    rights.add_secret_by_prefix("p/").add_secrets_by_prefixes(["q/"])
    assert [right.key for right in rights.by_secret] == ["a", "b", "c"]
    assert rights.by_prefix == [SecretAccessRightByPrefix("p/"), SecretAccessRightByPrefix("q/")]
    assert (bool(rights), bool(SecretsAccessRights())) == (True, False)


def test_access_rights_copy_as_their_own() -> None:
    rights = SecretsAccessRights().add_secret_by_key("a")
    for twin in (copy.deepcopy(rights), pickle.loads(pickle.dumps(rights))):
        assert twin == rights
        twin.add_secret_by_key("b")
        assert twin != rights


def test_null_access_rights_are_none_at_all() -> None:
    rights = SecretsAccessRights.from_json({"bySecret": None})
    assert rights.to_json() == {"bySecret": [], "byPrefix": []}
    assert SecretsAccessRights.from_json(None) == SecretsAccessRights()


@pytest.mark.parametrize(
    "module",
    [
        "hardware_constraint",
        "forced_constant",
        "forced_network_rule",
        "privileges",
        "retry_settings",
        "budget",
        "dependency",
    ],
)
def test_the_modules_have_the_official_names_and_parameters(module: str) -> None:
    ours, theirs = (importlib.import_module(f"{package}.{module}") for package in ("qarnot_hl", "qarnot"))
    classes = [name for name, kind in vars(theirs).items() if getattr(kind, "__module__", "") == theirs.__name__]
    assert classes
    for name in classes:
        official = getattr(theirs, name)
        kind = getattr(ours, name)
        for member, value in vars(official).items():
            if member.startswith("_") and member != "__init__":
                continue
            assert hasattr(kind, member), (name, member)
            if callable(value):
                wanted = [p for p in inspect.signature(value).parameters if p != "self"]
                given = [p for p in inspect.signature(getattr(kind, member)).parameters if p != "self"]
                assert given[: len(wanted)] == wanted, (name, member)
