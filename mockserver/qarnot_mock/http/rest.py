"""The REST side, from a request to a response: route, authenticate, read, apply, word the answer, check it.

Sans-IO. What is asked of the tenants goes through :class:`Backend`. An answer that breaks the spec is a 500 that says
so, never something a client has to guess about.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Protocol

import attrs

from qarnot_mock.contract import Contract
from qarnot_mock.http import dialect
from qarnot_mock.http.answers import AnswerCheck
from qarnot_mock.http.document import Document, Operation, as_list, operations
from qarnot_mock.http.intake import Call, Intake, Rejected, parse_json
from qarnot_mock.http.router import Match, MethodNotAllowed, NotFound, Router
from qarnot_mock.http.tolerances import Rules
from qarnot_mock.messages import Request, Response
from qarnot_mock.sim.commands import Answer, Command, Json, Refusal
from qarnot_mock.tenants import Tenant

log = logging.getLogger("qarnot_mock")

TOLERATED_HEADER = "x-qarnot-mock-tolerated"
"""Names, on an answer, the tolerances (ids of ``spec/tolerances.yaml``) that its request needed."""


NOT_OFFERED = 501
"""The world's refusal of an operation that it has no handler for: said as it is, though no server would say so."""

BROKEN = "The mock broke its contract"
"""How the message of an answer begins that stands for one which would have broken the spec."""


class Backend(Protocol):
    """What the REST side needs of the cloud behind it."""

    def authenticate(self, token: str) -> Tenant | None: ...

    def facts(self, tenant: Tenant, command: Command) -> Mapping[str, Json]: ...

    def execute(self, tenant: Tenant, command: Command) -> Answer:
        """Raises :class:`~qarnot_mock.sim.commands.Refusal`."""
        ...


class RestApp:
    """Answers REST requests. ``built_in`` maps the operations that need no tenant to what answers them;
    ``on_breach`` is told of every answer that broke the contract."""

    def __init__(
        self,
        contract: Contract,
        backend: Backend,
        built_in: Mapping[str, Callable[[], Json]],
        on_breach: Callable[[str], None],
    ) -> None:
        document, rules = Document(contract.openapi), Rules(contract.tolerances)
        self._router = Router(operations(document), rules)
        self._intake = Intake(document, rules)
        self._answers = AnswerCheck(document)
        self._backend = backend
        self._built_in = built_in
        self._on_breach = on_breach

    def handle(self, request: Request) -> Response:
        """Answer one request; never raises."""
        match = self._router.match(request.method, request.path)
        if isinstance(match, NotFound):
            return dialect.message(404, f"No such path: {request.path}")
        if isinstance(match, MethodNotAllowed):
            allow = ", ".join(match.allow)
            text = f"{request.method} is not allowed on {request.path}. Allowed: {allow}"
            return dialect.message(405, text, (("allow", allow),))
        try:
            response, body = self._serve(match, request)
        except Rejected as rejected:
            response, body = rejected.response, json_of(rejected.response)
        except Refusal as error:
            response = dialect.refusal(error, request.path)
            if error.status == NOT_OFFERED:
                return response
            body = json_of(response)
        except Exception as error:
            log.exception("%s failed", match.operation.id)
            return self._breach(f"{match.operation.id} failed: {type(error).__name__}: {error}")
        return self._checked(match.operation, response, body)

    def operation(self, request: Request) -> str:
        """The operationId of a request, or "" for what is no operation."""
        match = self._router.match(request.method, request.path)
        return match.operation.id if isinstance(match, Match) else ""

    def _serve(self, match: Match, request: Request) -> tuple[Response, Json]:
        operation = match.operation
        if operation.id in self._built_in:
            body = self._built_in[operation.id]()
            return dialect.json_response(200, body), body
        tenant = self._tenant(request)
        call = self._intake.call(match, request)
        outcome = self._apply(tenant, call)
        response = dialect.answer(outcome, request.header("accept"))
        if call.rules:
            used = (TOLERATED_HEADER, ", ".join(call.rules))
            response = attrs.evolve(response, headers=(*response.headers, used))
        return response, None if outcome.media == "empty" else outcome.body

    def _tenant(self, request: Request) -> Tenant:
        token = request.header("authorization").strip()
        if not token:
            raise Rejected(dialect.unauthorized("Missing authentication token"))
        tenant = self._backend.authenticate(token)
        if tenant is None:
            raise Rejected(dialect.unauthorized("Bad authentication token"))
        return tenant

    def _apply(self, tenant: Tenant, call: Call) -> Answer:
        if call.entry_schema is None:
            return self._execute(tenant, call, call.body)
        entries = list(as_list(call.body))
        checked = {index: self._intake.entry_fault(call, entry) for index, entry in enumerate(entries)}
        faults = {index: fault for index, fault in checked.items() if fault is not None}
        if not faults:
            return self._execute(tenant, call, entries)
        return self._apply_partly(tenant, call, entries, faults)

    def _apply_partly(self, tenant: Tenant, call: Call, entries: list[Json], faults: Mapping[int, str]) -> Answer:
        """Apply the well-formed entries of a bulk body, and answer for all of them in order."""
        accepted = [entry for index, entry in enumerate(entries) if index not in faults]
        results, status = self._accepted(tenant, call, accepted) if accepted else ([], 400)
        remaining = iter(results)
        merged: list[Json] = [
            {"statusCode": 400, "uuid": None, "message": faults[index]} if index in faults else next(remaining)
            for index in range(len(entries))
        ]
        if status >= 400:
            raise Refusal(status, "every entry was refused", shape="list", body=merged)
        return Answer(merged, status=207)

    def _accepted(self, tenant: Tenant, call: Call, entries: list[Json]) -> tuple[list[Json], int]:
        """What the world says to the well-formed entries of a bulk body, and the status it gives them."""
        try:
            outcome = self._execute(tenant, call, entries)
        except Refusal as error:
            if error.shape != "list":
                raise
            return list(as_list(error.body)), error.status
        return list(as_list(outcome.body)), outcome.status

    def _execute(self, tenant: Tenant, call: Call, body: Json) -> Answer:
        command = Command(call.operation.id, call.arguments, body)
        return self._backend.execute(tenant, attrs.evolve(command, facts=self._backend.facts(tenant, command)))

    def _checked(self, operation: Operation, response: Response, body: Json) -> Response:
        """The response, if the spec declares its status, its media type and its body."""
        fault = self._answers.fault(operation, response, body)
        return response if fault is None else self._breach(fault)

    def _breach(self, text: str) -> Response:
        """A bug of the mock: recorded, so that tests fail, and said to the client."""
        log.error("contract broken: %s", text)
        self._on_breach(text)
        return dialect.message(500, f"{BROKEN} (a bug in the mock): {text}")


def json_of(response: Response) -> Json:
    """The body of a response when it is JSON, else None. Raises ValueError when it only says so."""
    return parse_json(response.body) if "json" in response.header("content-type") else None
