"""What an instance needs of the cloud: a scheduling type, and one of the nodes that could ever run it.

Instances of equal demand are the same to the scheduler: when the first of them finds no node, none does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import attrs

from qarnot_mock.sim.commands import Json
from qarnot_mock.sim.nodes import Constraint, Fleet, NodeKind, meets


@attrs.frozen(cache_hash=True)
class Demand:
    """``kind`` says whether it is a ``task`` or a ``pool`` that needs it.

    ``nodes`` are indexes, in the order in which they are tried; without any it can never be met.
    """

    kind: str
    scheduling: str
    nodes: tuple[int, ...]


def demand(kind: str, definition: Mapping[str, Json], fleet: Fleet) -> Demand:
    """The demand of each instance of a task or a pool of this definition."""
    return Demand(kind, scheduling_of(definition), tuple(_nodes(fleet, definition)))


def scheduling_of(definition: Mapping[str, Json]) -> str:
    """The scheduling type in lower case; flex when none is given (reference 3.3)."""
    return str(definition.get("schedulingType") or "flex").lower()


def reserves(kind: NodeKind, definition: Mapping[str, Json]) -> bool:
    """Whether nodes of this kind are for this definition, whatever it needs of them (reference 3.3, 7.5).

    Reserved nodes are for reserved tasks only, which choose by name, by machine, by both or, assumed, by neither.
    """
    if not kind.reservation or scheduling_of(definition) != "reserved":
        return not kind.reservation and scheduling_of(definition) != "reserved"
    name, key = definition.get("targetedReservationName"), definition.get("targetedReservedMachineKey")
    return (not name or name == kind.reservation) and (not key or key == kind.specification_key)


def _nodes(fleet: Fleet, definition: Mapping[str, Json]) -> Iterator[int]:
    constraints = cast(Sequence[Constraint], definition.get("hardwareConstraints") or ())
    for kind, indexes in fleet:
        if reserves(kind, definition) and meets(kind, constraints):
            yield from indexes
