"""Brings a request into the spec's own spelling, and says which of the server's tolerances that took.

The rules are data (``spec/tolerances.yaml``); this module knows how each kind of rule is executed, directed by the
schema of the value at hand. It never judges: what is still wrong afterwards is for the validators to say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

import attrs

from qarnot_mock.http.document import Document, Object, Operation, as_list, as_object
from qarnot_mock.http.tolerances import Rule, Rules
from qarnot_mock.sim.commands import Json

BOOLEANS = {"true": True, "false": False}
Pairs = Iterable[tuple[str, str]]


@attrs.frozen
class Canonical:
    """A value in the spec's spelling, and the ids of the rules that were needed, sorted."""

    value: Json
    rules: tuple[str, ...]


class Canonicaliser:
    """Executes the rules of a tolerance document against the schemas of an OpenAPI document."""

    def __init__(self, document: Document, rules: Rules) -> None:
        self._document = document
        self._rules = rules

    def body(self, schema: str, value: Json) -> Canonical:
        """A request body in the spelling of the schema at a pointer."""
        walk = _Walk(self._document, self._rules)
        return Canonical(walk.value({"$ref": f"#{schema}"}, value), walk.used())

    def arguments(self, operation: Operation, path: Mapping[str, str], query: Pairs) -> Canonical:
        """Path and query parameters under the spec's names, converted to the types that their schemas name.

        A repeatable parameter is a list. What cannot be converted stays a string, for the validators to refuse;
        what the operation does not declare is left out.
        """
        walk = _Walk(self._document, self._rules)
        schemas = {one.name: self._document.schema(self._document.at(one.schema)) for one in operation.parameters}
        values: dict[str, Json] = {name: walk.text(schemas[name], text) for name, text in path.items()}
        declared = [one.name for one in operation.parameters_in("query")]
        for name, texts in _grouped(walk, declared, query).items():
            if schemas[name].get("type") == "array":
                items = as_object(schemas[name].get("items"))
                values[name] = [walk.text(items, text) for text in walk.split(name, texts)]
            else:
                values[name] = walk.text(schemas[name], texts[-1])
        return Canonical(values, walk.used())


def _grouped(walk: _Walk, declared: list[str], query: Pairs) -> Mapping[str, list[str]]:
    """The texts given for each declared parameter, in order."""
    groups: dict[str, list[str]] = {}
    folded = {name.lower(): name for name in declared}
    for given, text in query:
        name = given if given in declared else folded.get(given.lower())
        if name is not None and (name == given or walk.may("query", "fold-names")):
            groups.setdefault(name, []).append(text)
    return groups


