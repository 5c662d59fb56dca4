"""YAML to plain data, with the line of everything, so that a complaint can say where.

Plain data only, without tags and dates; it knows nothing of what the data means.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import attrs
import yaml
from yaml.reader import ReaderError

from qarnot_mock.sim.commands import Json

Path = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """The safe loader without timestamps, which JSON does not have: a date stays the text that it was."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class ReadingError(ValueError):
    """A text that is no plain YAML; ``line`` counts from 1."""

    def __init__(self, line: int, path: Path, text: str) -> None:
        super().__init__(text)
        self.line, self.path = line, path


@attrs.frozen
class Located:
    """Plain data, and the line (from 1) at which the value of each path begins."""

    data: Json
    lines: Mapping[Path, int]

    def line(self, path: Sequence[str | int]) -> int:
        """The line of a path, or of the nearest thing around it that the text has."""
        known = tuple(path)
        while known and known not in self.lines:
            known = known[:-1]
        return self.lines.get(known, 1)


def read(text: str) -> Located:
    """The data of a text of YAML. Raises :class:`ReadingError`."""
    try:
        loader = _Loader(text)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ReadingError(line, (), f"remove the character {error.character:#04x}: {error.reason}") from None
    try:
        node = loader.get_single_node()
        lines: dict[Path, int] = {}
        data = None if node is None else _Reader(loader, lines).read(node, (), ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ReadingError(mark.line + 1 if mark else 1, (), f"{error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise ReadingError(1, (), str(error)) from None
    finally:
        loader.dispose()
    return Located(data, lines)


@attrs.frozen
class _Reader:
    """Walks one tree of nodes, writing down where each is."""

    loader: _Loader
    lines: dict[Path, int]

    def read(self, node: yaml.Node, path: Path, above: tuple[int, ...]) -> Json:
        """The plain data of a node. ``above`` are the nodes that it is in: an alias may lead back to one."""
        self.lines[path] = node.start_mark.line + 1
        if id(node) in above:
            raise self._error(node, path, "it contains itself: write the value out")
        above = (*above, id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, above)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, number), above) for number, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path, above: tuple[int, ...]) -> Json:
        merged = any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value)
        if merged:
            self.loader.flatten_mapping(node)
        found: dict[str, Json] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) and key.tag == "tag:yaml.org,2002:str" else None
            if name is None:
                raise self._error(key, path, f"a key is a text: write {str(key.value)!r} in quotes if it is meant")
            if name in found and not merged:
                raise self._error(key, (*path, name), "the key occurs twice: remove one")
            found[name] = self.read(value, (*path, name), above)
            self.lines[(*path, name)] = key.start_mark.line + 1
        return found

    def _scalar(self, node: yaml.Node, path: Path) -> Json:
        try:
            value = self.loader.construct_object(node)
        except ValueError as error:
            raise self._error(node, path, str(error)) from None
        if value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value)):
            plain: Json = value
            return plain
        raise self._error(node, path, f"{node.value!r} is neither a text nor a finite number: write another value")

    def _error(self, node: yaml.Node, path: Path, text: str) -> ReadingError:
        return ReadingError(node.start_mark.line + 1, path, text)
