"""Documented module ``dependency``: what a task of a job waits for, and how far that is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Self

from attrs import field, frozen

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.wire_values import many, text, texts
from qarnot_hl._core.wired import FrozenWired, keyed

__all__ = [
    "AdvancedDependency",
    "AdvancedDependencyOutput",
    "DependencyState",
    "DependencyStateConditionsFulfilled",
    "DependencyStateConditionsNotFulfilled",
    "DependencyStateWaiting",
    "TaskDependencies",
    "TaskFinalState",
    "TaskFinalStateCancelled",
    "TaskFinalStateFailure",
    "TaskFinalStateSuccess",
]


class _Word:
    """One of a set of words. Equal when the words are, in any letter case; one that is not known is kept."""

    value: ClassVar[str] = ""

    @classmethod
    def from_string(cls, value: str | None) -> Self | None:
        """The kind of that word in any letter case; None for None."""
        if value is None:
            return None
        for kind in cls.__subclasses__():
            if kind.value.lower() == value.lower():
                return kind()
        unknown = cls()
        unknown.__dict__["value"] = value
        return unknown

    def __eq__(self, other: object) -> bool:
        """Whether the words are equal."""
        same_set = isinstance(other, _Word) and type(self)._set() is type(other)._set()
        return same_set and self.value.lower() == other.value.lower() if isinstance(other, _Word) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.value.lower())

    def __str__(self) -> str:
        """The word."""
        return self.value

    def __repr__(self) -> str:
        """The word as an expression."""
        return f"{type(self)._set().__name__}.from_string({self.value!r})"

    @classmethod
    def _set(cls) -> type[_Word]:
        return next(kind for kind in (DependencyState, TaskFinalState) if issubclass(cls, kind))


class TaskFinalState(_Word):
    """How a task has to end, or has ended."""

    def __lt__(self, other: TaskFinalState) -> bool:
        """Alphabetically."""
        return self.value < other.value


class TaskFinalStateSuccess(TaskFinalState):
    """In success."""

    value: ClassVar[str] = "success"


class TaskFinalStateFailure(TaskFinalState):
    """In failure."""

    value: ClassVar[str] = "failure"


class TaskFinalStateCancelled(TaskFinalState):
    """Cancelled."""

    value: ClassVar[str] = "cancelled"


class DependencyState(_Word):
    """How far a dependency is."""


class DependencyStateWaiting(DependencyState):
    """The other task has not ended."""

    value: ClassVar[str] = "waiting"


class DependencyStateConditionsFulfilled(DependencyState):
    """The other task has ended as it had to."""

    value: ClassVar[str] = "dependencyConditionsFulfilled"


class DependencyStateConditionsNotFulfilled(DependencyState):
    """The other task has ended otherwise."""

    value: ClassVar[str] = "dependencyConditionsNotFulfilled"


def _sorted(states: Iterable[TaskFinalState] | None) -> list[TaskFinalState] | None:
    return sorted(states) if states else None


def _read_states(value: Json) -> list[TaskFinalState] | None:
    return [state for word in texts(value) if (state := TaskFinalState.from_string(word))] or None


def _write_states(states: list[TaskFinalState] | None) -> Json:
    return None if states is None else [state.value for state in states]


def _final_state(value: Json) -> TaskFinalState | None:
    return TaskFinalState.from_string(text(value))


def _state(value: Json) -> DependencyState | None:
    return DependencyState.from_string(text(value))


@frozen
class AdvancedDependency(FrozenWired):
    """Wait for a task of the same job to end in one of these states; None: in whichever."""

    task_uuid: str = field(metadata=keyed("taskUuid"))
    task_final_state_condition: list[TaskFinalState] | None = field(
        default=None,
        converter=_sorted,
        hash=False,
        metadata=keyed("taskFinalStateCondition", read=_read_states, write=_write_states),
    )

    @classmethod
    def from_json(cls, json: JsonObject) -> AdvancedDependency:
        """Reads the wire form."""
        return cls._read(json)

    def to_json(self) -> dict[str, Json]:
        """The wire form."""
        return self._write()


@frozen
class AdvancedDependencyOutput(FrozenWired):
    """The same as the server shows it: with ``state``, and how the other task has ended."""

    task_uuid: str = field(metadata=keyed("taskUuid"))
    task_final_state_condition: list[TaskFinalState] | None = field(
        hash=False, metadata=keyed("taskFinalStateCondition", read=_read_states)
    )
    state: DependencyState | None = field(metadata=keyed("state", read=_state))
    actual_final_state: TaskFinalState | None = field(
        default=None, metadata=keyed("actualFinalState", read=_final_state)
    )

    @classmethod
    def from_json(cls, json: JsonObject) -> AdvancedDependencyOutput:
        """Reads the wire form."""
        return cls._read(json)


@frozen
class TaskDependencies(FrozenWired):
    """What a task waits for: ``depends_on`` are uuids; ``state`` is that of all together, None when not known."""

    depends_on: list[str] = field(factory=list, hash=False, metadata=keyed("dependsOn", read=texts))
    advanced_depends_on: list[AdvancedDependencyOutput] = field(
        factory=list, hash=False, metadata=keyed("advancedDependsOn", read=many(AdvancedDependencyOutput.from_json))
    )
    state: DependencyState | None = field(default=None, metadata=keyed("state", read=_state))

    @classmethod
    def from_json(cls, json: JsonObject | None) -> TaskDependencies | None:
        """Reads the wire form; None for null."""
        return None if json is None else cls._read(json)
