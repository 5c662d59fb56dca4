"""The proxy without sockets: what it passes on by an injected ``send``, what it answers, and what it finds.

Requests of one account to the REST API pass one at a time, so that what is seen of an object is seen in its order.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Sequence

import attrs

from qarnot_mock.conformance.judge import Judge, Judged
from qarnot_mock.conformance.sightings import Kinds, Sightings
from qarnot_mock.conformance.verdict import EXACT, VIOLATION, Verdict
from qarnot_mock.contract import Contract
from qarnot_mock.http import dialect
from qarnot_mock.messages import Request, Response
from qarnot_mock.proxy import alterations, storage_rules
from qarnot_mock.proxy.alterations import Altered
from qarnot_mock.proxy.redaction import Redactor
from qarnot_mock.proxy.report import ANSWER, LIFECYCLE, REQUEST, TRANSPORT, Exchange, Finding
from qarnot_mock.proxy.resigning import signed_again
from qarnot_mock.sim.commands import Instant
from qarnot_mock.storage.accounts import Account
from qarnot_mock.storage.authentication import Presented, authenticate, open_body
from qarnot_mock.storage.errors import STATUS, S3Error
from qarnot_mock.storage.handler import level, merged_headers, refusal
from qarnot_mock.storage.memory import MemoryStore
from qarnot_mock.storage.routes import route
from qarnot_mock.storage.uri import parse_query, parse_target

REST, S3 = "rest", "s3"


class Unanswered(Exception):
    """The target did not answer; ``status`` is what a gateway says then (502, or 504 when it took too long)."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


Send = Callable[[str, Request], Response]
"""Sends a request to the server at a URL, as it is. Raises :class:`Unanswered`."""


@attrs.define
class _Client:
    """An account that REST requests came from."""

    sightings: Sightings
    lock: threading.Lock = attrs.field(factory=threading.Lock)


