"""Reads a JSON value along its schema and meets the objects in it, each with the name of the schema it is one of.

Says which declared fields a value has, and which fields there are to have. It never judges a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from qarnot_mock.http.document import Document, Object, as_list, as_object
from qarnot_mock.sim.commands import Json

BODY = "(body)"
_TYPES = {"object": Mapping, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int}


@attrs.frozen
class Met:
    """An object of a value; ``schema`` is the component that describes it, or a path below one: ``Task.settings``."""

    schema: str
    value: Mapping[str, Json]
    properties: Object

    def fields(self) -> Iterator[str]:
        """The declared fields that hold something, as ``Task.name``; a null holds nothing."""
        for key, item in self.value.items():
            if item is not None and key in self.properties:
                yield f"{self.schema}.{key}"


class Reading:
    """Reads along the schemas of one document. Of alternatives it takes those that a value can be."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def objects(self, pointer: str, value: Json) -> Iterator[Met]:
        """All objects in a value described at a pointer, outer ones first."""
        return self._objects({"$ref": f"#{pointer}"}, BODY, value)

    def fields(self, pointer: str) -> frozenset[str]:
        """All fields that a value described at a pointer can have, however deep."""
        found: set[str] = set()
        self._declared({"$ref": f"#{pointer}"}, BODY, found, set())
        return frozenset(found)

    def _objects(self, schema: Json, owner: str, value: Json) -> Iterator[Met]:
        if not isinstance(value, Mapping | list):
            return
        node, owner = self._follow(schema, owner)
        branches = as_list(node.get("oneOf")) or as_list(node.get("anyOf"))
        for branch in branches:
            if self._can_be(branch, value):
                yield from self._objects(branch, owner, value)
        if branches:
            return
        if isinstance(value, list):
            for item in value:
                yield from self._objects(node.get("items"), f"{owner}[]", item)
            return
        properties, others = as_object(node.get("properties")), node.get("additionalProperties")
        if properties:
            yield Met(owner, value, properties)
        for key, item in value.items():
            yield from self._objects(properties.get(key, others), f"{owner}.{key if key in properties else '*'}", item)

    def _declared(self, schema: Json, owner: str, found: set[str], met: set[str]) -> None:
        node, owner = self._follow(schema, owner)
        if owner in met:
            return
        branches = as_list(node.get("oneOf")) or as_list(node.get("anyOf"))
        if not branches:
            met.add(owner)
        for branch in branches:
            self._declared(branch, owner, found, met)
        for key, inner in as_object(node.get("properties")).items():
            found.add(f"{owner}.{key}")
            self._declared(inner, f"{owner}.{key}", found, met)
        for key, name in (("items", f"{owner}[]"), ("additionalProperties", f"{owner}.*")):
            if isinstance(node.get(key), Mapping):
                self._declared(node[key], name, found, met)

    def _follow(self, schema: Json, owner: str) -> tuple[Object, str]:
        """The schema behind references, and the name of the last component in their way."""
        node = as_object(schema)
        while isinstance(reference := node.get("$ref"), str):
            parent, _, name = reference.rpartition("/")
            owner = name if parent == "#/components/schemas" else owner
            node = as_object(self._document.at(reference.removeprefix("#")))
        return node, owner

    def _can_be(self, schema: Json, value: Json) -> bool:
        node = self._document.schema(schema)
        branches = as_list(node.get("oneOf")) or as_list(node.get("anyOf"))
        if branches:
            return any(self._can_be(branch, value) for branch in branches)
        if not _is_a(node.get("type"), value):
            return False
        if not isinstance(value, Mapping):
            return True
        tags = ((key, self._document.schema(inner)) for key, inner in as_object(node.get("properties")).items())
        return set(as_list(node.get("required"))) <= set(value) and all(
            key not in value or value[key] in _allowed(inner) for key, inner in tags if _allowed(inner)
        )


def _allowed(schema: Object) -> list[Json]:
    return [schema["const"]] if "const" in schema else list(as_list(schema.get("enum")))


def _is_a(kind: Json, value: Json) -> bool:
    kinds = as_list(kind) or [kind]
    return kind is None or any(isinstance(value, _TYPES[str(one)]) for one in kinds if one in _TYPES)
