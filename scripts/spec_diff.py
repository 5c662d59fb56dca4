"""Names the differences between two revisions of an OpenAPI document, and which of them break a client.

Pure. What a client sends may be asked for less and never for more; what it is answered may hold more and never less. A
new key, or a new value of an enumeration, in an answer breaks nobody: clients keep what they do not know
(``spec/tolerances.yaml``). Texts, examples and evidence are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Node = Mapping[str, Any]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
ASKED, TOLD = "request", "answer"
SMALLER_IS_NARROWER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
LARGER_IS_NARROWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
ALL_OR_NOTHING = ("pattern", "format", "multipleOf", "uniqueItems", "propertyNames")


class Change(NamedTuple):
    """One difference. ``where`` names an operation, or a schema in a direction: ``answer TaskOutput.name``."""

    breaking: bool
    where: str
    text: str

    def __str__(self) -> str:
        return f"{'BREAKING' if self.breaking else 'ok':8}  {self.where}: {self.text}"


def changes(old: Node, new: Node) -> list[Change]:
    """All differences, the breaking ones first, each once however many operations it concerns."""
    found = dict.fromkeys(_Comparison(old, new).operations())
    return sorted(found, key=lambda change: not change.breaking)


class _Comparison:
    """The two documents, and which pairs of their schemas have been compared in which direction."""

    def __init__(self, old: Node, new: Node) -> None:
        self._old = old
        self._new = new
        self._done: set[tuple[str, str, str]] = set()

    def operations(self) -> Iterator[Change]:
        before, after = dict(_operations(self._old)), dict(_operations(self._new))
        for name in sorted(before.keys() - after.keys()):
            yield Change(True, name, "the operation is gone")
        for name in sorted(after.keys() - before.keys()):
            yield Change(False, name, "a new operation")
        for name in sorted(before.keys() & after.keys()):
            yield from self._operation(name, before[name], after[name])

    def _operation(self, name: str, old: Node, new: Node) -> Iterator[Change]:
        if old.get("operationId") != new.get("operationId"):
            text = f"operationId was {old.get('operationId')}, is {new.get('operationId')}: clients name it otherwise"
            yield Change(True, name, text)
        if new.get("deprecated") and not old.get("deprecated"):
            yield Change(False, name, "is deprecated now")
        yield from self._parameters(name, old, new)
        yield from self._bodies(
            name, _resolved(self._old, old.get("requestBody")), _resolved(self._new, new.get("requestBody"))
        )
        yield from self._answers(name, old.get("responses", {}), new.get("responses", {}))

    def _parameters(self, name: str, old: Node, new: Node) -> Iterator[Change]:
        before = {(one["in"], one["name"]): one for one in _all(self._old, old.get("parameters"))}
        after = {(one["in"], one["name"]): one for one in _all(self._new, new.get("parameters"))}
        for key in sorted(before.keys() | after.keys()):
            what = f"{key[0]} parameter {key[1]}"
            if key not in after:
                yield Change(True, name, f"{what} is gone")
            elif key not in before:
                needed = bool(after[key].get("required"))
                yield Change(needed, name, f"a new {what}{', required' if needed else ''}")
            else:
                if bool(before[key].get("required")) != bool(after[key].get("required")):
                    needed = bool(after[key].get("required"))
                    yield Change(needed, name, f"{what} is {'required' if needed else 'optional'} now")
                where = f"{name} {key[1]}"
                yield from self._schema(ASKED, where, before[key].get("schema", {}), after[key].get("schema", {}))

    def _bodies(self, name: str, old: Node, new: Node) -> Iterator[Change]:
        if bool(old.get("required")) != bool(new.get("required")):
            needed = bool(new.get("required"))
            yield Change(needed, name, f"the body is {'required' if needed else 'optional'} now")
        if old and not new:
            yield Change(True, name, "it takes no body any more")
        yield from self._media(name, ASKED, old.get("content", {}), new.get("content", {}))

    def _answers(self, name: str, old: Node, new: Node) -> Iterator[Change]:
        for status in sorted(set(old) | set(new)):
            success = status.startswith("2")
            if status not in new:
                yield Change(success, name, f"is not answered {status} any more")
            elif status not in old:
                yield Change(success, name, f"may be answered {status} now")
            else:
                before, after = _resolved(self._old, old[status]), _resolved(self._new, new[status])
                found = self._media(f"{name} {status}", TOLD, before.get("content", {}), after.get("content", {}))
                # A refusal that is worded otherwise is a refusal still.
                yield from found if success else (change._replace(breaking=False) for change in found)

    def _media(self, where: str, direction: str, old: Node, new: Node) -> Iterator[Change]:
        for media in sorted(set(old) | set(new)):
            if media not in new:
                yield Change(True, where, f"{media} is gone")
            elif media not in old:
                yield Change(direction == TOLD and bool(old), where, f"{media} is new")
            else:
                schemas = old[media].get("schema", {}), new[media].get("schema", {})
                yield from self._schema(direction, f"{where} body", *schemas)

    def _schema(self, direction: str, where: str, old: Any, new: Any) -> Iterator[Change]:
        """Compare what a value may be in both revisions: alternatives by their names, a single one by what it is."""
        before, after = _alternatives(self._old, old), _alternatives(self._new, new)
        real = [{label for label in one if label != "null"} for one in (before, after)]
        if len(real[0]) == len(real[1]) == 1 and real[0] != real[1]:
            (label,), (renamed,) = real
            after = {label if key == renamed else key: value for key, value in after.items()}
        for label in sorted(before.keys() - after.keys()):
            yield Change(direction == ASKED, _at(direction, where), f"cannot be {label} any more")
        for label in sorted(after.keys() - before.keys()):
            yield Change(direction == TOLD, _at(direction, where), f"may be {label} now")
        for label in sorted(before.keys() & after.keys()):
            (name, one), (other_name, other) = before[label], after[label]
            owner = other_name or where
            done = direction, name or f"{where} {label}", other_name or f"{where} {label}"
            if done not in self._done:
                self._done.add(done)
                yield from self._shape(direction, owner, one, other)

    def _shape(self, direction: str, where: str, old: Node, new: Node) -> Iterator[Change]:
        """Compare two schemas without alternatives."""
        at = _at(direction, where)
        if old.get("type") != new.get("type"):
            wider = (old.get("type"), new.get("type")) in (("integer", "number"), (old.get("type"), None))
            text = f"was {old.get('type', 'anything')}, is {new.get('type', 'anything')}"
            yield Change(not wider or direction == TOLD, at, text)
        yield from (Change(_breaks(direction, narrower), at, text) for narrower, text in _constraints(old, new))
        yield from self._values(direction, at, old, new)
        yield from self._properties(direction, where, old, new)
        for key, name in (("items", f"{where}[]"), ("additionalProperties", f"{where}.*")):
            one, other = old.get(key), new.get(key)
            if isinstance(one, Mapping) and isinstance(other, Mapping):
                yield from self._schema(direction, name, one, other)
            elif one != other:
                yield Change(_breaks(direction, other is False or one in (None, True)), at, f"other {key} than before")

    def _values(self, direction: str, at: str, old: Node, new: Node) -> Iterator[Change]:
        before, after = _allowed(old), _allowed(new)
        if before is None or after is None:
            if before != after:
                yield Change(
                    _breaks(direction, before is None), at, f"{'any' if after is None else 'not any'} value now"
                )
            return
        for value in (one for one in before if one not in after):
            yield Change(direction == ASKED, at, f"the value {value!r} is gone")
        for value in (one for one in after if one not in before):
            yield Change(False, at, f"a new value {value!r}")

    def _properties(self, direction: str, where: str, old: Node, new: Node) -> Iterator[Change]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed = {True: set(old.get("required", ())), False: set(new.get("required", ()))}
        for name in sorted(set(before) | set(after)):
            at = _at(direction, f"{where}.{name}")
            if name not in after:
                yield Change(True, at, "is gone")
            elif name not in before:
                required = name in needed[False]
                yield Change(direction == ASKED and required, at, f"is new{', and required' if required else ''}")
            else:
                if (name in needed[True]) != (name in needed[False]):
                    required = name in needed[False]
                    breaking = required if direction == ASKED else not required
                    yield Change(breaking, at, f"is {'required' if required else 'optional'} now")
                if direction == ASKED and before[name].get("default") != after[name].get("default"):
                    yield Change(True, at, "stands for something else when it is left out")
                yield from self._schema(direction, f"{where}.{name}", before[name], after[name])


def _constraints(old: Node, new: Node) -> Iterator[tuple[bool | None, str]]:
    """Constraints that changed: whether fewer values keep them (None: others), and a text."""
    for key in (*SMALLER_IS_NARROWER, *LARGER_IS_NARROWER, *ALL_OR_NOTHING):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        text = f"{key} was {'absent' if before is None else before}, is {'absent' if after is None else after}"
        if before is None or after is None:
            yield before is None, text
        elif key in ALL_OR_NOTHING:
            yield None, text
        else:
            yield (after < before) == (key in SMALLER_IS_NARROWER), text


def _breaks(direction: str, narrower: bool | None) -> bool:
    """Whether it breaks clients that fewer values (None: others) are allowed."""
    return narrower is None or narrower == (direction == ASKED)


def _at(direction: str, where: str) -> str:
    return f"{direction} {where}"


def _operations(document: Node) -> Iterator[tuple[str, Node]]:
    """Every operation by method and path, with the parameters of its path."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                parameters = [*item.get("parameters", ()), *item[method].get("parameters", ())]
                yield f"{method.upper()} {path}", {**item[method], "parameters": parameters}


