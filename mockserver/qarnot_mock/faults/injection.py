"""Puts faults in force and between a cloud and those who ask it. The shell around ``plan``: it holds and it counts."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping

import attrs

from qarnot_mock.clock import to_iso
from qarnot_mock.faults.answers import FaultyAnswers, Scene
from qarnot_mock.faults.fault import Fault, parse
from qarnot_mock.faults.plan import InForce, Occasion, decide
from qarnot_mock.faults.reach import known_operations
from qarnot_mock.http.document import Document
from qarnot_mock.messages import Delivery, Request, Response
from qarnot_mock.sim.commands import Instant, Json

NEVER_SENT = 0
"""The status of an answer that does not exist, because the request never took effect and nothing is sent."""


@attrs.frozen
class Hit:
    """A fault that struck: its number and kind, and the exchange that it struck."""

    number: int
    kind: str
    occasion: Occasion

    def to_json(self) -> Mapping[str, Json]:
        """As plain data."""
        return {"number": self.number, "kind": self.kind, **attrs.asdict(self.occasion), "at": to_iso(self.occasion.at)}


Handle = Callable[[Request], Response]
Identify = Callable[[], tuple[str, str]]
"""Tells the operation of a request and the digest of its tenant, "" for what is not known."""


class Faults:
    """The faults of one cloud. ``now`` is its clock; ``known`` is what there is to hit.

    In Python: ``faults.add({"kind": "answer-lost", "operation": "tasks_create"})``; docs/faults.md lists what there is.
    """

    def __init__(self, document: Document, seed: int, now: Callable[[], Instant]) -> None:
        self.known = known_operations(document)
        self._document = document
        self._seed = seed
        self._now = now
        self._answers: FaultyAnswers | None = None
        self._plan: tuple[InForce, ...] = ()
        self._numbers = itertools.count(1)
        self._asked = 0
        self._hits: list[Hit] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault | Mapping[str, Json], owner: str | None = None) -> int:
        """Put a fault in force behind those that are; returns its number. ``owner`` is a tenant's digest: it then hits
        that tenant alone. Raises :class:`~qarnot_mock.faults.FaultError`."""
        checked = fault if isinstance(fault, Fault) else parse(fault, self.known)
        with self._lock:
            number = next(self._numbers)
            self._plan = (*self._plan, InForce(number, checked.in_force_from(self._now()), owner))
            return number

    def at(self, exchange: int, kind: str, **options: Json) -> int:
        """Put a fault on one exchange alone, by its place in the order of all that the cloud is asked (``asked``)."""
        return self.add({"kind": kind, "exchange": exchange, **options})

    def remove(self, number: int | None = None, owner: str | None = None) -> int:
        """Take one fault out of force, or all (of an owner, when one is named); returns how many."""
        with self._lock:
            kept = tuple(
                one
                for one in self._plan
                if (number not in (None, one.number)) or (owner is not None and one.owner != owner)
            )
            removed = len(self._plan) - len(kept)
            self._plan = kept
            return removed

    def in_force(self, owner: str | None = None) -> list[InForce]:
        """The faults in force, in the order in which they are asked; only an owner's when one is named."""
        return [one for one in self._plan if owner in (None, one.owner)]

    def hits(self, tenant: str | None = None) -> list[Hit]:
        """What struck so far, oldest first; of one tenant's exchanges when it is named."""
        return [hit for hit in self._hits if tenant in (None, hit.occasion.tenant)]

    @property
    def asked(self) -> int:
        """How many exchanges there have been: the number of the next one."""
        return self._asked

    def around(self, service: str, request: Request, identify: Identify, handle: Handle) -> Response:
        """Answer a request, through a fault if one strikes."""
        operation, tenant = identify() if self._plan else ("", "")
        with self._lock:
            occasion = Occasion(service, operation, tenant, self._now(), self._asked)
            self._asked += 1
            struck, self._plan = decide(self._plan, occasion, self._seed)
            if struck is not None:
                self._hits.append(Hit(struck.number, struck.fault.kind, occasion))
        return handle(request) if struck is None else self._struck(struck.fault, occasion, request, handle)

    def _struck(self, fault: Fault, occasion: Occasion, request: Request, handle: Handle) -> Response:
        kind = fault.what
        takes_effect = kind.effect == "always" or (kind.effect == "chosen" and fault.when == "after")
        truth = handle(attrs.evolve(request, streams=False)) if takes_effect else None
        answer = truth or Response(NEVER_SENT)
        if kind.answer:
            if self._answers is None:
                self._answers = FaultyAnswers(self._document)
            answer = self._answers.make(fault, Scene(occasion.service, occasion.operation, request, truth, self._now()))
        delivery = _delivery(fault, len(answer.body))
        return answer if delivery is None else attrs.evolve(answer, delivery=delivery)


def _delivery(fault: Fault, size: int) -> Delivery | None:
    """How the answer is sent, with the fault's own figures in place of the table's."""
    delivery = fault.what.delivery
    if delivery is None:
        return None
    half = size // 2 if delivery.body_bytes == -1 else delivery.body_bytes
    return attrs.evolve(
        delivery,
        body_bytes=half if fault.body_bytes is None else min(fault.body_bytes, size),
        bytes_per_second=fault.bytes_per_second or delivery.bytes_per_second,
    )
