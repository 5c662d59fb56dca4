"""From a method and a path to an operation, as the real server would route them.

What it forgives in a path are rules of the tolerance document. A path that exists answers a foreign method with 405: a
segment that is spelled out is never taken for an identifier.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

import attrs

from qarnot_mock.http.document import Operation
from qarnot_mock.http.tolerances import Rules


@attrs.frozen
class Match:
    """An operation, the decoded values of its path parameters, and the tolerances that the path needed."""

    operation: Operation
    arguments: Mapping[str, str]
    rules: tuple[str, ...] = ()


@attrs.frozen
class NotFound:
    """No operation has this path."""


@attrs.frozen
class MethodNotAllowed:
    """The path exists; ``allow`` lists all of its methods, sorted."""

    allow: tuple[str, ...]


@attrs.define
class _Node:
    static: dict[str, _Node] = attrs.field(factory=dict)
    parameter: _Node | None = None
    rest: _Node | None = None
    operations: dict[str, Operation] = attrs.field(factory=dict)


class Router:
    """A tree of path segments. A segment that is spelled out wins over a parameter, wherever both fit.

    A parameter that spans segments takes all that is left of the path, be it nothing.
    """

    def __init__(self, operations: Iterable[Operation], rules: Rules) -> None:
        self._rules = rules
        self._case = rules.one("path", "fold-segments")
        self._root = _Node()
        for operation in operations:
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        node = self._root
        spanning = {f"{{{one.name}}}" for one in operation.parameters if one.spanning}
        for segment in _segments(operation.path):
            if segment in spanning:
                node.rest = node.rest or _Node()
                node = node.rest
            elif segment.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.static.setdefault(self._folded(segment), _Node())
        node.operations[operation.method] = operation

    def match(self, method: str, path: str) -> Match | NotFound | MethodNotAllowed:
        """Route a request; ``path`` still has its percent-encoding."""
        for segments, rules in self._readings(path):
            values: list[str] = []
            node = self._find(self._root, segments, values)
            if node is None:
                continue
            operation = node.operations.get(method)
            if operation is None:
                return MethodNotAllowed(tuple(sorted(node.operations)))
            template = _segments(operation.path)
            names = [segment[1:-1] for segment in template if segment.startswith("{")]
            used = (*rules, *self._case_rule(template, segments))
            return Match(operation, dict(zip(names, values, strict=True)), used)
        return NotFound()

    def _readings(self, path: str) -> Iterator[tuple[list[str], tuple[str, ...]]]:
        """The path as it stands, then as the tolerances let it be read, each with the rules that takes."""
        segments = _segments(path)
        used: tuple[str, ...] = ()
        slash = self._rules.one("path", "strip-trailing-slash")
        if slash is not None and segments and not segments[-1]:
            yield segments, used
            while segments and not segments[-1]:
                segments = segments[:-1]
            used = (slash.id,)
        yield segments, used
        for prefix in self._rules.all("path", "strip-prefix"):
            if segments and self._folded(segments[0]) == self._folded(prefix.text("prefix")):
                yield segments[1:], (*used, prefix.id)

    def _find(self, node: _Node, segments: list[str], values: list[str]) -> _Node | None:
        if not segments:
            return node if node.operations else self._spanning(node, segments, values)
        first, rest = unquote(segments[0]), segments[1:]
        if (static := node.static.get(self._folded(first))) and (found := self._find(static, rest, values)):
            return found
        if node.parameter is not None and first:
            values.append(first)
            if found := self._find(node.parameter, rest, values):
                return found
            values.pop()
        return self._spanning(node, segments, values)

    def _spanning(self, node: _Node, segments: list[str], values: list[str]) -> _Node | None:
        """The node of a parameter that takes all the segments that are left."""
        if node.rest is not None:
            values.append("/".join(map(unquote, segments)))
        return node.rest

    def _folded(self, segment: str) -> str:
        return segment.lower() if self._case else segment

    def _case_rule(self, template: list[str], given: list[str]) -> tuple[str, ...]:
        differs = any(
            spelled != unquote(segment)
            # A parameter that spans segments stands last, so what is spelled out is paired before it.
            for spelled, segment in zip(template, given, strict=False)
            if not spelled.startswith("{")
        )
        return (self._case.id,) if self._case and differs else ()


def _segments(path: str) -> list[str]:
    return [] if path in ("", "/") else path.removeprefix("/").split("/")
