"""The spec as fixtures: parsed once per process, its operations, schemas and examples as parameters of tests.

A test that asks for ``operation``, ``response``, ``link``, ``schema_name``, ``claim``, ``example`` or ``tolerance``
runs once for each of them.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import jsonschema_rs
import pytest

ROOT = Path(__file__).resolve().parents[2]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@cache
def _inventory() -> ModuleType:
    found = importlib.util.spec_from_file_location("spec_inventory", ROOT / "scripts" / "spec_inventory.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@cache
def _spec() -> Any:
    return _inventory().parsed(ROOT / "spec" / "openapi.yaml")


@cache
def _tolerances() -> Any:
    return _inventory().parsed(ROOT / "spec" / "tolerances.yaml")


@cache
def _lifecycles() -> Any:
    return _inventory().parsed(ROOT / "spec" / "lifecycles.yaml")


def _at(pointer: str) -> Any:
    """The node a local reference points at."""
    node = _spec()
    for part in pointer.removeprefix("#/").split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def _resolved(node: Any) -> Any:
    return _at(node["$ref"]) if isinstance(node, dict) and "$ref" in node else node


def _escaped(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")


def _walk(node: Any, pointer: str = "#") -> Iterator[tuple[str, Any]]:
    """Every node with its pointer, values of examples left out: they are data, not description."""
    yield pointer, node
    if isinstance(node, dict):
        for key, child in node.items():
            if key != "value" or not pointer.startswith("#/components/examples"):
                yield from _walk(child, f"{pointer}/{_escaped(key)}")
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _walk(child, f"{pointer}/{index}")


class OperationView(NamedTuple):
    """An operation with what its path adds."""

    id: str
    method: str
    path: str
    node: Mapping[str, Any]
    parameters: list[Mapping[str, Any]]

    @property
    def secured(self) -> bool:
        """Whether a token is needed."""
        return self.node.get("security") != []

    def responses(self) -> dict[str, Mapping[str, Any]]:
        """Status to response, references resolved."""
        return {status: _resolved(node) for status, node in self.node["responses"].items()}

    def bodies(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Each body: where it is, its content type, and the media object."""
        if "requestBody" in self.node:
            for media_type, media in _resolved(self.node["requestBody"])["content"].items():
                yield "request", media_type, media
        for status, response in self.responses().items():
            for media_type, media in response.get("content", {}).items():
                yield status, media_type, media


class Example(NamedTuple):
    """A value and the schema it must satisfy."""

    where: str
    schema: Mapping[str, Any]
    value: object


@cache
def _operations() -> list[OperationView]:
    views = []
    for row in _inventory().operations(_spec()):
        item = _spec()["paths"][row.path]
        node = item[row.method.lower()]
        parameters = [_resolved(p) for p in [*item.get("parameters", []), *node.get("parameters", [])]]
        views.append(OperationView(row.operation_id, row.method, row.path, node, parameters))
    return views


def _media_examples() -> Iterator[Example]:
    for operation in _operations():
        for where, media_type, media in operation.bodies():
            for name, example in media.get("examples", {}).items():
                place = f"{operation.id}:{where}:{media_type}:{name}"
                yield Example(place, media["schema"], _resolved(example)["value"])


def _inline_examples() -> Iterator[Example]:
    """``examples`` of schemas and ``example`` of parameters and headers."""
    for pointer, node in _walk(_spec()["components"], "#/components"):
        if pointer.startswith("#/components/schemas") and isinstance(node, dict):
            for index, value in enumerate(node["examples"] if isinstance(node.get("examples"), list) else []):
                schema = {key: value for key, value in node.items() if key != "examples"}
                yield Example(f"{pointer}:{index}", schema, value)
        elif isinstance(node, dict) and "example" in node and "schema" in node:
            yield Example(pointer, node["schema"], node["example"])


@cache
def _examples() -> list[Example]:
    return [*_media_examples(), *_inline_examples()]


def _closed(node: Any) -> Any:
    """The same document with the keys known today and no others: what the mock may send."""
    if isinstance(node, list):
        return [_closed(child) for child in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(child) for key, child in node.items()}
    if closed.get("type") == "object" and "properties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed


@cache
def _registry(strict: bool) -> jsonschema_rs.Registry:
    schemas = _spec()["components"]["schemas"]
    document = {"$schema": DIALECT, "components": {"schemas": _closed(schemas) if strict else schemas}}
    return jsonschema_rs.Registry([("urn:spec", document)])


def _absolute(node: Any) -> Any:
    if isinstance(node, list):
        return [_absolute(child) for child in node]
    if not isinstance(node, dict):
        return node
    return {
        key: f"urn:spec{child}" if key == "$ref" and isinstance(child, str) else _absolute(child)
        for key, child in node.items()
    }


def _complaints(schema: Mapping[str, Any], value: object, strict: bool = True) -> list[str]:
    """What a validator says against a value; ``strict`` refuses keys that the spec does not know."""
    root = {"$schema": DIALECT, **_absolute(_closed(schema) if strict else schema)}
    validator = jsonschema_rs.validator_for(root, registry=_registry(strict), validate_formats=True)
    return [
        f"{''.join(f'/{_escaped(part)}' for part in error.instance_path)}: {error.message}"
        for error in validator.iter_errors(value)
    ]


def _claims() -> list[Any]:
    return list(_inventory().claims(_spec(), _tolerances(), _lifecycles()))


def _links() -> list[tuple[str, Mapping[str, Any]]]:
    return list(_spec()["components"]["links"].items())


PARAMETERS: dict[str, Callable[[], list[tuple[str, Any]]]] = {
    "operation": lambda: [(view.id, view) for view in _operations()],
    "response": lambda: list(_spec()["components"]["responses"].items()),
    "link": _links,
    "schema_name": lambda: [(name, name) for name in _spec()["components"]["schemas"]],
    "claim": lambda: [(f"{claim.kind} {claim.name}", claim) for claim in _claims() if claim.own],
    "example": lambda: [(example.where, example) for example in _examples()],
    "tolerance": lambda: [(rule["id"], rule) for rule in _tolerances()["tolerances"]],
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per operation, schema, ... for the tests that ask for one."""
    for name, table in PARAMETERS.items():
        if name in metafunc.fixturenames:
            rows = table()
            metafunc.parametrize(name, [row for _, row in rows], ids=[str(key) for key, _ in rows])


@pytest.fixture(scope="session")
def spec() -> Any:
    """``openapi.yaml``."""
    return _spec()


@pytest.fixture(scope="session")
def tolerances() -> Any:
    """``tolerances.yaml``."""
    return _tolerances()


@pytest.fixture(scope="session")
def lifecycles() -> Any:
    """``lifecycles.yaml``."""
    return _lifecycles()


@pytest.fixture(scope="session")
def inventory() -> ModuleType:
    """The module ``scripts/spec_inventory.py``."""
    return _inventory()


@pytest.fixture(scope="session")
def operations() -> Mapping[str, OperationView]:
    """Every operation by its id."""
    return {view.id: view for view in _operations()}


@pytest.fixture(scope="session")
def walk() -> Callable[..., Iterator[tuple[str, Any]]]:
    """``walk(node, pointer)``: every node below, with its pointer."""
    return _walk


@pytest.fixture(scope="session")
def resolved() -> Callable[[Any], Any]:
    """``resolved(node)``: the node a reference stands for, or the node itself."""
    return _resolved


@pytest.fixture(scope="session")
def complaints() -> Callable[..., list[str]]:
    """``complaints(schema, value, strict=True)``: what a validator says against the value."""
    return _complaints
