"""The rules of ``spec/tolerances.yaml`` as values, found by the place they apply to and by their kind.

It only reads the document; :mod:`~qarnot_mock.http.canonical` and the router execute the rules.
"""

from __future__ import annotations

import fnmatch

import attrs

from qarnot_mock.http.document import Object, as_list, as_object
from qarnot_mock.sim.commands import Json


@attrs.frozen
class Rule:
    """One tolerance: the id it is reported under, and the arguments of its kind."""

    id: str
    arguments: Object

    def text(self, name: str) -> str:
        """An argument that is a string."""
        return str(self.arguments[name])

    def names(self, name: str) -> tuple[str, ...]:
        """An argument that is a list of strings."""
        return tuple(str(item) for item in as_list(self.arguments[name]))


class Rules:
    """All rules of a tolerance document, in its order."""

    def __init__(self, document: Object) -> None:
        self._rules: dict[tuple[str, str], list[Rule]] = {}
        self._at: dict[tuple[str, str], list[Rule]] = {}
        for node in as_list(document.get("tolerances")):
            self._add(as_object(node))

    def _add(self, node: Object) -> None:
        arguments = as_object(node["rule"])
        rule, kind = Rule(str(node["id"]), arguments), str(arguments["kind"])
        for place in as_list(node["applies"]):
            self._rules.setdefault((str(place), kind), []).append(rule)
        schemas: tuple[Json, ...] = (arguments.get("schema"), *as_list(arguments.get("schemas")))
        if "request" in as_list(node["applies"]):
            for schema in filter(None, schemas):
                self._at.setdefault((str(schema), kind), []).append(rule)

    def all(self, place: str, kind: str) -> list[Rule]:
        """The rules of a kind at a place: ``path``, ``query``, ``header``, ``request`` or ``response``."""
        return self._rules.get((place, kind), [])

    def one(self, place: str, kind: str) -> Rule | None:
        """The rule of a kind that has no arguments, if the document has it."""
        return next(iter(self.all(place, kind)), None)

    def at_schema(self, schema: str, kind: str) -> list[Rule]:
        """The request rules of a kind that name a schema."""
        return self._at.get((schema, kind), [])

    def media_type(self, media: str) -> Rule | None:
        """The rule under which a content type counts as JSON."""
        for rule in self.all("header", "media-types"):
            if any(fnmatch.fnmatchcase(media, pattern) for pattern in rule.names("accept")):
                return rule
        return None

    def default_body(self, operation: str) -> Rule | None:
        """The rule that supplies a body where an operation got none."""
        rules = self.all("request", "default-body")
        return next((rule for rule in rules if operation in rule.names("operations")), None)
