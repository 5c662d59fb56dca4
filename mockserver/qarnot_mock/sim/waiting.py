"""The instances that wait for a node, in lines of equal demand: a look at the head of a line speaks for all behind it.

Within a line those of one task stand together, and tasks as they came. Whoever has stopped waiting is not looked for:
it is found out when it reaches the head.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

import attrs

from qarnot_mock.sim.commands import Json
from qarnot_mock.sim.demand import Demand


class Place(NamedTuple):
    """One waiting instance of ``owner``, a task or a pool; ``number`` counts arrivals, ``version`` tells stale ones."""

    number: int
    owner: str
    instance: int
    version: int


Line = OrderedDict[str, deque[Place]]
"""By owner. Ordered, because the first of an ordinary dict is slow to find once many have left."""
Waits = Callable[[Place], bool]


@attrs.define
class WaitingRoom:
    """All lines. ``stirred`` says that somebody came, or that a node was given back, since it was last looked at."""

    lines: dict[Demand, Line] = attrs.Factory(dict)
    arrived: int = 0
    stirred: bool = False

    def join(self, demand: Demand, owner: str, instance: int, version: int) -> None:
        """An instance begins to wait, behind those of its demand."""
        self.arrived += 1
        place = Place(self.arrived, owner, instance, version)
        self._line_up(demand, place)
        self.stirred = True

    def first(self, demand: Demand, waits: Waits, owners: Iterable[str] | None = None) -> Place | None:
        """Who is to be served first in a line, of some owners or of all; those who do not wait any more leave it."""
        line = self.lines[demand]
        if owners is not None:
            heads = (_head(line, owner, waits) for owner in owners if owner in line)
            return next((place for place in heads if place is not None), None)
        while line:
            place = _head(line, next(iter(line)), waits)
            if place is not None:
                return place
        return None

    def regroup(self, demand_of: Callable[[str], Demand | None]) -> None:
        """Form the lines anew, by what each owner needs now; those without an owner leave. The order stays."""
        places = sorted(place for line in self.lines.values() for queue in line.values() for place in queue)
        self.lines = {}
        demands = {owner: demand_of(owner) for owner in dict.fromkeys(place.owner for place in places)}
        for place in places:
            demand = demands[place.owner]
            if demand is not None:
                self._line_up(demand, place)
        self.stirred = True

    def _line_up(self, demand: Demand, place: Place) -> None:
        self.lines.setdefault(demand, OrderedDict()).setdefault(place.owner, deque()).append(place)

    def tidy(self) -> None:
        """Forget lines in which nobody is left."""
        for demand in [demand for demand, line in self.lines.items() if not line]:
            del self.lines[demand]

    def dump(self) -> Json:
        """Who waits, in the order of arrival."""
        places = (place for line in self.lines.values() for queue in line.values() for place in queue)
        return {"arrived": self.arrived, "places": [list(place) for place in sorted(places)]}


def _head(line: Line, owner: str, waits: Waits) -> Place | None:
    queue = line[owner]
    while queue and not waits(queue[0]):
        queue.popleft()
    if not queue:
        del line[owner]
        return None
    return queue[0]