class _Walk:
    """One pass over one request; remembers which rules it needed."""

    def __init__(self, document: Document, rules: Rules) -> None:
        self._document = document
        self._rules = rules
        self._used: set[str] = set()

    def used(self) -> tuple[str, ...]:
        """The ids of the rules needed so far, sorted."""
        return tuple(sorted(self._used))

    def may(self, place: str, kind: str) -> bool:
        """Note that a tolerance is needed; False when there is no such rule."""
        rule = self._rules.one(place, kind)
        return rule is not None and self._use(rule)

    def _use(self, rule: Rule) -> bool:
        self._used.add(rule.id)
        return True

    def text(self, schema: Object, text: str) -> Json:
        """The text of a parameter as a value of the schema's type."""
        kind = schema.get("type")
        if kind == "integer" and re.fullmatch(r"-?[0-9]{1,18}", text):
            return int(text)
        if kind == "boolean" and text.lower() in BOOLEANS:
            exact = text in BOOLEANS
            return BOOLEANS[text.lower()] if exact or self.may("query", "fold-booleans") else text
        return text

    def split(self, name: str, texts: list[str]) -> list[str]:
        """The texts of a repeatable parameter, one that was given once split where a rule says so."""
        for rule in self._rules.all("query", "split-values"):
            if name in rule.names("parameters") and len(texts) == 1 and rule.text("by") in texts[0]:
                self._use(rule)
                return [*texts, *filter(None, texts[0].split(rule.text("by")))]
        return texts

    def value(self, schema: Json, value: Json) -> Json:
        """A JSON value in the spelling of a schema."""
        node = as_object(schema)
        while isinstance(reference := node.get("$ref"), str):
            value = self._reformed(reference.rpartition("/")[2], value)
            node = as_object(self._document.at(reference.removeprefix("#")))
        branches = as_list(node.get("oneOf")) or as_list(node.get("anyOf"))
        if branches:
            return self.value(max(branches, key=lambda branch: self._affinity(branch, value)), value)
        if isinstance(value, dict):
            return self._object(node, value)
        if isinstance(value, list):
            return [self.value(node.get("items"), item) for item in value]
        return self._scalar(node, value)

    def _reformed(self, schema: str, value: Json) -> Json:
        """A value that met a named schema, in the form that rules for this schema give it."""
        for rule in self._rules.at_schema(schema, "wrap-list"):
            if isinstance(value, list) and self._use(rule):
                value = {rule.text("key"): value}
        if isinstance(value, dict):
            for rule in self._rules.at_schema(schema, "move-key"):
                value = self._moved(rule, value)
            for rule in self._rules.at_schema(schema, "stringify"):
                value = self._stringified(rule, value)
        return value

    def _moved(self, rule: Rule, value: Mapping[str, Json]) -> Mapping[str, Json]:
        given = {key.lower(): key for key in value}
        source, target = rule.text("from"), rule.text("to")
        if source.lower() not in given or target.lower() in given:
            return value
        for key, wanted in as_object(rule.arguments["when"]).items():
            folded = {str(item).lower() for item in as_list(wanted)}
            if str(value.get(given.get(key.lower(), key))).lower() not in folded:
                return value
        self._use(rule)
        moved = value[given[source.lower()]]
        listed = moved if isinstance(moved, list) else [moved]
        rest = {key: item for key, item in value.items() if key != given[source.lower()]}
        return {**rest, target: listed}

    def _stringified(self, rule: Rule, value: Mapping[str, Json]) -> Mapping[str, Json]:
        keys = {key.lower() for key in rule.names("keys")}
        return {
            key: json.dumps(item) if key.lower() in keys and isinstance(item, int | float) and self._use(rule) else item
            for key, item in value.items()
        }

    def _object(self, schema: Object, value: Mapping[str, Json]) -> Json:
        properties = as_object(schema.get("properties"))
        rest = schema.get("additionalProperties")
        required = as_list(schema.get("required"))
        canonical: dict[str, Json] = {}
        for given, item in value.items():
            name = self._key(properties, value, given)
            if name not in properties and properties and rest is None:
                if not self.may("request", "drop-unknown-keys"):
                    canonical[name] = item
                continue
            inner = properties.get(name, rest)
            superfluous = item is None and name not in required and not self._nullable(inner)
            if not (superfluous and self.may("request", "null-is-absent")):
                canonical[name] = self.value(inner, item)
        return canonical

    def _key(self, properties: Object, value: Mapping[str, Json], given: str) -> str:
        """The declared name that a key stands for, or the key itself; an exact name wins over a folded one."""
        if given in properties:
            return given
        name = next((name for name in properties if name.lower() == given.lower()), None)
        if name is None or name in value or not self.may("request", "fold-names"):
            return given
        return name

    def _scalar(self, schema: Object, value: Json) -> Json:
        if isinstance(value, str):
            return self._spelled(schema, value)
        if isinstance(value, float) and value.is_integer() and _expects_integer(schema):
            return int(value) if self.may("request", "integral-numbers") else value
        return value

    def _spelled(self, schema: Object, value: str) -> str:
        declared = _declared_values(schema)
        if value in declared:
            return value
        spelled = next((item for item in declared if item.lower() == value.lower()), None)
        return spelled if spelled is not None and self.may("request", "fold-enums") else value

    def _nullable(self, schema: Json) -> bool:
        """True when a schema allows null, also through references and alternatives; no schema allows anything."""
        node = self._document.schema(schema)
        branches = as_list(node.get("oneOf")) or as_list(node.get("anyOf"))
        if branches:
            return any(self._nullable(branch) for branch in branches)
        return "type" not in node or "null" in _types(node)

    def _affinity(self, schema: Json, value: Json) -> tuple[int, int, int, int]:
        """How well an alternative fits: its type, then its tags, then its keys, then what it lacks."""
        node = self._document.schema(schema)
        branches = as_list(node.get("oneOf")) or as_list(node.get("anyOf"))
        if branches:
            return max(self._affinity(branch, value) for branch in branches)
        if not _fits_type(node, value):
            return (0, 0, 0, 0)
        if not isinstance(value, dict):
            return (1, 0, 0, 0)
        given = {key.lower(): item for key, item in value.items()}
        properties = as_object(node.get("properties"))
        tags = sum(self._tag(properties[name], given[name.lower()]) for name in properties if name.lower() in given)
        known = sum(name.lower() in given for name in properties)
        missing = sum(str(name).lower() not in given for name in as_list(node.get("required")))
        return (1, tags, known, -missing)

    def _tag(self, schema: Json, value: Json) -> int:
        """+1 when a value is among those that a property declares, in any letter case, -1 when it is not."""
        declared = _declared_values(self._document.schema(schema))
        if not declared or not isinstance(value, str):
            return 0
        return 1 if value.lower() in {item.lower() for item in declared} else -1


def _declared_values(schema: Object) -> list[str]:
    """The strings that ``const`` or ``enum`` allow."""
    allowed = [schema["const"]] if "const" in schema else as_list(schema.get("enum"))
    return [item for item in allowed if isinstance(item, str)]


def _types(schema: Object) -> list[Json]:
    kind = schema.get("type")
    return list(as_list(kind)) if isinstance(kind, list) else [kind]


def _expects_integer(schema: Object) -> bool:
    return "integer" in _types(schema) and "number" not in _types(schema)


JSON_TYPES = {
    dict: ("object",), list: ("array",), str: ("string",), bool: ("boolean",), int: ("integer", "number"),
    float: ("number", "integer"), type(None): ("null",),
}  # fmt: skip


def _fits_type(schema: Object, value: Json) -> bool:
    return "type" not in schema or any(kind in _types(schema) for kind in JSON_TYPES[type(value)])
