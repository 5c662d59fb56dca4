"""From an HTTP request to a call: parameters and body in the spec's spelling, validated, or a refusal with reasons.

A violation is answered in the server's own error shape, with the JSON pointer of what is wrong and why. Nothing is
looked up or applied here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NoReturn
from urllib.parse import parse_qsl

import attrs

from qarnot_mock.http import dialect
from qarnot_mock.http.canonical import Canonical, Canonicaliser
from qarnot_mock.http.document import Document, Operation, as_list, as_object, join
from qarnot_mock.http.router import Match
from qarnot_mock.http.tolerances import Rules
from qarnot_mock.http.validate import Validators, Violation
from qarnot_mock.messages import Request, Response
from qarnot_mock.sim.commands import Json

CREATIONS = frozenset({"tasks_create", "tasks_force_create"})
PROBLEM_OPERATIONS = frozenset(
    {
        "tasks_search", "tasks_paginate", "task_summaries_paginate", "task_snapshot_create",
        "task_snapshot_periodic", "task_clone", "task_retry", "task_resume", "task_recover",
        "pools_search", "pools_paginate", "pool_summaries_paginate", "pool_clone", "pool_scaling_update",
        "scaling_check", "jobs_search", "jobs_paginate",
    }
)  # fmt: skip
"""Operations that word a bad body as problem details (reference 1.4, shape C); the others use shape A."""


class Rejected(Exception):
    """The request is refused before anything was applied; ``response`` says why."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


@attrs.frozen
class Call:
    """What to apply, and the tolerances that were needed to read it.

    The entries of a bulk body are not validated yet: they are accepted or refused one by one. ``entry_schema``
    then points to what each must be; it is None for an ordinary body.
    """

    operation: Operation
    arguments: Mapping[str, Json]
    body: Json
    rules: tuple[str, ...]
    entry_schema: str | None = None


