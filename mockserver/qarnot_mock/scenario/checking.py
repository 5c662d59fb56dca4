"""Holds plain data against the schema of scenarios, and words what is wrong as what to do. Pure, apart from reading the
schema, which is part of the package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any, cast

import attrs
import jsonschema_rs
import yaml

from qarnot_mock.scenario.reading import Path
from qarnot_mock.sim.commands import Json


@attrs.frozen
class Complaint:
    """One thing that is wrong, and where."""

    path: Path
    text: str

    def __str__(self) -> str:
        return f"{path_text(self.path)}: {self.text}" if self.path else self.text


@cache
def schema() -> Mapping[str, Any]:
    """The JSON schema of a scenario."""
    text = resources.files("qarnot_mock.scenario").joinpath("schema.yaml").read_text(encoding="utf-8")
    return cast(Mapping[str, Any], yaml.safe_load(text))


def complaints(data: Json) -> list[Complaint]:
    """What the schema has against some data; empty when nothing."""
    found = [complaint for error in _validator().iter_errors(data) for complaint in _complain(error)]
    return sorted(set(found), key=lambda complaint: (list(map(str, complaint.path)), complaint.text))


def path_text(path: Sequence[str | int]) -> str:
    """``outcomes[0].for.instances``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def similar(name: str, known: Iterable[str]) -> str:
    """Advice for a name that is unknown: the one that was probably meant, and all."""
    known = list(known)
    close = get_close_matches(name, known, 1)
    return f"{f'did you mean {close[0]}? ' if close else ''}There are: {', '.join(known)}"


@cache
def _validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(dict(schema()))


def _complain(error: jsonschema_rs.ValidationError) -> Iterator[Complaint]:
    path, about = tuple(error.instance_path), _subschema(error.schema_path)
    kind = type(error.kind).__name__
    word = _WORDS.get(kind)
    if word is not None:
        yield from (Complaint((*path, *extra), text) for extra, text in word(error, about))
    else:
        yield Complaint(path, f"expected {about.get('description', 'something else')}, not {_short(error.instance)}")


def _unknown(error: jsonschema_rs.ValidationError, about: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    known = list(about.get("properties", {}))
    for name in cast(Any, error.kind).unexpected:
        yield (name,), f"unknown key; {similar(name, known)}"


def _missing(error: jsonschema_rs.ValidationError, about: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    name = cast(Any, error.kind).property
    yield (), f"add {name}: {about.get('properties', {}).get(name, {}).get('description', 'it is required')}"


def _enumerated(error: jsonschema_rs.ValidationError, about: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    yield (), f"expected one of {', '.join(about['enum'])}, not {_short(error.instance)}"


_WORDS: Mapping[str, Callable[[Any, Mapping[str, Any]], Iterator[tuple[Path, str]]]] = {
    "AdditionalProperties": _unknown,
    "Required": _missing,
    "Enum": _enumerated,
}


def _subschema(schema_path: Sequence[str | int]) -> Mapping[str, Any]:
    """The part of the schema that an error is about; the last step of its path is the keyword."""
    node: Any = schema()
    for step in schema_path[:-1]:
        node = node[step]
    return cast(Mapping[str, Any], node if isinstance(node, Mapping) else {})


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
