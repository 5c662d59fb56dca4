"""Which fault strikes an exchange: a pure decision on the faults in force, the exchange, and what was counted so far.

Chance is drawn from the seed, the fault and the place in its count, so the same requests meet the same faults.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import attrs

from qarnot_mock.faults.fault import Fault
from qarnot_mock.sim.commands import Instant


@attrs.frozen
class Occasion:
    """An exchange that a fault may strike. ``tenant`` is a digest, empty where nobody that is known asks."""

    service: str
    operation: str
    tenant: str
    at: Instant
    exchange: int


@attrs.frozen
class InForce:
    """A fault in force: its number, who put it there (a tenant's digest; None: the administrator), and its counts.

    ``seen`` counts the exchanges that fitted, by tenant; ``hits`` those that were struck.
    """

    number: int
    fault: Fault
    owner: str | None = None
    seen: tuple[tuple[str, int], ...] = ()
    hits: int = 0

    def fits(self, occasion: Occasion) -> bool:
        """Whether it is about such exchanges at all, whatever their place in the count."""
        fault = self.fault
        return (
            fault.concerns(occasion.service, occasion.operation)
            and self.owner in (None, occasion.tenant)
            and fault.tenant in (None, occasion.tenant)
            and (fault.since is None or occasion.at >= fault.since)
            and (fault.until is None or occasion.at < fault.until)
        )

    def count(self, tenant: str) -> int:
        """How many exchanges of a tenant have fitted so far."""
        return dict(self.seen).get(tenant, 0)


def decide(plan: Sequence[InForce], occasion: Occasion, seed: int) -> tuple[InForce | None, tuple[InForce, ...]]:
    """The first fault that strikes, or None; and the plan with this exchange counted.

    Every fault that fits counts the exchange, also behind one that strikes: the order in which faults were put in force
    does not change what each of them is about.
    """
    struck: InForce | None = None
    after: list[InForce] = []
    for one in plan:
        if not one.fits(occasion):
            after.append(one)
            continue
        ordinal = one.count(occasion.tenant) + 1
        counted = attrs.evolve(one, seen=tuple({**dict(one.seen), occasion.tenant: ordinal}.items()))
        if struck is None and _strikes(counted, ordinal, occasion, seed):
            counted = struck = attrs.evolve(counted, hits=counted.hits + 1)
        after.append(counted)
    return struck, tuple(after)


def _strikes(one: InForce, ordinal: int, occasion: Occasion, seed: int) -> bool:
    fault = one.fault
    if fault.times is not None and one.hits >= fault.times:
        return False
    if fault.exchanges and occasion.exchange not in fault.exchanges:
        return False
    counted = bool(fault.ordinals or fault.every)
    due = ordinal in fault.ordinals or (fault.every is not None and ordinal % fault.every == 0)
    if counted and not due:
        return False
    return fault.probability >= 1 or _chance(seed, one.number, occasion.tenant, ordinal) < fault.probability


def _chance(seed: int, number: int, tenant: str, ordinal: int) -> float:
    """A number from 0 up to 1, the same in every process."""
    text = f"fault\0{seed}\0{number}\0{tenant}\0{ordinal}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7]) / 2**56
