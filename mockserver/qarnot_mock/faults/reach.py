"""Which operations a kind of fault can hit: those whose answers have what it changes, read off the contract. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

import attrs

from qarnot_mock.faults.kinds import BODY, ENUMERATION, OBJECT, REST, S3, Kind
from qarnot_mock.http.document import Document, Object, Operation, as_list, as_object, operations
from qarnot_mock.sim.commands import Json
from qarnot_mock.storage.handler import OPERATIONS

WITHOUT_BODY = frozenset(
    {
        "CreateBucket",
        "HeadBucket",
        "DeleteBucket",
        "PutObject",
        "HeadObject",
        "DeleteObject",
        "UploadPart",
        "AbortMultipartUpload",
    }
)
"""The S3 operations that succeed without a body in their answer."""


@attrs.frozen
class Known:
    """``operations`` are the names of all, by service; ``having`` are those whose answers have what a kind needs."""

    operations: Mapping[str, Collection[str]]
    having: Mapping[str, frozenset[str]]

    def barred(self, kind: Kind) -> frozenset[str]:
        """The operations whose answers have nothing that the kind could change."""
        every = frozenset(name for names in self.operations.values() for name in names)
        return every - self.having[kind.needs] if kind.needs else frozenset()


def known_operations(document: Document) -> Known:
    """What there is to hit in the contract and in the storage."""
    api = list(operations(document))
    having: dict[str, set[str]] = {BODY: set(OPERATIONS) - WITHOUT_BODY, OBJECT: set(), ENUMERATION: set()}
    for operation in api:
        answers = _answers(operation)
        if answers:
            having[BODY].add(operation.id)
        roots = [document.at(pointer) for pointer in answers if pointer is not None]
        schemas = list(_nodes(document, roots, _parts))
        if any(_fields(schema) for schema in schemas):
            having[OBJECT].add(operation.id)
        if any(enumerated(document, field) for schema in schemas for field in _fields(schema)):
            having[ENUMERATION].add(operation.id)
    names = {REST: [operation.id for operation in api], S3: list(OPERATIONS)}
    return Known(names, {need: frozenset(found) for need, found in having.items()})


def enumerated(document: Document, schema: Json) -> bool:
    """Whether a value, or each item of it, is one of a list of words."""
    nodes = _nodes(document, [schema], _alternatives)
    return any(as_list(node.get("enum")) or isinstance(node.get("const"), str) for node in nodes)


def _answers(operation: Operation) -> list[str | None]:
    """The bodies of its successes: the schema of each, None for what is no JSON."""
    return [
        schema
        for status, media in operation.responses.items()
        if status.startswith("2")
        for schema in media.values()
    ]  # fmt: skip


def _fields(schema: Object) -> Collection[Json]:
    return as_object(schema.get("properties")).values()


def _alternatives(schema: Object) -> Iterator[Json]:
    """What a value, or each item of it, may be instead."""
    for key in ("anyOf", "oneOf", "allOf"):
        yield from as_list(schema.get(key))
    yield schema.get("items")


def _parts(schema: Object) -> Iterator[Json]:
    """All schemas that one is made of."""
    yield from _alternatives(schema)
    yield from _fields(schema)
    yield schema.get("additionalProperties")


def _nodes(document: Document, roots: Collection[Json], step: Callable[[Object], Iterator[Json]]) -> Iterator[Object]:
    """The schemas that are met by stepping on and on, each once."""
    met: set[int] = set()
    ahead = list(roots)
    while ahead:
        node = document.schema(ahead.pop())
        if node and id(node) not in met:
            met.add(id(node))
            yield node
            ahead += step(node)
