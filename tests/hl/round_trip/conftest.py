"""Payloads made from the spec's own schemas, with what a newer server adds: unknown words and unknown fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import strategies as st

from qarnot_mock import contract

Schema = Mapping[str, Any]
Payloads = Callable[[str], st.SearchStrategy[Any]]
Loss = Callable[..., list[str]]

STRANGER = "Lunar"
FUTURE = st.sampled_from(["new", 7, True, ["a", None], {"a": {"b": 1.5}}])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
NUMBERS = st.integers(-3, 10**12) | st.floats(-1e6, 1e6, allow_nan=False)
FORMATS: Mapping[str, st.SearchStrategy[Any]] = {
    "uuid": st.uuids().map(str),
    "date-time": st.sampled_from(
        ["2022-12-23T17:03:17Z", "0001-01-01T00:00:00Z", "2022-12-23T17:03:17.1234567Z", "2022-12-23T17:03:17"]
    ),
}
# The format that the server writes (reference 5); the schema also lets through what it merely understands.
TIMESPAN = st.from_regex(
    re.compile(r"([1-9]\d{0,6}\.)?([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{7})?", re.ASCII), fullmatch=True
)


class Schemas:
    """Strategies by schema, each made once."""

    def __init__(self, components: Schema) -> None:
        self.components = components
        self.made: dict[str, st.SearchStrategy[Any]] = {"Timespan": st.none() | TIMESPAN}

    def named(self, name: str) -> st.SearchStrategy[Any]:
        if name not in self.made:
            self.made[name] = st.deferred(lambda: self.of(self.components[name]))
        return self.made[name]

    def of(self, schema: Schema) -> st.SearchStrategy[Any]:
        """Values of a schema."""
        if "$ref" in schema:
            return self.named(str(schema["$ref"]).rpartition("/")[2])
        if branches := schema.get("anyOf") or schema.get("oneOf"):
            return st.one_of([self.of(branch) for branch in branches])
        if "const" in schema:
            return st.just(schema["const"])
        if "enum" in schema:
            return st.sampled_from([*schema["enum"], STRANGER])
        kinds = schema.get("type", "object")
        return st.one_of([self.of_kind(kind, schema) for kind in ([kinds] if isinstance(kinds, str) else kinds)])

    def of_kind(self, kind: str, schema: Schema) -> st.SearchStrategy[Any]:
        match kind:
            case "null":
                return st.none()
            case "boolean":
                return st.booleans()
            case "integer":
                return st.integers(schema.get("minimum", -3), schema.get("maximum", 10**12))
            case "number":
                return NUMBERS
            case "array":
                return st.lists(self.of(schema["items"]), min_size=schema.get("minItems", 0), max_size=2)
            case "string":
                return self.texts(schema)
            case _:
                return self.objects(schema)

    def texts(self, schema: Schema) -> st.SearchStrategy[Any]:
        if "not" in schema:
            return st.just(STRANGER)
        if "format" in schema:
            return FORMATS[schema["format"]]
        if "pattern" in schema:
            return st.from_regex(re.compile(schema["pattern"], re.ASCII), fullmatch=True)
        return TEXTS.filter(bool) if schema.get("minLength") else TEXTS

    def objects(self, schema: Schema) -> st.SearchStrategy[Any]:
        """Any choice of the properties that need not be there, and perhaps one more."""
        properties = schema.get("properties", {})
        required = {key: self.of(properties[key]) for key in schema.get("required", ())}
        optional = {key: self.of(value) for key, value in properties.items() if key not in required}
        known = st.fixed_dictionaries(required, optional={**optional, "futureField": FUTURE})
        if isinstance(others := schema.get("additionalProperties"), Mapping):
            return st.dictionaries(TEXTS, self.of(others), max_size=2)
        return known


def words(node: Any) -> Iterator[str]:
    """The values of all enumerations in a schema, in small letters: their letter case says nothing."""
    if isinstance(node, Mapping):
        yield from (word.lower() for word in node.get("enum", ()) if isinstance(word, str))
        yield from (word for part in node.values() for word in words(part))
    elif isinstance(node, list):
        yield from (word for part in node for word in words(part))


COMPONENTS: Any = contract.load().openapi["components"]
WORDS = frozenset({*words(COMPONENTS), STRANGER.lower()})


def same_word(before: Any, after: Any) -> bool:
    """Whether both are one word of an enumeration."""
    return isinstance(before, str) and str(after).lower() == before.lower() in WORDS


def same_words(before: Any, after: Any) -> bool:
    """Whether both are the same choice of words, whose order says nothing."""
    if not isinstance(before, list) or not isinstance(after, list):
        return same_word(before, after)
    folded = [sorted({str(word).lower() for word in part}) for part in (before, after)]
    return folded[0] == folded[1] and all(word in WORDS for word in folded[0])


def losses(before: Any, after: Any, path: str = "") -> list[str]:
    """Where ``after`` lacks something that ``before`` says. Null, empty and absent say nothing."""
    if before in (None, [], {}) or before == after or same_words(before, after):
        return []
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return [loss for key, value in before.items() for loss in losses(value, after.get(key), f"{path}/{key}")]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [loss for index, (old, new) in pairs for loss in losses(old, new, f"{path}/{index}")]
    return [f"{path or '/'}: {before!r} became {after!r}"]


@pytest.fixture(scope="session")
def payloads() -> Payloads:
    """``payloads("TaskOutput")``: what a server may answer under that schema."""
    return Schemas(COMPONENTS["schemas"]).named


@pytest.fixture(scope="session")
def lost() -> Loss:
    """``lost(before, after)``: what of one JSON is not in another."""
    return losses
