"""Holds values against the spec's schemas and says what is wrong where: a JSON pointer and a reason.

Validators are compiled on first use and kept. Values are judged, never changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs
import jsonschema_rs

from qarnot_mock.http.document import Document, as_object, join, reference
from qarnot_mock.sim.commands import Json

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MOST = 20
"""Violations reported of one value: a wrong list of a thousand entries needs no thousand lines."""


@attrs.frozen
class Violation:
    """``reason`` is what is wrong with the value at ``pointer`` (empty for the whole)."""

    pointer: str
    reason: str

    @property
    def field(self) -> str:
        """The name of the top-level field it lies in, or an empty string."""
        return next((part for part in self.pointer.split("/")[1:] if not part.isdecimal()), "")

    @property
    def place(self) -> str:
        """The pointer in the spelling of ASP.NET model errors: ``policies[0].type``."""
        parts = self.pointer.split("/")[1:]
        spelled = "".join(f"[{part}]" if part.isdecimal() else f".{part}" for part in parts)
        return spelled.removeprefix(".")

    def __str__(self) -> str:
        return f"{self.pointer or '(body)'}: {self.reason}"


def closed(node: Json) -> Json:
    """The same schemas, in which an object with ``properties`` has no others unless it says so.

    This is how the spec defines what the mock may send. (It uses no ``allOf``, which would need more.)
    """
    if isinstance(node, Mapping):
        inner = {key: closed(value) for key, value in node.items()}
        if isinstance(inner.get("properties"), Mapping) and "type" in inner:
            inner.setdefault("additionalProperties", False)
        return inner
    return [closed(item) for item in node] if isinstance(node, list) else node


class Validators:
    """The validators of one document, by schema pointer; with ``strict``, of its :func:`closed` form."""

    def __init__(self, document: Document, *, strict: bool = False) -> None:
        tree = as_object(closed(document.tree)) if strict else document.tree
        self._registry = jsonschema_rs.Registry([("urn:spec", {"$schema": DIALECT, **tree})])
        self._compiled: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def accepts(self, pointer: str, value: Json) -> bool:
        """Whether nothing is wrong with a value."""
        return self._validator(pointer).is_valid(value)

    def violations(self, pointer: str, value: Json) -> tuple[Violation, ...]:
        """What is wrong with a value, at most :data:`MOST` findings, in the order of the document."""
        if self.accepts(pointer, value):
            return ()
        errors = self._validator(pointer).iter_errors(value)
        found = dict.fromkeys(violation for error in errors for violation in _explain(error))
        return tuple(found)[:MOST]

    def _validator(self, pointer: str) -> jsonschema_rs.Draft202012Validator:
        validator = self._compiled.get(pointer)
        if validator is None:
            schema = {"$ref": reference(pointer)}
            validator = jsonschema_rs.Draft202012Validator(schema, registry=self._registry, validate_formats=True)
            self._compiled[pointer] = validator
        return validator


def _explain(error: jsonschema_rs.ValidationError) -> Iterator[Violation]:
    """The findings behind an error; of alternatives, those of the one that the value was probably meant to be."""
    branches: Sequence[Sequence[jsonschema_rs.ValidationError]] = getattr(error.kind, "context", ())
    if branches:
        depth = len(error.instance_path)
        for inner in min(branches, key=lambda branch: _distance(branch, depth)):
            yield from _explain(inner)
        return
    pointer = join("", *error.instance_path)
    missing = getattr(error.kind, "property", None)
    if error.kind.name == "required" and isinstance(missing, str):
        yield Violation(join(pointer, missing), "is required")
    else:
        yield Violation(pointer, error.message)


def _distance(branch: Sequence[jsonschema_rs.ValidationError], depth: int) -> tuple[bool, bool, int]:
    """How far a value at ``depth`` is from an alternative: its type first, its tag next, then all that is wrong."""
    wrong = {(error.kind.name, len(error.instance_path) - depth) for error in branch}
    return (("type", 0) in wrong, bool(wrong & {("const", 1), ("enum", 1)}), len(branch))
