"""What is found of one exchange: how exact the request was, what is wrong with the answer, what it exercised. Data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from qarnot_mock.conformance.clients import OURS
from qarnot_mock.sim.commands import Json

EXACT, TOLERATED, VIOLATION = "exact", "tolerated", "violation"
BREACH = "breach"
EXPECTABLE = (TOLERATED, VIOLATION, BREACH)
"""What a test may expect: our own client needs a tolerance, a request violates the spec, an answer does."""

Fact = tuple[str, str]
"""Something exercised: an aspect (see ``coverage``) and what of it."""


def _texts(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(found)


def _pairs(found: Any) -> tuple[Fact, ...]:
    return tuple((str(aspect), str(item)) for aspect, item in found)


@attrs.frozen
class Verdict:
    """``request`` is exact, tolerated (by ``rules`` of ``tolerances.yaml``) or a violation (for ``reasons``).

    ``faults`` are what is wrong with the answer, ``findings`` what the lifecycles do not allow. ``operation`` is empty
    when the spec has none for the method and path.
    """

    operation: str
    method: str
    path: str
    status: int
    client: str
    request: str
    rules: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    reasons: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    faults: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    findings: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    facts: tuple[Fact, ...] = attrs.field(default=(), converter=_pairs, repr=False)

    def problems(self) -> Mapping[str, tuple[str, ...]]:
        """What a test must not let happen unless it says so, by the word (of :data:`EXPECTABLE`) that says it."""
        found = {
            VIOLATION: self.reasons,
            TOLERATED: self.rules if self.request == TOLERATED and self.client == OURS else (),
            BREACH: (*self.faults, *self.findings),
        }
        return {word: texts for word, texts in found.items() if texts}

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status} by {self.client} ({self.operation or 'no operation'})"

    def to_json(self) -> Mapping[str, Json]:
        """As plain data, for another process."""
        return attrs.asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Verdict:
        """What :meth:`to_json` gave."""
        return cls(**value)
