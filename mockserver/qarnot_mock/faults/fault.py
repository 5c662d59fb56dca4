"""One fault as a person writes it, checked: what it does, and which exchanges it strikes. Plain data.

The same JSON is taken by the control API, by scenarios and by tests. Every refusal names the place in it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import attrs

from qarnot_mock.clock import SECOND, from_iso
from qarnot_mock.faults.kinds import BODY, DEFAULT_WHEN, ENUMERATION, KINDS, OBJECT, SERVICES, Kind
from qarnot_mock.faults.reach import Known
from qarnot_mock.sim.commands import Instant, Json

MOMENTS = ("before", "after")
FORMS = ("seconds", "date")

_NEEDED = {BODY: "a body", OBJECT: "JSON objects", ENUMERATION: "one of a list of values"}


class FaultError(ValueError):
    """A fault that cannot be; the message names the place in it and what would do."""


@attrs.frozen
class Fault:
    """What strikes (``kind`` and its options) and where: all selectors that are set must fit.

    ``operations`` are patterns of operationIds or S3 operation names (empty: all); those ``barred`` are beyond the
    kind. Of the exchanges that fit so far, counted by tenant from 1, those in ``ordinals`` or every ``every``-th are
    meant, each with ``probability``, no more than ``times`` in all. ``exchanges`` are places in the order of everything
    that the cloud was asked, from 0. ``since`` and ``until`` are instants; those in seconds count from when the fault
    is put in force (``relative``).
    """

    kind: str
    services: tuple[str, ...] = SERVICES
    operations: tuple[str, ...] = ()
    ordinals: frozenset[int] = frozenset()
    every: int | None = None
    exchanges: frozenset[int] = frozenset()
    probability: float = 1.0
    times: int | None = None
    tenant: str | None = None
    since: Instant | None = None
    until: Instant | None = None
    relative: frozenset[str] = frozenset()
    when: str = "before"
    retry_after: float | None = None
    retry_after_form: str = "seconds"
    body_bytes: int | None = None
    bytes_per_second: float | None = None
    barred: frozenset[str] = attrs.field(default=frozenset(), repr=False)
    document: Mapping[str, Json] = attrs.field(factory=dict, eq=False, repr=False)

    @property
    def what(self) -> Kind:
        """The row of the table of kinds."""
        return KINDS[self.kind]

    def in_force_from(self, now: Instant) -> Fault:
        """The same with its seconds counted from now."""
        moved = {name: now + getattr(self, name) for name in self.relative}
        return attrs.evolve(self, **moved, relative=frozenset())

    def concerns(self, service: str, operation: str) -> bool:
        """Whether an operation of a service is among those meant."""
        if service not in self.services or operation in self.barred:
            return False
        if self.what.operations and operation not in self.what.operations:
            return False
        return not self.operations or any(fnmatchcase(operation, pattern) for pattern in self.operations)


def parse_all(documents: object, known: Known, path: str = "faults") -> tuple[Fault, ...]:
    """A list of faults. Raises :class:`FaultError`."""
    if not isinstance(documents, Sequence) or isinstance(documents, str):
        raise FaultError(f"{path}: expected a list of faults")
    return tuple(parse(document, known, f"{path}[{index}]") for index, document in enumerate(documents))


def parse(document: object, known: Known, path: str = "fault") -> Fault:
    """One fault of the operations that are ``known``. Raises :class:`FaultError`."""
    if not isinstance(document, Mapping):
        raise FaultError(f'{path}: expected an object such as {{"kind": "answer-lost", "operation": "tasks_create"}}')
    kind = KINDS.get(str(document.get("kind")))
    if kind is None:
        raise FaultError(f"{path}.kind: one of {', '.join(KINDS)}, not {document.get('kind')!r}")
    allowed = {"kind", *_READERS, *kind.options}
    for key in document:
        if key not in allowed:
            raise FaultError(f"{path}.{key}: a fault of kind {kind.name} has no such key; it has {_listed(allowed)}")
    values: dict[str, Any] = {
        "kind": kind.name,
        "services": kind.services,
        "when": DEFAULT_WHEN.get(kind.name, "before"),
    }
    for key, value in document.items():
        reader = {**_READERS, **_OPTIONS}.get(key)
        if reader is not None:
            read = reader(value, f"{path}.{key}")
            relative = values.get("relative", frozenset()) | read.get("relative", frozenset())
            values |= {**read, "relative": relative}
    fault = Fault(**values, barred=known.barred(kind), document=dict(document))
    _check(fault, kind, known, path)
    return fault


def _check(fault: Fault, kind: Kind, known: Known, path: str) -> None:
    for service in fault.services:
        if service not in kind.services:
            raise FaultError(f"{path}.service: {kind.name} cannot hit {service}, only {_listed(kind.services)}")
    for pattern in fault.operations:
        if not any(fnmatchcase(name, pattern) for service in fault.services for name in known.operations[service]):
            where = _listed(fault.services)
            raise FaultError(
                f"{path}.operation: no operation of {where} is called {pattern!r} (see spec/operations.txt)"
            )
    if not any(fault.concerns(service, name) for service in fault.services for name in known.operations[service]):
        only = _listed(kind.operations) if kind.operations else f"operations that answer with {_NEEDED[kind.needs]}"
        raise FaultError(f"{path}.operation: {kind.name} can hit only {only}")


def _service(value: object, path: str) -> Mapping[str, Any]:
    if value not in SERVICES:
        raise FaultError(f"{path}: one of {_listed(SERVICES)}, not {value!r}")
    return {"services": (value,)}


def _operations(value: object, path: str) -> Mapping[str, Any]:
    names = [value] if isinstance(value, str) else value
    if not (isinstance(names, Sequence) and names and all(isinstance(name, str) for name in names)):
        raise FaultError(f"{path}: the name of an operation, a pattern such as task_*, or a list of these")
    return {"operations": tuple(names)}


def _whole(least: int, field: str, *, several: bool = False) -> Callable[[object, str], Mapping[str, Any]]:
    def read(value: object, path: str) -> Mapping[str, Any]:
        numbers = value if several and isinstance(value, list) else [value]
        if not (numbers and all(type(number) is int and number >= least for number in numbers)):
            raise FaultError(f"{path}: a whole number from {least} on{', or a list of these' if several else ''}")
        return {field: frozenset(numbers) if several else value}

    return read


def _number(field: str, least: float, most: float, means: str) -> Callable[[object, str], Mapping[str, Any]]:
    def read(value: object, path: str) -> Mapping[str, Any]:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise FaultError(f"{path}: {means}, not {value!r}")
        return {field: float(value)}

    return read


def _word(field: str, words: Sequence[str]) -> Callable[[object, str], Mapping[str, Any]]:
    def read(value: object, path: str) -> Mapping[str, Any]:
        if value not in words:
            raise FaultError(f"{path}: one of {_listed(words)}, not {value!r}")
        return {field: value}

    return read


def _text(value: object, path: str) -> Mapping[str, Any]:
    if not isinstance(value, str) or not value:
        raise FaultError(f"{path}: the digest that names a tenant (GET /_mock/tenants)")
    return {"tenant": value}


def _instant(field: str) -> Callable[[object, str], Mapping[str, Any]]:
    def read(value: object, path: str) -> Mapping[str, Any]:
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            return {field: round(value * SECOND), "relative": frozenset({field})}
        try:
            return {field: from_iso(str(value))}
        except ValueError:
            raise FaultError(f"{path}: seconds from now on, or a date such as 2026-01-01T00:00:00Z") from None

    return read


def _listed(words: Collection[str]) -> str:
    return ", ".join(sorted(words) if isinstance(words, set) else words)


_READERS: Mapping[str, Callable[[object, str], Mapping[str, Any]]] = {
    "service": _service,
    "operation": _operations,
    "ordinal": _whole(1, "ordinals", several=True),
    "every": _whole(1, "every"),
    "exchange": _whole(0, "exchanges", several=True),
    "probability": _number("probability", 0, 1, "a number from 0 to 1"),
    "times": _whole(1, "times"),
    "tenant": _text,
    "from": _instant("since"),
    "until": _instant("until"),
}
"""How each selector is read, by its key."""

_OPTIONS: Mapping[str, Callable[[object, str], Mapping[str, Any]]] = {
    "when": _word("when", MOMENTS),
    "retry_after": _number("retry_after", 0, 86_400, "seconds, up to a day"),
    "retry_after_form": _word("retry_after_form", FORMS),
    "body_bytes": _whole(0, "body_bytes"),
    "bytes_per_second": _number("bytes_per_second", 1e-3, 1e12, "a number above 0"),
}
"""How each option of a kind is read, by its key."""

SELECTORS = tuple(_READERS)
