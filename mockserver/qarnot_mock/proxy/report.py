"""What the proxy saw and found, and its three forms: text, JSON and JUnit. Pure; texts arrive redacted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import attrs

REQUEST, ANSWER, LIFECYCLE, TRANSPORT = "request", "answer", "lifecycle", "transport"


@attrs.frozen
class Finding:
    """Something that does not hold to the contract, and on whose side."""

    side: str
    text: str


@attrs.frozen
class Exchange:
    """A request and its answer, without their bodies, headers and query."""

    service: str
    method: str
    path: str
    status: int
    operation: str
    grade: str
    alterations: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.path} -> {self.status} ({self.operation or 'no operation'})"

    def lines(self) -> list[str]:
        """One line a finding."""
        return [f"{one.side}: {self}: {one.text}" for one in self.findings]


Exchanges = Sequence[Exchange]


def as_text(exchanges: Exchanges) -> str:
    """For a person: findings, then counts."""
    findings = [line for exchange in exchanges for line in exchange.lines()]
    altered = Counter(name for exchange in exchanges for name in exchange.alterations)
    grades = Counter(exchange.grade for exchange in exchanges)
    lines = [
        *findings,
        f"{len(exchanges)} exchanges, {len(findings)} findings",
        "requests: " + (", ".join(f"{count} {grade}" for grade, count in sorted(grades.items())) or "none"),
        *(f"altered: {name}, in {count} exchanges" for name, count in sorted(altered.items())),
    ]
    return "\n".join(lines) + "\n"


def as_json(exchanges: Exchanges) -> str:
    """Every exchange, in order, with its alterations and findings."""
    return json.dumps({"exchanges": [attrs.asdict(one) for one in exchanges]}, indent=1) + "\n"


def as_junit(exchanges: Exchanges) -> str:
    """A test case for each operation that was used, failed by its findings."""
    operations: dict[tuple[str, str], list[Exchange]] = {}
    for one in exchanges:
        operations.setdefault((one.service, one.operation or f"{one.method} {one.path}"), []).append(one)
    cases = [_case(service, name, some) for (service, name), some in operations.items()]
    failed = sum("<failure" in case for case in cases)
    head = f'<testsuite name="qarnot-mock proxy" tests="{len(cases)}" failures="{failed}">'
    properties = "".join(
        f"<property name={quoteattr(f'altered: {name}')} value={quoteattr(str(count))}/>"
        for name, count in Counter(name for one in exchanges for name in one.alterations).items()
    )
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', head, f"<properties>{properties}</properties>", *cases]
    return "\n".join([*parts, "</testsuite>"]) + "\n"


def _case(service: str, name: str, exchanges: Exchanges) -> str:
    lines = [line for exchange in exchanges for line in exchange.lines()]
    opening = f"<testcase classname={quoteattr(service)} name={quoteattr(name)}"
    if not lines:
        return f"{opening}/>"
    message = quoteattr(f"{len(lines)} findings")
    text = escape("".join(char for char in "\n".join(lines) if char >= " " or char == "\n"))
    return f"{opening}><failure message={message}>{text}</failure></testcase>"


FORMS: Mapping[str, Callable[[Exchanges], str]] = {".json": as_json, ".xml": as_junit}


def form_of(path: Path) -> Callable[[Exchanges], str]:
    """The form that a file's ending asks for: ``.json``, ``.xml`` (JUnit), else text."""
    return FORMS.get(path.suffix.lower(), as_text)
