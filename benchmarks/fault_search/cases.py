"""The faults to try: which variants there are, and at which exchanges of a workflow. Pure."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence

import attrs

from qarnot_mock.faults.kinds import KINDS
from qarnot_mock.faults.reach import Known
from qarnot_mock.sim.commands import Json

NEAR = 3
"""Two faults are near each other when no more than so many exchanges lie between the first and the second."""


@attrs.frozen(order=True)
class Variant:
    """One way in which an exchange can go wrong."""

    kind: str
    options: tuple[tuple[str, Json], ...] = ()

    def at(self, exchange: int) -> dict[str, Json]:
        """The fault that strikes one exchange so."""
        return {"kind": self.kind, "exchange": exchange, **dict(self.options)}

    def __str__(self) -> str:
        return " ".join([self.kind, *(f"{key}={value}" for key, value in self.options)])


Place = tuple[str, str]
"""What an exchange is: its service and its operation."""


def variants(place: Place, known: Known) -> list[Variant]:
    """All that can go wrong with an exchange: each kind that can change it, before and after the effect."""
    service, operation = place
    found = []
    for kind in KINDS.values():
        if service not in kind.services or operation in known.barred(kind):
            continue
        if kind.operations and operation not in kind.operations:
            continue
        moments: Sequence[tuple[tuple[str, Json], ...]] = [()]
        if "when" in kind.options:
            moments = [(("when", "before"),), (("when", "after"),)]
        found += [Variant(kind.name, moment) for moment in moments]
        if "retry_after" in kind.options:
            waits = (("retry_after", 3),)
            found += [Variant(kind.name, waits), Variant(kind.name, (*waits, ("retry_after_form", "date")))]
    return found


Case = tuple[tuple[int, Variant], ...]
"""Exchanges, counted from the first of a workflow, and how each goes wrong."""


@attrs.frozen
class Grid:
    """What can go wrong in a workflow: the variants of each exchange of an undisturbed run, in their order."""

    variants: tuple[tuple[Variant, ...], ...]

    @classmethod
    def of(cls, places: Sequence[Place], known: Known) -> Grid:
        """The grid of a run."""
        return cls(tuple(tuple(variants(place, known)) for place in places))

    def singles(self) -> list[Case]:
        """Every variant at every exchange."""
        return [((place, variant),) for place, found in enumerate(self.variants) for variant in found]

    def near_pairs(self) -> Iterator[Case]:
        """All pairs of faults at exchanges that are near each other."""
        for first, found in enumerate(self.variants):
            for second in range(first + 1, min(first + NEAR, len(self.variants) - 1) + 1):
                for one, other in itertools.product(found, self.variants[second]):
                    yield (first, one), (second, other)

    def far_pairs(self, count: int, seed: int) -> list[Case]:
        """A sample of the pairs that are not near each other, drawn exchange by exchange."""
        chance, found = random.Random(seed), set[Case]()
        numbers = range(len(self.variants))
        places = [(first, second) for first in numbers for second in numbers if second > first + NEAR]
        most = sum(len(self.variants[first]) * len(self.variants[second]) for first, second in places)
        while len(found) < min(count, most):
            first, second = chance.choice(places)
            found.add(tuple((place, chance.choice(self.variants[place])) for place in (first, second)))
        return sorted(found)
