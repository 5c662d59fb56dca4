"""What instances are going to do: rules, and the one pure function that draws from them for one run of one instance.

Rules are immutable data, read from a scenario by ``script_document``; here nothing is read, written or remembered.
Of the rules of a section, the first that fits and has something to say decides.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Literal

import attrs

from qarnot_mock.sim.chance import Distribution, unit
from qarnot_mock.sim.commands import Json
from qarnot_mock.sim.nodes import NodeKind
from qarnot_mock.sim.ranges import MAXIMUM_INSTANCES, RangeError, RangeLengthError, parse

INSTANCE_PHASES = ("dispatch", "download", "environment", "execution", "upload", "shutdown")
"""Phases of a run, drawn when it gets its node; the other durations belong to a task, a pool or a job as a whole."""

CONSTANTS: Mapping[str, str] = {
    "MOCK_DURATION": "seconds of execution of each instance (default 1)",
    "MOCK_EXIT_CODE": "exit code of the command (default 0); another one fails the instance",
    "MOCK_OUTCOME": "what happens to each instance, e.g. `node-lost`, or `node-lost:1-2` for attempts 1 and 2 only",
    "MOCK_STDOUT": "what each instance prints to stdout when its execution ends",
    "MOCK_STDERR": "the same for stderr",
    "MOCK_RESULTS": "a JSON object of path to text: the files each instance leaves in the results directory",
}
"""The constants by which a task asks for an outcome itself. What a task asks for, a scenario does not decide."""


def _no_durations() -> Mapping[str, float]:
    return {}


@attrs.frozen
class Facts:
    """What rules may choose by. ``instance`` and ``attempt`` (from 1) are None for what concerns a whole object."""

    seed: int
    tenant: str
    kind: str
    uuid: str
    name: str = ""
    shortname: str = ""
    profile: str = ""
    scheduling: str = "flex"
    tags: tuple[str, ...] = ()
    instance: int | None = None
    attempt: int | None = None

    def chance(self, purpose: str, each: str = "attempt") -> float:
        """A number between 0 and 1, drawn anew for each attempt, each instance or each task."""
        instance = None if each == "task" else self.instance
        attempt = self.attempt if each == "attempt" else None
        return unit(self.seed, self.tenant, self.uuid, instance, attempt, purpose)


@attrs.frozen
class Selector:
    """Which runs a rule is about. Patterns are globs, case counts, one of several suffices; empty means any."""

    patterns: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    instances: Collection[int] | None = None
    attempts: Collection[int] | None = None

    def fits(self, facts: Facts) -> bool:
        """Whether a rule with this selector speaks of these facts."""
        if self.instances is not None and facts.instance not in self.instances:
            return False
        if self.attempts is not None and facts.attempt not in self.attempts:
            return False
        return all(_any_fits(_VALUES[key](facts), globs) for key, globs in self.patterns.items())


def _any_fits(values: Iterable[str], globs: Sequence[str]) -> bool:
    return any(fnmatchcase(value, glob) for value in values for glob in globs)


_VALUES: Mapping[str, Callable[[Facts], Iterable[str]]] = {
    "kind": lambda facts: (facts.kind,),
    "name": lambda facts: (facts.name,),
    "shortname": lambda facts: (facts.shortname,),
    "profile": lambda facts: (facts.profile,),
    "scheduling": lambda facts: (facts.scheduling,),
    "tag": lambda facts: facts.tags,
}
ANYTHING = Selector()


@attrs.frozen
class DurationRule:
    """How long phases last."""

    selector: Selector
    phases: Mapping[str, Distribution]


@attrs.frozen
class Ending:
    """How a run ends when it does not simply succeed: what happens, in which phase, how far into it (0 to 1).

    ``code`` and ``message`` are about exits, ``factor`` about a slow upload, ``seconds`` about a dispatch that is stuck
    for so long (None: for ever).
    """

    happens: str
    phase: str = "execution"
    at: float = 1.0
    code: int = 1
    message: str = ""
    factor: float = 10.0
    seconds: float | None = None


@attrs.frozen
class OutcomeRule:
    """What happens to some part of all runs; the part is drawn for ``each`` attempt, instance or task."""

    selector: Selector
    ending: Ending
    probability: float = 1.0
    each: str = "attempt"


@attrs.frozen
class OutputRule:
    """What a command prints, line by line, evenly over its execution. None: nothing is said of that stream."""

    selector: Selector
    stdout: str | None = None
    stderr: str | None = None


@attrs.frozen
class ResultsRule:
    """Which files a command leaves: path to text, both templates, or to a number of bytes of whatever."""

    selector: Selector
    files: Mapping[str, str | int]


@attrs.frozen
class Script:
    """A whole scenario as the simulation uses it. ``document`` is the plain JSON that it was read from.

    ``capacity``, ``quotas`` (under the names of :class:`~qarnot_mock.sim.settings.Quotas`) and ``credits`` replace what
    the settings of the world say, where they are given.
    """

    document: Mapping[str, Json] = attrs.field(factory=dict)
    durations: tuple[DurationRule, ...] = ()
    outcomes: tuple[OutcomeRule, ...] = ()
    output: tuple[OutputRule, ...] = ()
    results: tuple[ResultsRule, ...] = ()
    capacity: tuple[NodeKind, ...] | None = None
    quotas: Mapping[str, int] | None = None
    credits: float | None = None

    @property
    def about_runs(self) -> bool:
        """Whether any rule could say something of a run."""
        return bool(self.durations or self.outcomes or self.output or self.results)


NO_SCRIPT = Script()


@attrs.frozen
class InstanceScript:
    """What one run of one instance does, as far as anybody said; drawn once, when the run begins.

    ``durations`` are seconds by phase. ``ending`` is None for a command that decides by itself, ``files`` None when
    nothing is said of results.
    """

    durations: Mapping[str, float] = attrs.field(factory=_no_durations)
    ending: Ending | None = None
    stdout: str | None = None
    stderr: str | None = None
    files: Mapping[str, str | int] | None = None


UNSCRIPTED = InstanceScript()
SUCCESS = "success"
HAPPENINGS: Mapping[str, Ending] = {
    "exit": Ending("exit"),
    "out-of-memory": Ending("out-of-memory", at=0.5, code=137),
    "node-lost": Ending("node-lost", at=0.5),
    "preempted": Ending("preempted", at=0.5),
    "stuck-in-dispatch": Ending("stuck-in-dispatch", "dispatch"),
    "slow-upload": Ending("slow-upload", "upload"),
    "upload-failed": Ending("upload-failed", "upload"),
    SUCCESS: Ending(SUCCESS),
}
"""Everything that can happen to a run, as it does when nothing more is said."""


def seconds(rules: Sequence[DurationRule], facts: Facts, phase: str) -> float | None:
    """How long a phase lasts; None when no rule says so."""
    for rule in rules:
        if phase in rule.phases and rule.selector.fits(facts):
            return rule.phases[phase].at(facts.chance(phase))
    return None


def outcome(script: Script, facts: Facts, constants: Mapping[str, str]) -> InstanceScript:
    """What a run is going to do. ``constants`` are those of its task: what they ask for is left to them.

    Of the instance of a pool only the phases are decided: it runs no command, and tasks are lost, not pools.
    """
    if not (script.about_runs or "MOCK_OUTCOME" in constants):
        return UNSCRIPTED
    durations = dict(_durations(script.durations, facts))
    if facts.kind == "pool":
        return InstanceScript(durations)
    return InstanceScript(
        durations,
        _ending(script.outcomes, facts, constants),
        _printed(script.output, facts, "stdout"),
        _printed(script.output, facts, "stderr"),
        next((rule.files for rule in script.results if rule.selector.fits(facts)), None),
    )


def asked_outcome(text: str) -> tuple[Ending, Collection[int] | None]:
    """MOCK_OUTCOME: what happens, and to which attempts (None: to all). Raises ``ValueError``."""
    name, _, attempts = text.partition(":")
    if name not in HAPPENINGS or (":" in text and not attempts):
        raise ValueError(f"{text!r} is none of {', '.join(HAPPENINGS)}, each optionally with attempts such as :1-2")
    return HAPPENINGS[name], numbers(attempts) if attempts else None


def numbers(text: str) -> Collection[int]:
    """The set that a text such as ``0-9,12`` names. Raises ``ValueError``."""
    try:
        return frozenset(parse(text))
    except RangeLengthError:
        raise ValueError(f"{text!r} holds more than {MAXIMUM_INSTANCES} numbers") from None
    except RangeError as error:
        raise ValueError(f"{text!r} is no list of numbers and ranges such as 0-9,12: {error}") from None


def _durations(rules: Sequence[DurationRule], facts: Facts) -> Iterator[tuple[str, float]]:
    for phase in INSTANCE_PHASES:
        drawn = seconds(rules, facts, phase)
        if drawn is not None:
            yield phase, drawn


def _ending(rules: Sequence[OutcomeRule], facts: Facts, constants: Mapping[str, str]) -> Ending | None:
    if "MOCK_OUTCOME" in constants:
        ending, attempts = asked_outcome(constants["MOCK_OUTCOME"])
        return _or_none(ending) if attempts is None or facts.attempt in attempts else None
    if "MOCK_EXIT_CODE" in constants:
        return None
    for number, rule in enumerate(rules):
        if rule.selector.fits(facts) and facts.chance(f"outcome {number}", rule.each) < rule.probability:
            return _or_none(rule.ending)
    return None


def _or_none(ending: Ending) -> Ending | None:
    return None if ending.happens == SUCCESS else ending


def _printed(rules: Sequence[OutputRule], facts: Facts, stream: Literal["stdout", "stderr"]) -> str | None:
    texts = (getattr(rule, stream) for rule in rules if rule.selector.fits(facts))
    return next((text for text in texts if text is not None), None)