class Proxy:
    """Between clients and the cluster at ``target``. ``storage_url`` is where clients find the storage, None: as the
    cluster says. ``note`` gets each exchange when it is judged, redacted."""

    def __init__(
        self,
        contract: Contract,
        target: str,
        storage_url: str | None,
        send: Send,
        wall: Callable[[], Instant],
        note: Callable[[Exchange], None],
    ) -> None:
        self._judge = Judge(contract)
        self._kinds = Kinds(contract.openapi, contract.lifecycles)
        self._target = target
        self._storage_url = storage_url
        self._send = send
        self._wall = wall
        self._note = note
        self._redactor = Redactor()
        self._clients: dict[str, _Client] = {}
        self._accounts: dict[str, Account] = {}
        self._storage: str | None = None
        self._lock = threading.Lock()

    def rest(self, request: Request) -> Response:
        """Answer a request to the REST API."""
        token = request.header("authorization").strip()
        with self._lock:
            self._redactor.learn_token(token)
            client = self._clients.setdefault(token, _Client(Sightings(self._kinds))) if token else None
        with contextlib.nullcontext() if client is None else client.lock:
            out = alterations.outgoing(request, self._target)
            try:
                response = self._send(self._target, out.message)
            except Unanswered as error:
                self._lost(REST, request, "", error, out.names)
                return dialect.message(error.status, str(error))
            back = alterations.incoming(response)
            judged, verdict = self._judged(request, response, client)
            self._learn(request, judged, token)
            altered = self._settings(request, back)
            self._tell(_exchange(verdict, _distinct(out.names, altered.names)))
            return altered.message

    def s3(self, request: Request) -> Response:
        """Answer a request to the storage."""
        try:
            return self._stored(request)
        except S3Error as error:
            self._tell(
                Exchange(
                    S3, request.method, request.path, STATUS[error.code], "", VIOLATION,
                    findings=(Finding(REQUEST, f"not passed on: {error.code}: {error.message}"),),
                )
            )  # fmt: skip
            return refusal(request, error, "proxy")

    def _stored(self, request: Request) -> Response:
        headers = merged_headers(request)
        place, query = parse_target(request.path, headers.get("host", "")), parse_query(request.query)
        presented = Presented(request, place.resource, query, dict(query), headers)
        proof = authenticate(presented, self._accounts.get, (self._wall(),))
        content = open_body(proof, request.body)
        operation = route(request.method, level(place), presented.parameters, "x-amz-copy-source" in proof.headers)
        target = self._storage_of(proof.account)
        out = alterations.outgoing(request, target)
        signed = signed_again(presented, proof, out.message)
        names = (*out.names, *((alterations.SIGNATURE,) if signed != out.message else ()))
        try:
            response = self._send(target, signed)
        except Unanswered as error:
            self._lost(S3, request, operation, error, names)
            return attrs.evolve(
                refusal(request, S3Error("ServiceUnavailable", str(error)), "proxy"), status=error.status
            )
        back = alterations.incoming(response)
        asked = storage_rules.Asked(operation, request.method, presented.parameters, content)
        found = tuple(Finding(ANSWER, text) for text in storage_rules.faults(asked, response))
        names = _distinct(names, back.names)
        self._tell(Exchange(S3, request.method, request.path, response.status, operation, EXACT, names, found))
        return back.message

    def _storage_of(self, account: Account) -> str:
        """Where the cluster has its storage; asked for when no client did yet."""
        if self._storage is None:
            headers = (("host", ""), ("authorization", account.secret_key))
            asked = alterations.outgoing(Request("GET", "/settings", headers=headers), self._target)
            with contextlib.suppress(Unanswered, ValueError):
                answer = self._send(self._target, asked.message)
                self._storage = alterations.storage_of(alterations.decoded(answer))
        if self._storage is None:
            raise S3Error("ServiceUnavailable", f"{self._target}/settings names no storage to pass this on to.")
        return self._storage

    def _judged(self, request: Request, response: Response, client: _Client | None) -> tuple[Judged, Verdict]:
        try:
            readable = attrs.evolve(response, body=alterations.decoded(response))
        except ValueError as error:
            judged = self._judge.judge(request, attrs.evolve(response, body=b""))
            return judged, attrs.evolve(judged.verdict, faults=(str(error),))
        judged = self._judge.judge(request, readable)
        return judged, judged.verdict if client is None else client.sightings.take(judged)

    def _learn(self, request: Request, judged: Judged, token: str) -> None:
        """What is confidential, and whose token this is."""
        secrets = judged.verdict.operation.startswith("secret")
        sent = judged.body
        if sent is None and request.body:
            with contextlib.suppress(ValueError):
                sent = json.loads(request.body)
        with self._lock:
            for body in (sent, judged.answer):
                self._redactor.learn_secrets(body, all_values=secrets)
            if judged.verdict.operation == "info_get" and judged.verdict.status == 200:
                email = judged.answer.get("email") if isinstance(judged.answer, dict) else None
                known = self._accounts.get(str(email))
                if isinstance(email, str) and (known is None or known.secret_key != token):
                    self._accounts[email] = Account(email, token, MemoryStore())

    def _settings(self, request: Request, back: Altered[Response]) -> Altered[Response]:
        """The answer with our storage in it, when it is the one that names the storage."""
        if request.path != "/settings" or request.method != "GET" or back.message.status != 200:
            return back
        with contextlib.suppress(ValueError):
            self._storage = alterations.storage_of(alterations.decoded(back.message)) or self._storage
            if self._storage_url is not None:
                changed = alterations.with_storage(back.message, self._storage_url)
                return Altered(changed.message, (*back.names, *changed.names))
        return back

    def _lost(self, service: str, request: Request, operation: str, error: Unanswered, names: Sequence[str]) -> None:
        found = (Finding(TRANSPORT, str(error)),)
        self._tell(Exchange(service, request.method, request.path, error.status, operation, "", tuple(names), found))

    def _tell(self, exchange: Exchange) -> None:
        with self._lock:
            clean = self._redactor.clean
            findings = tuple(Finding(one.side, clean(one.text)) for one in exchange.findings)
            self._note(attrs.evolve(exchange, path=clean(exchange.path), findings=findings))


def _exchange(verdict: Verdict, names: tuple[str, ...]) -> Exchange:
    sides = ((REQUEST, verdict.reasons), (ANSWER, verdict.faults), (LIFECYCLE, verdict.findings))
    found = tuple(Finding(side, text) for side, texts in sides for text in texts)
    return Exchange(
        REST, verdict.method, verdict.path, verdict.status, verdict.operation, verdict.request, names, found
    )  # fmt: skip


def _distinct(*names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for some in names for name in some))
