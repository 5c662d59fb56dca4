"""From the plain JSON of a scenario to the rules of a :class:`~qarnot_mock.sim.script.Script`.

The shape is taken for granted: ``qarnot_mock.scenario`` has checked it. What a schema cannot say is checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from qarnot_mock.sim.chance import Distribution
from qarnot_mock.sim.commands import Json
from qarnot_mock.sim.nodes import DEFAULT_NODES, NodeKind
from qarnot_mock.sim.script import (
    ANYTHING,
    HAPPENINGS,
    INSTANCE_PHASES,
    DurationRule,
    Ending,
    OutcomeRule,
    OutputRule,
    ResultsRule,
    Script,
    Selector,
    numbers,
)
from qarnot_mock.sim.settings import Quotas

Path = tuple[str | int, ...]
Row = Mapping[str, Any]

SECTIONS = ("durations", "outcomes", "output", "results", "capacity", "quotas", "credits")
"""What a scenario may say of a world, and what can be changed alone while it runs."""

TAKES: Mapping[str, frozenset[str]] = {
    "exit": frozenset({"code", "message", "at"}),
    "out-of-memory": frozenset({"message", "at"}),
    "node-lost": frozenset({"message", "at", "during"}),
    "preempted": frozenset({"at", "during"}),
    "stuck-in-dispatch": frozenset({"seconds"}),
    "slow-upload": frozenset({"factor"}),
    "upload-failed": frozenset({"message", "at"}),
    "success": frozenset(),
}
"""Which details each happening has."""

_DETAILS = frozenset().union(*TAKES.values())
_GLOBS = ("kind", "name", "shortname", "profile", "tag")
_MACHINE: Mapping[str, str] = {
    "specificationKey": "specification_key",
    "cpuModel": "cpu_model",
    "coreCount": "core_count",
    "memoryMB": "memory_mb",
    "maxFrequencyGHz": "max_frequency_ghz",
    "count": "count",
    "slots": "slots",
    "ssd": "ssd",
    "gpu": "gpu",
    "reservation": "reservation",
}
_NEEDED = ("cpuModel", "coreCount", "memoryMB")


class DocumentError(ValueError):
    """Something that makes no sense, at ``path`` in the document; the text says what to do."""

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(text)
        self.path = path


def quota_names() -> Mapping[str, str]:
    """The quotas of a scenario (the names of ``GET /info``), each with that of :class:`Quotas`."""
    return {_camel(field.name): field.name for field in attrs.fields(Quotas)}


def parse(document: Mapping[str, Json]) -> Script:
    """The rules of a scenario. Raises :class:`DocumentError`."""
    given = {name: read(document[name], (name,)) for name, read in _READ.items() if name in document}
    return Script(document={name: document[name] for name in document if name in SECTIONS}, **given)


def _durations(section: Any, path: Path) -> tuple[DurationRule, ...]:
    if isinstance(section, Mapping):
        return (_duration_rule(section, path),)
    return tuple(_duration_rule(row, (*path, number)) for number, row in enumerate(section))


def _duration_rule(row: Row, path: Path) -> DurationRule:
    selector = _selector(row, path)
    phases = {phase: _distribution(value, (*path, phase)) for phase, value in row.items() if phase != "for"}
    for phase in phases:
        if phase not in INSTANCE_PHASES and (selector.instances is not None or selector.attempts is not None):
            text = f"{phase} is about a whole object: move it to a rule without instances and attempts"
            raise DocumentError((*path, phase), text)
    return DurationRule(selector, phases)


def _distribution(given: Any, path: Path) -> Distribution:
    if not isinstance(given, Mapping):
        return Distribution("fixed", (float(given),))
    ((shape, details),) = given.items()
    if shape == "choice":
        return Distribution(shape, _weighted(details))
    if shape == "uniform":
        low, high = details
        if low > high:
            raise DocumentError((*path, shape), f"put the lower bound first: [{high}, {low}]")
        return Distribution(shape, (float(low), float(high)))
    return Distribution(shape, tuple(float(details[name]) for name in _PARAMETERS[shape]))


_PARAMETERS = {"normal": ("mean", "deviation"), "lognormal": ("median", "spread"), "exponential": ("mean",)}


def _weighted(options: Sequence[Any]) -> tuple[float, ...]:
    pairs = [(each["value"], each["weight"]) if isinstance(each, Mapping) else (each, 1) for each in options]
    return (*(float(value) for value, _ in pairs), *(float(weight) for _, weight in pairs))


def _outcomes(section: Any, path: Path) -> tuple[OutcomeRule, ...]:
    return tuple(_outcome_rule(row, (*path, number)) for number, row in enumerate(section))


def _outcome_rule(row: Row, path: Path) -> OutcomeRule:
    happens = row["happens"]
    for name in row:
        if name in _DETAILS and name not in TAKES[happens]:
            known = ", ".join(sorted(TAKES[happens])) or "no details"
            raise DocumentError((*path, name), f"{happens} takes {known}: remove {name}")
    if happens == "exit" and "code" not in row:
        raise DocumentError(path, "add code: the exit code of the command (0 to 255)")
    return OutcomeRule(
        _selector(row, path), _ending(row, path), row.get("probability", 1.0), row.get("each", "attempt")
    )


def _ending(row: Row, path: Path) -> Ending:
    given = {name: _whole(row[name]) for name in ("code", "message", "at", "factor", "seconds") if name in row}
    if "during" in row:
        if row["happens"] == "preempted" and row["during"] == "upload":
            raise DocumentError((*path, "during"), "who uploads keeps its node: say execution, or an earlier phase")
        given["phase"] = row["during"]
    return attrs.evolve(HAPPENINGS[row["happens"]], **given)


def _output(section: Any, path: Path) -> tuple[OutputRule, ...]:
    return tuple(
        OutputRule(_selector(row, (*path, number)), row.get("stdout"), row.get("stderr"))
        for number, row in enumerate(section)
    )


def _results(section: Any, path: Path) -> tuple[ResultsRule, ...]:
    return tuple(
        ResultsRule(
            _selector(row, (*path, number)), {name: _content(content) for name, content in row["files"].items()}
        )
        for number, row in enumerate(section)
    )


def _content(given: Any) -> str | int:
    return int(given["size"]) if isinstance(given, Mapping) else str(given)


def _selector(row: Row, path: Path) -> Selector:
    given = row.get("for")
    if not given:
        return ANYTHING
    if path[0] != "durations" and given.get("kind", "task") != "task":
        raise DocumentError((*path, "for", "kind"), f"{path[0]} are about tasks only: remove kind")
    patterns = {key: _texts(given[key]) for key in _GLOBS if key in given}
    if "scheduling" in given:
        patterns["scheduling"] = tuple(text.lower() for text in _texts(given["scheduling"]))
    sets = {key: _numbers(given[key], (*path, "for", key)) for key in ("instances", "attempts") if key in given}
    return Selector(patterns, **sets)


def _texts(given: Any) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _numbers(given: Any, path: Path) -> Any:
    try:
        return numbers(str(given))
    except ValueError as error:
        raise DocumentError(path, str(error)) from None


def _capacity(section: Any, path: Path) -> tuple[NodeKind, ...]:
    return tuple(_machine(row, (*path, number)) for number, row in enumerate(section))


def _machine(row: Row, path: Path) -> NodeKind:
    fields = {_MACHINE[name]: _whole(value) for name, value in row.items()}
    known = next((kind for kind in DEFAULT_NODES if kind.specification_key == row["specificationKey"]), None)
    if known is not None:
        return attrs.evolve(known, **{"count": 1, "reservation": "", **fields})
    missing = [name for name in _NEEDED if name not in row]
    if missing:
        keys = ", ".join(dict.fromkeys(kind.specification_key for kind in DEFAULT_NODES))
        text = f"{row['specificationKey']} is no machine of the catalogue ({keys}): add {', '.join(missing)}"
        raise DocumentError((*path, "specificationKey"), text)
    return NodeKind(**{"max_frequency_ghz": 3.0, **fields})


def _quotas(section: Any, path: Path) -> Mapping[str, int]:
    names = quota_names()
    return {names[name]: _whole(value) for name, value in section.items()}


def _whole(value: Any) -> Any:
    """A schema takes 5.0 for an integer; here it becomes one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _credits(section: Any, path: Path) -> float:
    return float(section)


_READ: Mapping[str, Callable[[Any, Path], Any]] = {
    "durations": _durations,
    "outcomes": _outcomes,
    "output": _output,
    "results": _results,
    "capacity": _capacity,
    "quotas": _quotas,
    "credits": _credits,
}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
