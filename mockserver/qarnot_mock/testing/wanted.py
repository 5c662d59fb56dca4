"""What the markers of a test ask its cloud to be: read, checked, and turned into what builds clouds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from qarnot_mock import scenario as scenarios
from qarnot_mock.clock import Clock
from qarnot_mock.cloud import Cloud
from qarnot_mock.executors.base import Executor
from qarnot_mock.executors.choose import ANNOUNCEMENTS, executor_factory
from qarnot_mock.faults import Fault
from qarnot_mock.scenario import Scenario, ScenarioError
from qarnot_mock.sim.settings import WorldSettings


class UnknownWord(ValueError):
    """A marker asks for something that is not there."""


@attrs.frozen
class Wanted:
    """The words of ``@pytest.mark.qarnot``; ``faults`` come on top of those of the scenario."""

    seed: int = 0
    world: WorldSettings | None = None
    scenario: Scenario | None = None
    faults: Sequence[Fault] = ()
    executor: str = "simulated"

    def make_executor(self) -> Callable[[Clock], Executor] | None:
        """What makes the executor of an account; None when instances are simulated."""
        return executor_factory(self.executor)

    def put_faults(self, cloud: Cloud) -> None:
        """Put the faults in force."""
        for fault in self.faults:
            cloud.faults.add(fault)


def wanted(marks: Iterable[tuple[Sequence[object], Mapping[str, Any]]]) -> Wanted:
    """What markers ask for together, given as their arguments, the nearest first. Raises :class:`UnknownWord`."""
    known = attrs.fields_dict(Wanted)
    words: dict[str, Any] = {}
    for unnamed, named in marks:
        unknown = [*map(repr, unnamed), *(name for name in named if name not in known)]
        if unknown:
            raise UnknownWord(f"@pytest.mark.qarnot knows {', '.join(known)}, not {', '.join(unknown)}")
        words = {**named, **words}
    if words.get("executor", "simulated") not in ANNOUNCEMENTS:
        raise UnknownWord(f"@pytest.mark.qarnot, executor: {words['executor']!r} is none of {', '.join(ANNOUNCEMENTS)}")
    if words.get("scenario") is not None:
        words["scenario"] = _scenario(words["scenario"])
    if words.get("faults"):
        words["faults"] = _scenario({"faults": list(words["faults"])}).faults
    return Wanted(**words)


def _scenario(given: Scenario | str | Path | Mapping[str, Any]) -> Scenario:
    if isinstance(given, Scenario):
        return given
    try:
        return scenarios.load(given) if isinstance(given, str | Path) else scenarios.parse(given, "marker")
    except ScenarioError as error:
        raise UnknownWord(f"@pytest.mark.qarnot: {error}") from error
