"""The answers that faults give instead of the true ones, in the dialect of the port they come from. Pure."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

import attrs

from qarnot_mock.clock import SECOND
from qarnot_mock.conformance.reading import Reading
from qarnot_mock.faults.fault import Fault
from qarnot_mock.faults.kinds import REST, S3
from qarnot_mock.faults.reach import enumerated
from qarnot_mock.http import dialect
from qarnot_mock.http.document import Document, Operation, operations
from qarnot_mock.messages import Request, Response
from qarnot_mock.sim.commands import Instant, Json
from qarnot_mock.storage.errors import S3Error
from qarnot_mock.storage.handler import refusal

UNHEARD_OF = "UnheardOf"
"""An enumerated value that no version of the contract has."""

UNHEARD_OF_FIELD = "fieldOfALaterVersion"
"""A field that no version of the contract has."""

S3_CODES = {429: "SlowDown", 500: "InternalError", 503: "ServiceUnavailable"}
SAYS = "A fault that was asked for"


@attrs.frozen
class Scene:
    """What a faulty answer may depend on: the request, the true answer (None when it never took effect), the time."""

    service: str
    operation: str
    request: Request
    truth: Response | None
    now: Instant


class FaultyAnswers:
    """Answers by the name that the table of kinds has for them."""

    def __init__(self, document: Document) -> None:
        self._reading = Reading(document)
        self._document = document
        self._operations = {one.id: one for one in operations(document)}
        self._makers: Mapping[str, Callable[[Fault, Scene], Response]] = {
            "error": self._error,
            "gateway": self._gateway,
            "expired": self._expired,
            "corrupt": self._corrupt,
            "no-storage": self._no_storage,
            "unknown-values": self._unknown_values,
            "extra-fields": self._extra_fields,
        }

    def make(self, fault: Fault, scene: Scene) -> Response:
        """The answer of a fault whose kind names one."""
        return self._makers[fault.what.answer](fault, scene)

    def _error(self, fault: Fault, scene: Scene) -> Response:
        status = fault.what.status
        headers = _retry_after(fault, scene.now)
        if scene.service == S3:
            answer = _s3_error(S3_CODES[status], scene.request)
            return attrs.evolve(answer, headers=(*answer.headers, *headers))
        return dialect.message(status, f"{HTTPStatus(status).phrase}. {SAYS}", headers)

    def _gateway(self, fault: Fault, scene: Scene) -> Response:
        """What a proxy in front of the service says: a page, in nobody's dialect."""
        status = HTTPStatus(fault.what.status)
        page = f"<html><head><title>{status} {status.phrase}</title></head><body>{status.phrase}</body></html>\n"
        return Response(status, (("content-type", "text/html"),), page.encode())

    def _expired(self, fault: Fault, scene: Scene) -> Response:
        if scene.service == S3:
            return _s3_error("InvalidAccessKeyId", scene.request)
        return dialect.unauthorized("Bad authentication token")

    def _corrupt(self, fault: Fault, scene: Scene) -> Response:
        truth = _true(scene)
        if not truth.body:
            return truth
        # JSON ends on a bracket or a quote, so that it is sure to be broken; elsewhere a byte in the middle is changed.
        place = -1 if scene.service == REST else len(truth.body) // 2
        body = bytearray(truth.body)
        body[place] ^= 0x01
        return attrs.evolve(truth, body=bytes(body))

    def _no_storage(self, fault: Fault, scene: Scene) -> Response:
        return dialect.json_response(200, {"storage": None})

    def _unknown_values(self, fault: Fault, scene: Scene) -> Response:
        return self._changed(scene, self._unhear)

    def _extra_fields(self, fault: Fault, scene: Scene) -> Response:
        def add(value: dict[str, Any], properties: Mapping[str, Json]) -> None:
            value[UNHEARD_OF_FIELD] = {"nested": [1, None, "text"]}

        return self._changed(scene, add)

    def _unhear(self, value: dict[str, Any], properties: Mapping[str, Json]) -> None:
        for key, schema in properties.items():
            found = value.get(key)
            if found and isinstance(found, str | list) and enumerated(self._document, schema):
                value[key] = UNHEARD_OF if isinstance(found, str) else [UNHEARD_OF for _ in found]

    def _changed(self, scene: Scene, change: Callable[[dict[str, Any], Mapping[str, Json]], None]) -> Response:
        """The true answer with every object in it changed; one that is no success, or no JSON, stays as it is."""
        truth = _true(scene)
        operation = self._operations.get(scene.operation)
        schema = _schema_of(operation, truth) if operation else None
        if schema is None or not 200 <= truth.status < 300:
            return truth
        body = copy.deepcopy(json.loads(truth.body))
        for met in list(self._reading.objects(schema, body)):
            change(met.value, met.properties)  # type: ignore[arg-type]  # of a copy that is ours
        return attrs.evolve(truth, body=dialect.encode(body))


def _true(scene: Scene) -> Response:
    assert scene.truth is not None, "kinds that change the true answer have an effect (see the table)"
    return scene.truth


def _schema_of(operation: Operation, answer: Response) -> str | None:
    media = answer.header("content-type").partition(";")[0]
    return operation.responses.get(str(answer.status), {}).get(media) if "json" in media else None


def _s3_error(code: str, request: Request) -> Response:
    return refusal(request, S3Error(code, SAYS), "tx-fault")


def _retry_after(fault: Fault, now: Instant) -> tuple[tuple[str, str], ...]:
    if fault.retry_after is None:
        return ()
    if fault.retry_after_form == "date":
        return (("retry-after", formatdate(now / SECOND + fault.retry_after, usegmt=True)),)
    return (("retry-after", f"{fault.retry_after:g}"),)
