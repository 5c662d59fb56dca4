"""Attributes that tasks and pools share beyond the usual kinds: hardware, network, forced constants, secrets. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from qarnot_hl._core.access_rights import SecretsAccessRights
from qarnot_hl._core.field_kinds import BEFORE, typed
from qarnot_hl._core.fields import FieldTable, ViewField, list_field
from qarnot_hl._core.json_types import Json
from qarnot_hl._core.keyed_view import KeyedView, encode_all
from qarnot_hl._core.resource_state import Read, Write
from qarnot_hl._core.wire_values import mapping
from qarnot_hl.forced_constant import ForcedConstant
from qarnot_hl.forced_network_rule import ForcedNetworkRule
from qarnot_hl.hardware_constraint import HardwareConstraint


def encode_constraint(value: HardwareConstraint) -> Json:
    """Its wire form. Raises TypeError for anything else."""
    if not isinstance(value, HardwareConstraint):
        raise TypeError(f"{value!r} is not a HardwareConstraint: see qarnot_hl.hardware_constraint")
    return value.to_json()


def encode_rule(value: ForcedNetworkRule) -> Json:
    """Its wire form. Raises TypeError for anything else."""
    if not isinstance(value, ForcedNetworkRule):
        raise TypeError(f"{value!r} is not a ForcedNetworkRule")
    return value.to_json()


def encode_constant(value: ForcedConstant, name: str) -> Json:
    """Its wire form. Raises TypeError for anything else."""
    if not isinstance(value, ForcedConstant):
        raise TypeError(f"{value!r} is not a ForcedConstant")
    return value.to_json(name)


def view_constants(read: Read, write: Write) -> KeyedView[ForcedConstant]:
    """The forced constants of an object by name."""
    return KeyedView(read, write, "constantName", ForcedConstant.from_json, encode_constant)


class RightsFields(FieldTable):
    """What an object may use, and what is forced on it."""

    hardware_constraints = list_field(
        "What machines must have: HardwareConstraint objects, which hold together.",
        "hardwareConstraints",
        lambda value: HardwareConstraint.from_json(mapping(value)),
        encode_constraint,
        settable=BEFORE,
    )
    forced_network_rules = list_field(
        "Network rules: ForcedNetworkRule objects. Needs a permission.",
        "forcedNetworkRules",
        lambda value: ForcedNetworkRule.from_json(mapping(value)),
        encode_rule,
        settable=BEFORE,
    )
    forced_constants = ViewField[KeyedView[ForcedConstant], Mapping[str, ForcedConstant] | None](
        "Constants set over those of the profile: ForcedConstant by name. Needs a permission; the server does not tell "
        "them back.",
        "forcedConstants",
        view_constants,
        lambda content: encode_all(content, encode_constant),
        settable=BEFORE,
    )
    secrets_access_rights = ViewField[SecretsAccessRights, SecretsAccessRights | None](
        "Which secrets may be read. Can be added to in place before submit.",
        "secretsAccessRights",
        SecretsAccessRights._of,
        typed(SecretsAccessRights, lambda rights: rights.to_json()),
        settable=BEFORE,
    )