def _resolved(document: Node, node: Any) -> Node:
    found: Node = node or {}
    while "$ref" in found:
        found = _target(document, found["$ref"])
    return found


def _target(document: Node, reference: str) -> Node:
    node: Any = document
    for token in reference.removeprefix("#/").split("/"):
        node = node[token.replace("~1", "/").replace("~0", "~")]
    found: Node = node
    return found


def _all(document: Node, nodes: Any) -> list[Node]:
    return [_resolved(document, node) for node in nodes or ()]


def _alternatives(document: Node, schema: Any) -> dict[str, tuple[str, Node]]:
    """What a value may be: label to the name of its component (empty: none) and a schema without alternatives."""
    node: Node = schema or {}
    name = ""
    while "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        node = _target(document, node["$ref"])
    found: dict[str, tuple[str, Node]] = {}
    kinds = node.get("type")
    branches = node.get("oneOf") or node.get("anyOf")
    if branches:
        for branch in branches:
            for label, alternative in _alternatives(document, branch).items():
                found[label if label not in found else f"{label} {len(found)}"] = alternative
    elif isinstance(kinds, list):
        for kind in kinds:
            found[kind] = (name, {**node, "type": kind}) if kind != "null" else ("", {"type": "null"})
    else:
        found[name or str(kinds or "anything")] = name, node
    return found


def _allowed(schema: Node) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")
