"""Reading the OpenAPI document: pointers, references, and the operations as plain values.

It compiles what the spec says into what the shell asks for; it holds no rule of its own about the API.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

import attrs

from qarnot_mock.sim.commands import Json

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

Object = Mapping[str, Json]


def as_object(node: Json) -> Object:
    """The node as a mapping; an absent or foreign node is an empty one."""
    return node if isinstance(node, Mapping) else {}


def as_list(node: Json) -> Sequence[Json]:
    """The node as a list; anything else is an empty one."""
    return node if isinstance(node, Sequence) and not isinstance(node, str) else ()


def escape(token: str) -> str:
    """One reference token of a JSON pointer."""
    return token.replace("~", "~0").replace("/", "~1")


def join(pointer: str, *tokens: str | int) -> str:
    """A pointer extended by tokens."""
    return pointer + "".join("/" + escape(str(token)) for token in tokens)


class Document:
    """The spec as a tree in which ``$ref`` can be followed. Pointers start with ``/`` and have no ``#``."""

    def __init__(self, tree: Object) -> None:
        self.tree = tree

    def at(self, pointer: str) -> Json:
        """The node at a pointer. Raises KeyError when there is none."""
        node: Json = self.tree
        for token in pointer.split("/")[1:]:
            key = token.replace("~1", "/").replace("~0", "~")
            node = as_list(node)[int(key)] if isinstance(node, list) else as_object(node)[key]
        return node

    def follow(self, pointer: str) -> tuple[str, Object]:
        """The pointer and the object it leads to when references in its way are followed."""
        node = as_object(self.at(pointer))
        while isinstance(reference := node.get("$ref"), str):
            pointer = reference.removeprefix("#")
            node = as_object(self.at(pointer))
        return pointer, node

    def schema(self, schema: Json) -> Object:
        """A schema with its reference, if it is one, followed."""
        node = as_object(schema)
        while isinstance(reference := node.get("$ref"), str):
            node = as_object(self.at(reference.removeprefix("#")))
        return node


def reference(pointer: str) -> str:
    """The ``$ref`` under which a validator finds a pointer of the registered document."""
    return "urn:spec#" + quote(pointer, safe="/~")


@attrs.frozen
class Parameter:
    """One path or query parameter; ``schema`` points to what its value must be.

    A ``spanning`` one is the rest of the path, slashes included.
    """

    name: str
    where: str
    required: bool
    schema: str
    spanning: bool = False


@attrs.frozen
class Operation:
    """One operation of the spec. Bodies and answers are pointers to schemas, None where there is no JSON."""

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: str | None
    body_required: bool
    responses: Mapping[str, Mapping[str, str | None]]
    authenticated: bool

    def parameters_in(self, where: str) -> tuple[Parameter, ...]:
        """The parameters in ``path`` or ``query``."""
        return tuple(parameter for parameter in self.parameters if parameter.where == where)


def operations(document: Document) -> Iterator[Operation]:
    """Every operation of the document, in its order."""
    for path, item in as_object(document.tree["paths"]).items():
        for method in METHODS:
            if method in as_object(item):
                yield _operation(document, path, method)


def _operation(document: Document, path: str, method: str) -> Operation:
    pointer = join("/paths", path, method)
    node = as_object(document.at(pointer))
    body, required = _body(document, pointer, node)
    responses = _responses(document, pointer, node)
    security = as_list(node.get("security", document.tree.get("security", ())))
    return Operation(
        id=str(node["operationId"]),
        method=method.upper(),
        path=path,
        parameters=(*_parameters(document, join("/paths", path)), *_parameters(document, pointer)),
        body=body,
        body_required=required,
        responses=responses,
        authenticated=any(as_object(scheme) for scheme in security),
    )


def _parameters(document: Document, owner: str) -> Iterator[Parameter]:
    for index, _ in enumerate(as_list(as_object(document.at(owner)).get("parameters"))):
        pointer, node = document.follow(join(owner, "parameters", index))
        if node.get("in") in ("path", "query"):
            where = str(node["in"])
            required = where == "path" or node.get("required") is True
            spanning = node.get("x-path-segments") is True
            yield Parameter(str(node["name"]), where, required, join(pointer, "schema"), spanning)


def _body(document: Document, pointer: str, node: Object) -> tuple[str | None, bool]:
    if "requestBody" not in node:
        return None, False
    place, body = document.follow(join(pointer, "requestBody"))
    media = next(iter(as_object(body.get("content"))), None)
    return (join(place, "content", media, "schema") if media else None), body.get("required") is True


def _responses(document: Document, pointer: str, node: Object) -> Mapping[str, Mapping[str, str | None]]:
    found: dict[str, Mapping[str, str | None]] = {}
    for status in as_object(node.get("responses")):
        place, response = document.follow(join(pointer, "responses", status))
        found[status] = {
            media: _schema_pointer(document, join(place, "content", media, "schema"))
            for media, content in as_object(response.get("content")).items()
            if "schema" in as_object(content)
        }
    return found


def _schema_pointer(document: Document, pointer: str) -> str:
    """Where a schema is defined: the component it refers to, so that equal schemas share a validator."""
    return document.follow(pointer)[0]
