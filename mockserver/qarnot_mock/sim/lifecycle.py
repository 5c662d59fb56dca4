"""The lifecycle engine: looks transitions and permissions up in the tables of ``spec/lifecycles.yaml``, or refuses.

It knows no state by name. What moves an object, and when, is the business of its callers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, cast

import attrs

from qarnot_mock.sim.commands import Json, Refusal


class IllegalTransition(Exception):
    """A caller asked for a move that the table does not have: a bug of the simulation, never of a client."""


@attrs.frozen
class RefusalRule:
    """The answer to an operation that the state, or a condition, does not allow."""

    status: int
    shape: Literal["message", "problem"]
    message: str

    def refusal(self, name: str, state: str) -> Refusal:
        """The exception, with the object's id and state filled in."""
        return Refusal(self.status, self.message.format(id=name, state=state), shape=self.shape)


@attrs.frozen
class Operation:
    """Where one operation is legal, and what it answers elsewhere."""

    legal: frozenset[str]
    refusal: RefusalRule | None
    unmet: RefusalRule | None


@attrs.frozen
class Lifecycle:
    """One lifecycle, indexed for look-ups."""

    kind: str
    initial: str
    groups: Mapping[str, frozenset[str]]
    moves: Mapping[tuple[str, str], str]  # (state, trigger) -> state; for lifecycles whose triggers are unambiguous
    pairs: frozenset[tuple[str, str]]
    operations: Mapping[str, Operation]

    @classmethod
    def from_table(cls, kind: str, table: Mapping[str, Json]) -> Lifecycle:
        """Index the table of one kind of object, as ``spec/lifecycles.yaml`` holds it."""
        steps = [
            (origin, cast(str, row["trigger"]), cast(str, row["to"]))
            for row in cast(Sequence[Mapping[str, Json]], table["transitions"])
            for origin in cast(Sequence[str], row["from"])
        ]
        groups = cast(Mapping[str, Sequence[str]], table["groups"])
        operations = cast(Mapping[str, Mapping[str, Json]], table["operations"])
        return cls(
            kind,
            cast(str, table["initial"]),
            {name: frozenset(states) for name, states in groups.items()},
            {(origin, trigger): state for origin, trigger, state in steps},
            frozenset((origin, state) for origin, _, state in steps),
            {name: _operation(row) for name, row in operations.items()},
        )

    def fire(self, state: str, trigger: str) -> str:
        """The state that a trigger leads to."""
        try:
            return self.moves[state, trigger]
        except KeyError:
            allowed = sorted(name for origin, name in self.moves if origin == state)
            raise IllegalTransition(
                f"{self.kind}: {trigger!r} is not possible in state {state!r}; possible: {allowed}"
            ) from None

    def move(self, state: str, target: str) -> str:
        """``target``, when a derived state may follow ``state``."""
        if (state, target) not in self.pairs:
            allowed = sorted(to for origin, to in self.pairs if origin == state)
            raise IllegalTransition(f"{self.kind}: {state!r} cannot become {target!r}; it can become {allowed}")
        return target

    def permit(self, operation: str, state: str, name: str) -> None:
        """Raises the table's refusal when ``operation`` is illegal in ``state``; ``name`` is the object's id."""
        row = self.operations[operation]
        if state not in row.legal:
            assert row.refusal is not None, f"{operation} has no refusal for state {state}"
            raise row.refusal.refusal(name, state)

    def unmet(self, operation: str, state: str, name: str) -> Refusal:
        """The refusal of an operation that is legal in ``state`` but whose condition does not hold."""
        rule = self.operations[operation].unmet
        assert rule is not None, f"{operation} has no condition"
        return rule.refusal(name, state)

    def among(self, state: str, group: str) -> bool:
        """Whether a state belongs to one of the table's groups."""
        return state in self.groups[group]


def _operation(row: Mapping[str, Json]) -> Operation:
    return Operation(frozenset(cast(Sequence[str], row["legal"])), _rule(row.get("refusal")), _rule(row.get("unmet")))


def _rule(row: Json) -> RefusalRule | None:
    if row is None:
        return None
    fields = cast(Mapping[str, Json], row)
    return RefusalRule(
        cast(int, fields["status"]),
        cast(Literal["message", "problem"], fields["shape"]),
        cast(str, fields["message"]),
    )
