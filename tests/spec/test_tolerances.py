"""The tolerances are well formed: known places and kinds, the arguments of each kind, names that the spec has."""

from __future__ import annotations

import re
from typing import Any

KINDS = {
    "strip-prefix": {"prefix"},
    "strip-trailing-slash": set(),
    "fold-segments": set(),
    "fold-names": set(),
    "split-values": {"parameters", "by"},
    "fold-booleans": set(),
    "media-types": {"accept"},
    "ignore-body": set(),
    "default-body": {"operations", "value"},
    "wrap-list": {"schema", "key"},
    "move-key": {"schema", "when", "from", "to"},
    "rename-keys": {"schema", "names"},
    "stringify": {"schemas", "keys"},
    "integral-numbers": set(),
    "fold-enums": set(),
    "null-is-absent": set(),
    "drop-unknown-keys": set(),
    "keep-unknown-values": set(),
    "keep-unknown-keys": set(),
    "absent-is-null": set(),
    "naive-dates": set(),
    "long-hours": set(),
}
PLACES = {"path", "query", "header", "request", "response"}


def schemas_of(rule: Any) -> Any:
    return [rule["schema"]] if "schema" in rule else rule.get("schemas", [])


def properties(spec: Any, name: str) -> Any:
    """Properties of a schema, or of all variants of a union."""
    schema = spec["components"]["schemas"][name]
    found = dict(schema.get("properties", {}))
    for variant in schema.get("oneOf", []):
        found |= properties(spec, variant["$ref"].rsplit("/", 1)[1])
    return found


def test_a_tolerance_has_all_its_parts_and_no_others(tolerance: Any) -> None:
    assert set(tolerance) == {"id", "applies", "rule", "description", "evidence"}
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", tolerance["id"])
    assert tolerance["description"].strip().endswith(".")
    assert tolerance["applies"]
    assert set(tolerance["applies"]) <= PLACES


def test_a_tolerance_has_a_known_kind_with_its_arguments(tolerance: Any) -> None:
    arguments = {key for key in tolerance["rule"] if key != "kind"}
    assert arguments == KINDS[tolerance["rule"]["kind"]]


def test_a_tolerance_names_schemas_keys_and_operations_that_exist(tolerance: Any, spec: Any, operations: Any) -> None:
    rule = tolerance["rule"]
    assert set(rule.get("operations", [])) <= set(operations)
    for name in schemas_of(rule):
        known = set(properties(spec, name))
        named = {rule.get("key"), rule.get("to"), rule.get("from"), *rule.get("keys", []), *rule.get("when", {})}
        assert named - {None} <= known
        assert set(rule.get("names", {}).values()) <= known
        assert set(rule.get("names", {})).isdisjoint(known), "an old name must not be a declared one"


def test_a_tolerance_splits_parameters_that_are_lists(tolerance: Any, spec: Any) -> None:
    lists = {
        parameter["name"]
        for parameter in spec["components"]["parameters"].values()
        if parameter["schema"]["type"] == "array"
    }
    assert set(tolerance["rule"].get("parameters", [])) <= lists


def test_ids_are_unique(tolerances: Any) -> None:
    ids = [rule["id"] for rule in tolerances["tolerances"]]
    assert len(ids) == len(set(ids))


def test_every_kind_is_used_and_explained_on_top(tolerances: Any, inventory: Any) -> None:
    head, _ = inventory.TOLERANCES.read_text(encoding="utf-8").split("\nversion:")
    assert {rule["rule"]["kind"] for rule in tolerances["tolerances"]} == set(KINDS)
    assert all(re.search(rf"^# {kind} ", head, re.MULTILINE) for kind in KINDS)


def test_names_are_settled_before_the_rules_that_look_at_names(tolerances: Any) -> None:
    """The rules run in the order of the file, and most of them know keys only in their own spelling."""
    order = [rule["rule"]["kind"] for rule in tolerances["tolerances"] if "request" in rule["applies"]]
    assert order.index("fold-names") < order.index("move-key") < order.index("fold-enums")
    assert order[-1] == "drop-unknown-keys"
