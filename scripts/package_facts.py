"""What a release of the official package knows of the API, read from its source without running it.

Pure: module texts in, names out. URL templates, the keys that it writes and reads in JSON, the values of its
enumerations and of its lists of states.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

IGNORED_FILES = frozenset({"_version.py"})
READERS = frozenset({"get", "pop", "setdefault"})
PATH = re.compile(r"/[A-Za-z][\w\-/{}]*(\?.*)?")
KEY = re.compile(r"[A-Za-z][A-Za-z0-9]*")
VALUE = re.compile(r"[A-Za-z][A-Za-z0-9]*")


class Facts(NamedTuple):
    """Each fact with the places (``file:line``) where the package has it."""

    urls: dict[str, list[str]]
    keys: dict[str, list[str]]
    values: dict[str, list[str]]


def facts(modules: Mapping[str, str]) -> Facts:
    """The facts of a package given as texts by file name. Raises SyntaxError for what is no Python of ours."""
    found = Facts({}, {}, {})
    for name, text in sorted(modules.items()):
        if name in IGNORED_FILES:
            continue
        tree = ast.parse(text, name)
        documented = set(_docstrings(tree))
        for kind, names in zip(found, (_urls(tree, documented), _keys(tree), _values(tree)), strict=True):
            for fact, line in names:
                kind.setdefault(fact, []).append(f"{name}:{line}")
    return found


def _docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def _urls(tree: ast.AST, documented: set[ast.AST]) -> Iterator[tuple[str, int]]:
    """Strings that begin like a path of the API."""
    for node in ast.walk(tree):
        if node not in documented and (text := _text(node)) and PATH.fullmatch(text):
            yield text, node.lineno  # type: ignore[attr-defined]


def _keys(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Constant keys of dict displays, subscripts, membership tests and ``.get()``."""
    for node in ast.walk(tree):
        for key in _used_as_key(node):
            if (text := _text(key)) and KEY.fullmatch(text):
                yield text, key.lineno


def _used_as_key(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Dict):
        yield from (key for key in node.keys if key is not None)
    elif isinstance(node, ast.Subscript) and not ast.unparse(node.value).rpartition(".")[2][:1].isupper():
        yield node.slice  # in a capitalised one, such as Optional["Task"], stands a type
    elif isinstance(node, ast.Compare) and any(isinstance(op, ast.In | ast.NotIn) for op in node.ops):
        yield node.left
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS:
        yield from node.args[:1]


def _values(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Strings that are values of an Enum's members, or members of a list that is given a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any("Enum" in ast.unparse(base) for base in node.bases):
            yield from _strings(node)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.List | ast.Tuple | ast.Set):
            yield from _strings(node.value) if ast.unparse(node.targets[0]) != "__all__" else ()


def _strings(node: ast.AST) -> Iterator[tuple[str, int]]:
    documented = set(_docstrings(node))
    for part in ast.walk(node):
        if part not in documented and (text := _text(part)) and VALUE.fullmatch(text):
            yield text, part.lineno  # type: ignore[attr-defined]


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