class Intake:
    """Reads requests for the operations of a document."""

    def __init__(self, document: Document, rules: Rules) -> None:
        self._document = document
        self._rules = rules
        self._validators = Validators(document)
        self._exact = Validators(document, strict=True)
        self._canonical = Canonicaliser(document, rules)

    def call(self, match: Match, request: Request) -> Call:
        """The call that a routed request makes. Raises :class:`Rejected`."""
        operation = match.operation
        query = parse_qsl(request.query, keep_blank_values=True)
        arguments = self._canonical.arguments(operation, match.arguments, query)
        values = as_object(arguments.value)
        self._check_arguments(operation, request, values)
        used = {*match.rules, *arguments.rules}
        if operation.body is None:
            used |= self._needless(operation, request)
            return Call(operation, values, None, tuple(sorted(used)))
        decoded = self._decoded(operation, request, used)
        body = self._spelled(operation.body, decoded)
        used.update(body.rules)
        entry_schema = self._entry_schema(operation.body, body.value)
        if entry_schema is None and not (body.value is None and not operation.body_required):
            self._check_body(operation, request, body.value)
        return Call(operation, values, body.value, tuple(sorted(used)), entry_schema)

    def entry_fault(self, call: Call, entry: Json) -> str | None:
        """Why an entry of a bulk body is refused, or None."""
        found = self._validators.violations(str(call.entry_schema), entry)
        return _sentence(_verdict(call.operation, found), found) if found else None

    def _spelled(self, schema: str, body: Json) -> Canonical:
        """The body in the spec's spelling. One that is exact is left alone: walking it costs more than all the rest."""
        if self._exact.accepts(schema, body) and not holds_float(body):
            return Canonical(body, ())
        return self._canonical.body(schema, body)

    def _needless(self, operation: Operation, request: Request) -> set[str]:
        if not request.body.strip():
            return set()
        rule = self._rules.one("request", "ignore-body")
        if rule is None:
            unexpected = (Violation("", "no body is expected"),)
            self._refuse(operation, request, unexpected, "Unexpected request body.")
        return {rule.id}

    def _check_arguments(self, operation: Operation, request: Request, values: Mapping[str, Json]) -> None:
        for parameter in operation.parameters:
            if parameter.name in values:
                found = self._validators.violations(parameter.schema, values[parameter.name])
            else:
                found = (Violation("", "is required"),) if parameter.required else ()
            if found:
                located = tuple(Violation(f"/{parameter.name}{one.pointer}", one.reason) for one in found)
                self._refuse(operation, request, located, f"Invalid {parameter.where} parameter.")

    def _decoded(self, operation: Operation, request: Request, used: set[str]) -> Json:
        if not request.body.strip():
            return self._absent_body(operation, request, used)
        media = request.header("content-type", "application/json").partition(";")[0].strip().lower()
        if media != "application/json":
            rule = self._rules.media_type(media)
            if rule is None:
                foreign = (Violation("", f"the content type {media} is not supported; send application/json"),)
                self._refuse(operation, request, foreign, "Unsupported request body.")
            used.add(rule.id)
        try:
            return parse_json(request.body)
        except (ValueError, RecursionError) as error:
            unreadable = (Violation("", f"not a JSON document: {error}"),)
            self._refuse(operation, request, unreadable, "Unreadable request body.")

    def _absent_body(self, operation: Operation, request: Request, used: set[str]) -> Json:
        rule = self._rules.default_body(operation.id)
        if rule is not None:
            used.add(rule.id)
            return rule.arguments["value"]
        if operation.body_required:
            missing = (Violation("", "A non-empty request body is required."),)
            self._refuse(operation, request, missing, "Missing request body.")
        return None

    def _check_body(self, operation: Operation, request: Request, body: Json) -> None:
        found = self._validators.violations(str(operation.body), body)
        if found:
            self._refuse(operation, request, found, _verdict(operation, found))

    def _entry_schema(self, schema: str, body: Json) -> str | None:
        """Where an entry of a bulk body is described; None when the operation or the body is not bulk."""
        pointer, node = self._document.follow(schema)
        if not isinstance(body, list):
            return None
        for index, _ in enumerate(as_list(node.get("oneOf"))):
            place, branch = self._document.follow(join(pointer, "oneOf", index))
            if "items" in branch:
                return join(place, "items")
        return None

    def _refuse(self, operation: Operation, request: Request, found: Sequence[Violation], verdict: str) -> NoReturn:
        text = _sentence(verdict, found)
        if operation.id not in PROBLEM_OPERATIONS:
            raise Rejected(dialect.message(400, text))
        errors: dict[str, list[str]] = {}
        for violation in found:
            reason = str(violation) if violation.pointer else violation.reason
            errors.setdefault(violation.place, []).append(reason)
        raise Rejected(dialect.problem(400, text, instance=request.path, errors=errors))


def holds_float(value: Json) -> bool:
    """Whether a number with a fraction stands anywhere in a value: 96.0 is a valid integer and must become one."""
    if isinstance(value, Mapping):
        return any(map(holds_float, value.values()))
    return isinstance(value, float) or (isinstance(value, list) and any(map(holds_float, value)))


def parse_json(body: bytes) -> Json:
    """JSON in UTF-8, with a byte order mark or without. Raises ValueError, also for NaN and lone surrogates."""
    value: Json = json.loads(body.decode("utf-8-sig"), parse_constant=_not_a_number)
    if b"\\ud" in body.lower():
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _not_a_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a JSON number")


def _verdict(operation: Operation, found: Sequence[Violation]) -> str:
    if operation.id not in CREATIONS:
        return "Invalid request body."
    fields = dict.fromkeys(violation.field for violation in found if violation.field)
    return f"Invalid task file. Invalid fields: {', '.join(fields)}."


def _sentence(verdict: str, found: Sequence[Violation]) -> str:
    return f"{verdict} {'; '.join(map(str, found))}"
