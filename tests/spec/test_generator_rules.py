"""What openapi-python-client cannot digest, or digests wrongly, does not occur in the spec.

Each rule looks at one node (its pointer and value) and says whether it is guilty; a guilty sample beside each rule
shows that the rule can fail.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

REF = {"$ref": "#/components/schemas/TaskState"}
NULL = {"type": "null"}
SCHEMA_PLACE = re.compile(
    r"/(schema|items|additionalProperties|not|(oneOf|anyOf|allOf)/\d+|(properties|schemas)/[^/]+)$"
)
PROPERTY_OR_SCHEMA = re.compile(r"/(properties|schemas)/[^/]+$")


class Rule(NamedTuple):
    """A rule, and a pointer and node that break it."""

    guilty: Callable[[str, Any], bool]
    sample: tuple[str, Any]


def is_schema(pointer: str) -> bool:
    return SCHEMA_PLACE.search(pointer) is not None


def boolean_schema(pointer: str, node: Any) -> bool:
    return isinstance(node, bool) and is_schema(pointer) and not pointer.endswith("/additionalProperties")


def local_definitions(pointer: str, node: Any) -> bool:
    return isinstance(node, dict) and ("$defs" in node or "$defs" in str(node.get("$ref", "")))


def mixed_enum(pointer: str, node: Any) -> bool:
    values = node.get("enum") if isinstance(node, dict) else None
    return isinstance(values, list) and not all(isinstance(value, str) for value in values)


def nullable_enum(pointer: str, node: Any) -> bool:
    return isinstance(node, dict) and "enum" in node and node.get("type") != "string"


def inline_enum(pointer: str, node: Any) -> bool:
    named = re.fullmatch(r"#/components/schemas/[^/]+", pointer)
    return isinstance(node, dict) and isinstance(node.get("enum"), list) and not named and is_schema(pointer)


def inline_object(pointer: str, node: Any) -> bool:
    named = re.fullmatch(r"#/components/schemas/[^/]+", pointer)
    return isinstance(node, dict) and node.get("type") == "object" and not named and is_schema(pointer)


def composition(pointer: str, node: Any) -> bool:
    return isinstance(node, dict) and is_schema(pointer) and "allOf" in node


def ignored_keyword(pointer: str, node: Any) -> bool:
    ignored = {"if", "then", "else", "patternProperties", "unevaluatedProperties", "dependentRequired", "prefixItems"}
    return isinstance(node, dict) and is_schema(pointer) and not ignored.isdisjoint(node)


def default(pointer: str, node: Any) -> bool:
    return isinstance(node, dict) and is_schema(pointer) and "default" in node


def discriminator_without_mapping(pointer: str, node: Any) -> bool:
    return isinstance(node, dict) and is_schema(pointer) and "discriminator" in node and "mapping" not in dict(
        node["discriminator"]
    )  # fmt: skip


def text_request_body(pointer: str, node: Any) -> bool:
    return isinstance(node, dict) and "requestBod" in pointer and any(
        not key.startswith("application/json") for key in node.get("content", {})
    )  # fmt: skip


def collapsed_array(pointer: str, node: Any) -> bool:
    return isinstance(node, dict) and "in" in node and node.get("explode") is False


def first_of_many(pointer: str, node: Any) -> bool:
    """Of several content types only the first is generated, so it must be the one a plain client gets."""
    content = list(node.get("content", {})) if isinstance(node, dict) else []
    return len(content) > 1 and content[0] not in {"application/json", "text/plain"}


RULES = {
    "no boolean schemas": Rule(boolean_schema, ("#/components/schemas/A/properties/a", True)),
    "no local definitions": Rule(local_definitions, ("#/x", {"$ref": "#/components/schemas/A/$defs/B"})),
    "enums are of strings": Rule(mixed_enum, ("#/components/schemas/A", {"enum": ["a", 1]})),
    "a nullable enum is a union with null": Rule(
        nullable_enum, ("#/components/schemas/A", {"type": ["string", "null"], "enum": ["a", None]})
    ),
    "enums are named": Rule(inline_enum, ("#/components/schemas/A/properties/a", {"enum": ["a"]})),
    "objects are named": Rule(inline_object, ("#/components/schemas/A/properties/a", {"type": "object"})),
    "no composition": Rule(composition, ("#/components/schemas/A", {"allOf": [REF]})),
    "no keywords that the client would ignore": Rule(ignored_keyword, ("#/components/schemas/A", {"if": {}})),
    "no defaults": Rule(default, ("#/components/schemas/A/properties/a", {"type": "integer", "default": 1})),
    "a discriminator has a mapping": Rule(
        discriminator_without_mapping,
        ("#/components/schemas/A", {"oneOf": [REF], "discriminator": {"propertyName": "kind"}}),
    ),
    "request bodies are JSON": Rule(text_request_body, ("#/paths/x/post/requestBody", {"content": {"text/plain": {}}})),
    "arrays in parameters repeat": Rule(
        collapsed_array, ("#/components/parameters/A", {"in": "query", "explode": False})
    ),
    "the first content type is the plain one": Rule(
        first_of_many, ("#/x", {"content": {"application/problem+json": {}, "application/json": {}}})
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_the_spec_keeps(name: str, spec: Any, walk: Any) -> None:
    assert [pointer for pointer, node in walk(spec) if RULES[name].guilty(pointer, node)] == []


@pytest.mark.parametrize("name", RULES)
def test_a_breach_is_seen_of(name: str) -> None:
    rule = RULES[name]
    assert rule.guilty(*rule.sample)


def test_a_nullable_reference_has_one_form(spec: Any, walk: Any) -> None:
    """``anyOf: [$ref, null]``, in this order: the generator types it as the model or None."""
    odd = [
        pointer
        for pointer, node in walk(spec)
        if isinstance(node, dict) and NULL in node.get("anyOf", []) and node["anyOf"][1:] != [NULL]
    ]
    assert odd == []


def test_every_variant_of_a_discriminated_union_has_a_constant_tag(spec: Any) -> None:
    schemas = spec["components"]["schemas"]
    for name, schema in schemas.items():
        if "discriminator" not in schema:
            continue
        tag = schema["discriminator"]["propertyName"]
        for value, pointer in schema["discriminator"]["mapping"].items():
            variant = schemas[pointer.rsplit("/", 1)[1]]
            assert variant["properties"][tag]["const"] == value, name
            assert tag in variant["required"], name


@pytest.mark.parametrize("name", ["HardwareConstraint", "ScalingPolicy", "TimePeriod"])
def test_a_union_in_an_answer_ends_with_the_unknown_kind(name: str, spec: Any) -> None:
    schemas = spec["components"]["schemas"]
    union = schemas[f"Reported{name}"]
    kinds = [variant["$ref"] for variant in union["anyOf"]]
    assert kinds[-1] == f"#/components/schemas/Unknown{name}"
    assert sorted(kinds[:-1]) == sorted(union["discriminator"]["mapping"].values())
    assert sorted(union["discriminator"]["mapping"]) == sorted(schemas[f"{name}Kind"]["enum"])
    assert sorted(schemas[name]["discriminator"]["mapping"]) == sorted(schemas[f"{name}Kind"]["enum"])
    assert schemas[f"Unknown{name}"]["additionalProperties"] is True


def test_requests_know_exactly_the_twelve_kinds_of_hardware(spec: Any) -> None:
    kinds = spec["components"]["schemas"]["HardwareConstraint"]["oneOf"]
    assert len(kinds) == 12
    assert not any("Unknown" in kind["$ref"] for kind in kinds)
