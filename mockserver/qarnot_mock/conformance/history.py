"""Follows one object through everything that is seen of it and done to it, and holds that to its lifecycle.

Pure; built on ``lifecycle_check`` alone, so it can judge the mock and a real cloud alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from qarnot_mock.conformance.lifecycle_check import Call, Finding, Table, check_calls, check_record, check_states

GONE = "Gone"


def _initial(self: History) -> list[str]:
    return [self.table["initial"]]


@attrs.define
class History:
    """The states of one object since its creation; ``belongs_to`` are the kinds of objects that it is part of.

    ``called`` are the operations that succeeded since it was last seen.
    """

    table: Table = attrs.field(repr=False)
    belongs_to: tuple[str, ...] = ()
    states: list[str] = attrs.field(default=attrs.Factory(_initial, takes_self=True))
    called: set[str] = attrs.field(factory=set)

    @property
    def state(self) -> str:
        """As it was last seen."""
        return self.states[-1]

    @property
    def gone(self) -> bool:
        """Whether it was last seen to be no more."""
        return self.state == GONE

    @property
    def ended(self) -> bool:
        """Whether it was last seen in a terminal state."""
        return self.state in self.table["groups"]["terminal"]

    def see(self, record: Mapping[str, Any] | None) -> list[Finding]:
        """Judge what is read now: its record, or None for a 404."""
        state = GONE if record is None else str(record.get("state"))
        findings = [] if record is None else check_record(self.table, record)
        before = str((record or {}).get("previousState") or self.state)
        between = [before] if state != self.state else []
        passed = [self.state, *between, state]
        findings += check_states(self.table, passed, called=self.called, belongs_to=self.belongs_to)
        self.states.append(state)
        self.called = set()
        return findings

    def did(self, operation: str, status: int, record: Mapping[str, Any] | None) -> list[Finding]:
        """Judge an operation called since it was last seen, and what is read right after it."""
        before = self.state
        if 200 <= status < 300:
            self.called.add(operation)
        findings = self.see(record)
        return findings + check_calls(self.table, [Call(operation, status, before, self.state)])
