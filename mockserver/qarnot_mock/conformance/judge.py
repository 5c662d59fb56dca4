"""Judges one exchange by ``openapi.yaml`` and ``tolerances.yaml`` alone, whoever asked and whoever answered.

Pure but for the validators that it compiles once. What an exchange means for the objects in it is for ``sightings``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import attrs

from qarnot_mock.conformance.clients import client_of
from qarnot_mock.conformance.reading import Met, Reading
from qarnot_mock.conformance.verdict import EXACT, TOLERATED, VIOLATION, Fact, Verdict
from qarnot_mock.contract import Contract
from qarnot_mock.http.answers import AnswerCheck
from qarnot_mock.http.document import Document, Operation, as_list, operations
from qarnot_mock.http.intake import Call, Intake, Rejected
from qarnot_mock.http.rest import BROKEN, json_of
from qarnot_mock.http.router import Match, Router
from qarnot_mock.http.tolerances import Rules
from qarnot_mock.messages import Request, Response
from qarnot_mock.sim.commands import Json

ANSWERS, ASKED, TOLD = "answers", "request fields", "answer fields"
REQUESTS, TOLERANCES = "requests", "tolerances"


@attrs.frozen
class Judged:
    """A verdict, and what it was made from: the call when the request makes one, the objects in the answer."""

    verdict: Verdict
    operation: Operation | None = None
    arguments: Mapping[str, Json] = attrs.Factory(dict)
    body: Json = None
    answer: Json = None
    objects: tuple[Met, ...] = ()


class Judge:
    """Judges by one contract."""

    def __init__(self, contract: Contract) -> None:
        document, rules = Document(contract.openapi), Rules(contract.tolerances)
        self.reading = Reading(document)
        self._router = Router(operations(document), rules)
        self._intake = Intake(document, rules)
        self._answers = AnswerCheck(document)

    def judge(self, request: Request, response: Response) -> Judged:
        """The verdict on a request and its answer."""
        client = client_of(request.header("user-agent"))
        match = self._router.match(request.method, request.path)
        if not isinstance(match, Match):
            facts: tuple[Fact, ...] = ((REQUESTS, VIOLATION),)
            unknown = Verdict(
                "", request.method, request.path, response.status, client, VIOLATION,
                reasons=["the spec has no such operation"], facts=facts,
            )  # fmt: skip
            return Judged(unknown)
        call, reasons = self._call(match, request)
        answer, faults = self._answer(match.operation, response)
        if reasons and 200 <= response.status < 300 and response.status != 207:
            faults = (*faults, f"{match.operation.id} was answered {response.status} though the request is a violation")
        objects = () if faults else tuple(self._objects(match.operation, response, answer))
        rules = call.rules if call else match.rules
        grade = VIOLATION if reasons else TOLERATED if rules else EXACT
        facts = tuple(self._facts(match.operation, call, grade, response.status, objects))
        verdict = Verdict(
            match.operation.id, request.method, request.path, response.status, client, grade, rules, reasons, faults,
            facts=facts,
        )  # fmt: skip
        arguments = call.arguments if call else dict(match.arguments)
        return Judged(verdict, match.operation, arguments, call.body if call else None, answer, objects)

    def _call(self, match: Match, request: Request) -> tuple[Call | None, tuple[str, ...]]:
        """The call that a request makes, and what in it violates the spec."""
        missing = match.operation.authenticated and not request.header("authorization").strip()
        anonymous = ("the Authorization header is missing",) if missing else ()
        try:
            call = self._intake.call(match, request)
        except Rejected as rejected:
            return None, (*anonymous, _reason(rejected.response))
        if call.entry_schema is None:
            return call, anonymous
        faults = (self._intake.entry_fault(call, entry) for entry in as_list(call.body))
        return call, (*anonymous, *(fault for fault in faults if fault is not None))

    def _answer(self, operation: Operation, response: Response) -> tuple[Json, tuple[str, ...]]:
        try:
            body = json_of(response)
        except ValueError as error:
            return None, (f"{operation.id} answered {response.status} with a body that is no JSON: {error}",)
        fault = self._answers.fault(operation, response, body)
        if response.status == 500 and BROKEN.encode() in response.body:
            fault = response.body.decode()
        return body, () if fault is None else (fault,)

    def _objects(self, operation: Operation, response: Response, body: Json) -> list[Met]:
        media = response.header("content-type").partition(";")[0]
        schema = operation.responses.get(str(response.status), {}).get(media)
        return list(self.reading.objects(schema, body)) if schema else []

    def _facts(
        self, operation: Operation, call: Call | None, grade: str, status: int, told: tuple[Met, ...]
    ) -> list[Fact]:
        """What an exchange exercised, once each."""
        found: dict[Fact, None] = {(REQUESTS, grade): None, (ANSWERS, f"{operation.id} {status}"): None}
        if call is not None:
            asked = [one.name for one in operation.parameters if one.name in call.arguments]
            if operation.body is not None:
                asked += [name for met in self.reading.objects(operation.body, call.body) for name in met.fields()]
            found.update({(ASKED, f"{operation.id} {name}"): None for name in asked})
            found.update({(TOLERANCES, rule): None for rule in call.rules})
        fields = (name for met in told for name in met.fields())
        found.update({(TOLD, f"{operation.id} {status} {name}"): None for name in fields})
        return list(found)


def _reason(response: Response) -> str:
    """What a refusal says is wrong with the request."""
    body = json.loads(response.body)
    return str(body.get("message") or body.get("detail") or body)
