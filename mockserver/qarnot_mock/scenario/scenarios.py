"""A scenario: from a name, a file or a mapping to immutable data, and onto the settings of a world.

All complaints carry the path in the document, and the line where there is one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path as FilePath
from typing import cast

import attrs

from qarnot_mock import contract
from qarnot_mock.faults.fault import Fault, FaultError, parse_all
from qarnot_mock.faults.reach import Known, known_operations
from qarnot_mock.http.document import Document
from qarnot_mock.scenario.checking import Complaint, complaints, similar
from qarnot_mock.scenario.reading import Path, ReadingError, read
from qarnot_mock.sim.commands import Json
from qarnot_mock.sim.script import Script
from qarnot_mock.sim.script_document import DocumentError
from qarnot_mock.sim.script_document import parse as parse_document
from qarnot_mock.sim.settings import WorldSettings

_SUFFIXES = (".yaml", ".yml", ".json")


class ScenarioError(ValueError):
    """A scenario that cannot be used; each of ``complaints`` says where, what, and what to do instead."""

    def __init__(self, complaints: Iterable[str]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("\n".join(self.complaints))


@attrs.frozen
class Scenario:
    """Rules for worlds, and faults of the cloud around them, which ``build_cloud(scenario=...)`` puts in force."""

    name: str
    description: str
    script: Script
    faults: tuple[Fault, ...] = ()

    @property
    def document(self) -> Mapping[str, Json]:
        """What a running world takes: the sections but description and faults, as plain JSON."""
        return self.script.document

    def apply(self, settings: WorldSettings) -> WorldSettings:
        """The settings of a world in which this happens; any earlier scenario is replaced."""
        return attrs.evolve(settings, script=self.script)


def parse(document: object, name: str = "scenario") -> Scenario:
    """The scenario that plain data, a mapping of sections, describes. Raises :class:`ScenarioError`."""
    try:
        data = json.loads(json.dumps(document, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise ScenarioError([f"a scenario is plain JSON data: {error}"]) from error
    return _checked(data, name, str)


def load(name_or_path: str | FilePath) -> Scenario:
    """The scenario of this name in the library, or in this file of YAML. Raises :class:`ScenarioError`."""
    source, text = read_text(name_or_path)
    try:
        located = read(text)
    except ReadingError as error:
        raise ScenarioError([f"{source}:{error.line}: {Complaint(error.path, str(error))}"]) from error
    return _checked(
        located.data, str(name_or_path), lambda complaint: f"{source}:{located.line(complaint.path)}: {complaint}"
    )


def load_from_library(name: str) -> Scenario:
    """The scenario of this name in the library; never a file. Raises :class:`ScenarioError`."""
    if name not in names():
        raise ScenarioError([f"there is no scenario {name!r}; {similar(name, names())}"])
    return load(name)


def names() -> Sequence[str]:
    """The scenarios that come with the mock."""
    return sorted(entry.name.removesuffix(".yaml") for entry in _library().iterdir() if entry.name.endswith(".yaml"))


def read_text(name_or_path: str | FilePath) -> tuple[str, str]:
    """(what to call it in complaints, the YAML) of a scenario. Raises :class:`ScenarioError`."""
    name = str(name_or_path)
    if name in names():
        return f"{name}.yaml", _library().joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    path = FilePath(name)
    if not (isinstance(name_or_path, FilePath) or path.suffix in _SUFFIXES or path.is_file()):
        raise ScenarioError([f"there is no scenario {name!r}; {similar(name, names())}; or name a .yaml file"])
    try:
        return name, path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError([f"{name}: cannot read the file: {getattr(error, 'strerror', None) or error}"]) from error


def _checked(data: Json, name: str, word: Callable[[Complaint], str]) -> Scenario:
    found = complaints(data)
    if found:
        raise ScenarioError(map(word, found))
    document = cast(Mapping[str, Json], data)
    try:
        script = parse_document(document)
    except DocumentError as error:
        raise ScenarioError([word(Complaint(error.path, str(error)))]) from error
    return Scenario(name, str(document.get("description") or ""), script, _faults(document.get("faults", ()), word))


def _faults(section: object, word: Callable[[Complaint], str]) -> tuple[Fault, ...]:
    try:
        return parse_all(section, _known())
    except FaultError as error:
        where, _, text = str(error).partition(": ")
        raise ScenarioError([word(Complaint(_path(where), text))]) from error


def _path(text: str) -> Path:
    """``faults[0].kind`` as a path."""
    return tuple(int(step) if step.isdecimal() else step for step in re.findall(r"[^.\[\]]+", text))


@cache
def _known() -> Known:
    return known_operations(Document(contract.load().openapi))


def _library() -> Traversable:
    return resources.files("qarnot_mock.scenario").joinpath("library")
