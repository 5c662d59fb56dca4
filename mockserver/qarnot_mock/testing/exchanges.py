"""What went over the wire in a test: who asked what, and how it was answered. No bodies, no headers: no secrets."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import attrs

from qarnot_mock import contract
from qarnot_mock.clock import to_iso
from qarnot_mock.conformance.clients import RAW, client_of
from qarnot_mock.faults.identify import storage_operation
from qarnot_mock.faults.kinds import S3
from qarnot_mock.http.document import Document, operations
from qarnot_mock.http.rest import TOLERATED_HEADER
from qarnot_mock.http.router import Match, Router
from qarnot_mock.http.tolerances import Rules
from qarnot_mock.messages import Request, Response
from qarnot_mock.sim.commands import Instant

TAIL = 20


@attrs.frozen
class Exchange:
    """One request and its answer. ``service``: ``rest`` or ``s3``; ``at``: microseconds since 1970 in the cloud.

    ``tolerated``: the rules of ``spec/tolerances.yaml`` that the request needed; a client that is exact needs none.
    ``operation``: the operationId, or the S3 operation, empty when there is none. ``client``: ``ours``, ``official
    package`` or ``raw``, by the ``User-Agent``. Status 0: a fault kept the request from taking effect, and the answer.
    """

    at: Instant
    service: str
    method: str
    path: str
    status: int
    tolerated: tuple[str, ...] = ()
    operation: str = ""
    client: str = RAW

    def __str__(self) -> str:
        needed = f" (tolerated: {', '.join(self.tolerated)})" if self.tolerated else ""
        return f"{to_iso(self.at)} {self.service:4} {self.method} {self.path} -> {self.status}{needed}"


def exchange(at: Instant, service: str, request: Request, response: Response) -> Exchange:
    """What is kept of a request and its answer."""
    used = response.header(TOLERATED_HEADER)
    tolerated = tuple(used.split(", ")) if used else ()
    operation = storage_operation(request) if service == S3 else _operation(request)
    client = client_of(request.header("user-agent"))
    return Exchange(at, service, request.method, request.path, response.status, tolerated, operation, client)


def _operation(request: Request) -> str:
    match = _router().match(request.method, request.path)
    return match.operation.id if isinstance(match, Match) else ""


@cache
def _router() -> Router:
    loaded = contract.load()
    return Router(operations(Document(loaded.openapi)), Rules(loaded.tolerances))


def tail(exchanges: Iterable[Exchange], count: int = TAIL) -> str:
    """The latest exchanges, a line each, for a person who looks at a failed test."""
    rows = list(exchanges)
    left_out = f"({len(rows) - count} earlier exchanges)\n" if len(rows) > count else ""
    return left_out + "\n".join(map(str, rows[-count:]))
