"""What went over the wire in a test: who asked what, and how it was answered. No bodies, no headers: no secrets."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from qarnot_mock.clock import to_iso
from qarnot_mock.http.rest import TOLERATED_HEADER
from qarnot_mock.messages import Request, Response
from qarnot_mock.sim.commands import Instant

TAIL = 20


@attrs.frozen
class Exchange:
    """One request and its answer. ``service``: ``rest`` or ``s3``; ``at``: microseconds since 1970 in the cloud.

    ``tolerated``: the rules of ``spec/tolerances.yaml`` that the request needed; a client that is exact needs none.
    """

    at: Instant
    service: str
    method: str
    path: str
    status: int
    tolerated: tuple[str, ...] = ()

    def __str__(self) -> str:
        needed = f" (tolerated: {', '.join(self.tolerated)})" if self.tolerated else ""
        return f"{to_iso(self.at)} {self.service:4} {self.method} {self.path} -> {self.status}{needed}"


def exchange(at: Instant, service: str, request: Request, response: Response) -> Exchange:
    """What is kept of a request and its answer."""
    used = response.header(TOLERATED_HEADER)
    tolerated = tuple(used.split(", ")) if used else ()
    return Exchange(at, service, request.method, request.path, response.status, tolerated)


def tail(exchanges: Iterable[Exchange], count: int = TAIL) -> str:
    """The latest exchanges, a line each, for a person who looks at a failed test."""
    rows = list(exchanges)
    left_out = f"({len(rows) - count} earlier exchanges)\n" if len(rows) > count else ""
    return left_out + "\n".join(map(str, rows[-count:]))
