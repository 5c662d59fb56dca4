"""How the real server words its answers: error shapes, media types and negotiation (reference 1.4 and 2.6).

Plain functions from values to :class:`~qarnot_mock.messages.Response`; nothing here decides what went wrong.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from qarnot_mock.messages import Response
from qarnot_mock.sim.commands import Answer, Json, Refusal

JSON_TYPE = "application/json; charset=utf-8"
TEXT_TYPE = "text/plain; charset=utf-8"
PROBLEM_TYPE = "application/problem+json; charset=utf-8"
VALIDATION_TITLE = "One or more validation errors occurred."

Headers = tuple[tuple[str, str], ...]

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def encode(body: Json) -> bytes:
    """JSON as it goes over the wire: UTF-8, no spaces, members in the order they were made."""
    return _ENCODER.encode(body).encode("utf-8", "surrogatepass")


def json_response(status: int, body: Json, headers: Headers = ()) -> Response:
    """A JSON answer."""
    return Response(status, (("content-type", JSON_TYPE), *headers), encode(body))


def empty(status: int, headers: Headers = ()) -> Response:
    """An answer without a body (shape E)."""
    return Response(status, headers)


def message(status: int, text: str, headers: Headers = ()) -> Response:
    """Shape A, the ordinary error of the compute API: ``{"message": ...}``."""
    return json_response(status, {"message": text}, headers)


def unauthorized(text: str) -> Response:
    """Shape B, for a missing or wrong token: ``{"error": {"message", "code"}, "data": {}}``."""
    return json_response(401, {"error": {"message": text, "code": 401}, "data": {}})


def problem(
    status: int, detail: str, *, instance: str = "", errors: Mapping[str, Sequence[str]] | None = None
) -> Response:
    """Shape C, RFC 7807 problem details; with ``errors`` the shape of model validation."""
    body: dict[str, Json] = {
        "type": "about:blank",
        "title": VALIDATION_TITLE if errors else HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": instance or None,
        "extensions": {"traceId": _trace_id(status, detail, instance)},
    }
    if errors is not None:
        body["errors"] = {field: list(texts) for field, texts in errors.items()}
    return Response(status, (("content-type", PROBLEM_TYPE),), encode(body))


def _trace_id(*parts: object) -> str:
    # A real trace id is random; equal requests get equal ones here, so that runs can be compared.
    digest = hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return f"00-{digest[:32]}-{digest[32:48]}-00"


def refusal(error: Refusal, instance: str) -> Response:
    """The world's refusal in the shape it asks for; ``error`` is shape D, the one of the secrets manager."""
    if error.shape == "list":
        return json_response(error.status, error.body)
    if error.shape == "problem":
        return problem(error.status, error.message, instance=instance, errors=error.errors)
    if error.shape == "error":
        return json_response(error.status, {"error": error.message})
    return message(error.status, error.message)


def answer(outcome: Answer, accept: str) -> Response:
    """The world's answer; a text becomes a JSON string when the client prefers JSON."""
    headers: Headers = (("location", outcome.location),) if outcome.location else ()
    if outcome.media == "empty":
        return empty(outcome.status, headers)
    if outcome.media == "text" and not wants_json(accept):
        text = str(outcome.body).encode("utf-8", "surrogatepass")
        return Response(outcome.status, (("content-type", TEXT_TYPE), *headers), text)
    return json_response(outcome.status, outcome.body, headers)


def wants_json(accept: str) -> bool:
    """True when ``Accept`` ranks JSON above plain text; ``*/*`` and silence mean text (inferred, reference 2.6)."""
    ranks = _ranks(accept)
    ranked_json = ranks.get("application/json", ranks.get("application/*", (0.0, 0)))
    return ranked_json[0] > 0 and ranked_json > ranks.get("text/plain", ranks.get("text/*", (0.0, 0)))


def _ranks(accept: str) -> dict[str, tuple[float, int]]:
    """Media range to (quality, earlier is higher)."""
    ranks: dict[str, tuple[float, int]] = {}
    for place, item in enumerate(accept.lower().split(",")):
        media, *parameters = (part.strip() for part in item.split(";"))
        quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        try:
            ranks.setdefault(media, (float(quality), -place))
        except ValueError:
            continue
    return ranks
