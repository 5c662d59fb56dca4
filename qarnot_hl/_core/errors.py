"""Turns an answer of status 400 and above, or no answer at all, into the exception that the user sees. Pure,
total: any status, content type and body gives an exception, never a crash. Shapes A to F are those of
reference 1.4.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from itertools import pairwise
from urllib.parse import unquote

from attrs import frozen

from qarnot_hl import exceptions as ex
from qarnot_hl._core.exchange import ApiResponse, Breakdown, NoAnswer
from qarnot_hl._core.json_types import Json

REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-correlation-id")
LONGEST_MESSAGE = 500
COLLECTIONS = frozenset({"tasks", "pools", "jobs", "profiles", "projects"})
NOT_AN_OBJECT = frozenset({"paginate", "search", "summaries", "force"})

# "No such bucket: x" names what is missing, whatever was asked for.
NAMED_MISSING: Mapping[str, type[ex.QarnotException]] = {
    "task": ex.MissingTaskException,
    "pool": ex.MissingPoolException,
    "job": ex.MissingJobException,
    "bucket": ex.MissingBucketException,
    "profile": ex.MissingProfileException,
    "project": ex.MissingProjectException,
    "secret": ex.SecretNotFoundException,
}
# Else the operation decides; the first prefix that fits.
MISSING_BY_OPERATION: Sequence[tuple[str, type[ex.QarnotException]]] = (
    ("task_instance_", ex.MissingTaskInstanceException),
    ("pool_instance_", ex.MissingPoolInstanceException),
    ("tasks_create", ex.MissingBucketException),
    ("tasks_force_create", ex.MissingBucketException),
    ("pools_create", ex.MissingBucketException),
    ("task_", ex.MissingTaskException),
    ("pool_", ex.MissingPoolException),
    ("job_", ex.MissingJobException),
    ("profile_", ex.MissingProfileException),
    ("project_", ex.MissingProjectException),
    ("secret_", ex.SecretNotFoundException),
)
# Operations whose 403 speaks of the object's state (reference 1.5); permission is then the rarer reason.
STATEFUL = re.compile(r"^(task|pool|job)_(update|resources_update|abort|close|terminate|delete|restart|snapshot_\w+)$")
NO_SUCH = re.compile(rf"\bno such ({'|'.join(NAMED_MISSING)})\b", re.IGNORECASE)

CHECK_TOKEN = (
    "Check the token (client_token, QARNOT_CLIENT_TOKEN or [client] token) and that it belongs to this cluster."
)
CHECK_URL = "The answer does not look like Qarnot's: check cluster_url, QARNOT_CLUSTER_URL and any proxy in between."
TRY_LATER = "The service has a problem of its own; the request was repeated as far as that is safe. Try again later."
FREE_SOME = "Delete finished ones (or let them go by auto_delete), or ask for a higher limit."


@frozen
class Refusal:
    """What an error body says, whatever its shape."""

    message: str
    request_id: str | None = None


Rule = tuple[Callable[[str, int, str], bool], type[ex.QarnotException], str | None]


def _contains(status: int, text: str) -> Callable[[str, int, str], bool]:
    return lambda operation, got, message: got == status and text in message.lower()


def _status(status: int) -> Callable[[str, int, str], bool]:
    return lambda operation, got, message: got == status


def _wrong_state(operation: str, status: int, message: str) -> bool:
    # One source says 400, another 403 for the resources of a task that does not run (reference 1.5): treated alike.
    return bool(STATEFUL.match(operation)) and (
        status == 403 or (status == 400 and operation.endswith("_resources_update"))
    )


RULES: Sequence[Rule] = (
    (_contains(402, "hardware constraint"), ex.NoMatchingHardwareException, "Loosen the hardware constraints."),
    (_status(402), ex.NotEnoughCreditsException, "Add credits to the account."),
    (_contains(403, "maximum number of tasks"), ex.MaxTaskException, FREE_SOME),
    (_contains(403, "maximum number of pools"), ex.MaxPoolException, FREE_SOME),
    (_contains(403, "maximum number of jobs"), ex.MaxJobException, FREE_SOME),
    (_status(401), ex.UnauthorizedException, CHECK_TOKEN),
    (_wrong_state, ex.InvalidStateException, "Refresh the object and look at its state."),
    (_status(403), ex.UnauthorizedException, "The token is valid, but it does not permit this."),
    (lambda o, s, m: s == 409 and o.startswith("secret_"), ex.SecretConflictException, "Use update instead of create."),
    (lambda o, s, m: s == 429, ex.QarnotGenericException, "Too many requests: slow down, or raise retry_count."),
    (lambda o, s, m: s >= 500, ex.QarnotGenericException, TRY_LATER),
    (lambda o, s, m: s < 400, ex.QarnotGenericException, CHECK_URL),
)


def error_from(operation: str, response: ApiResponse, object_id: str | None = None) -> ex.QarnotException:
    """The exception for an answer that is not a success."""
    refusal = read_refusal(response)
    kind, next_step = classify(operation, response, refusal.message)
    about = f"{operation} {object_id}" if object_id else operation
    return kind(
        f"{shortened(refusal.message)} (HTTP {response.status}, {about})",
        status=response.status,
        server_message=refusal.message,
        request_id=refusal.request_id,
        object_id=object_id,
        next_step=next_step,
    )


def classify(operation: str, response: ApiResponse, message: str) -> tuple[type[ex.QarnotException], str | None]:
    """The class and the next step: a missing object first, then the first rule that fits."""
    if response.status == 404:
        if is_html(response):
            return ex.QarnotGenericException, CHECK_URL
        return missing(operation, message), "Check the name or uuid; it may have been deleted."
    for applies, kind, next_step in RULES:
        if applies(operation, response.status, message):
            return kind, next_step
    return ex.QarnotGenericException, None


def missing(operation: str, message: str) -> type[ex.QarnotException]:
    """Which thing a 404 says is missing."""
    named = NO_SUCH.search(message)
    if named:
        return NAMED_MISSING[named[1].lower()]
    for prefix, kind in MISSING_BY_OPERATION:
        if operation.startswith(prefix):
            return kind
    return ex.QarnotGenericException


def read_refusal(response: ApiResponse) -> Refusal:
    """The message of an error answer and the id by which the server knows the request."""
    body = parsed(response)
    message = " ".join(said(body).split()) if not isinstance(body, list) else said(body)
    headers = (response.headers.get(name) for name in REQUEST_ID_HEADERS)
    request_id = trace_id(body) or next((value for value in headers if value), None)
    return Refusal(message or plain(response) or phrase(response.status), request_id)


def parsed(response: ApiResponse) -> Json:
    """The body as JSON, when it is JSON whatever its declared type; else None."""
    try:
        return response.json()
    except ValueError:
        return None


def said(body: Json) -> str:
    """The words in a JSON error body; empty when there are none."""
    if isinstance(body, str):
        return body
    if isinstance(body, Mapping):
        return said_by_object(body)
    if isinstance(body, Sequence):
        return "; ".join(f"[{index}] {said_by_entry(entry)}" for index, entry in enumerate(body))
    return ""


def said_by_object(body: Mapping[str, Json]) -> str:
    """Shapes A, B, C and D, in any letter case of their keys."""
    lowered = {key.lower(): value for key, value in body.items()}
    error = lowered.get("error")
    if isinstance(error, Mapping):
        return said(error)
    for key in ("message", "error"):
        text = lowered.get(key)
        if isinstance(text, str) and text.strip():
            return text
    parts = [text for key in ("title", "detail") if isinstance(text := lowered.get(key), str) and text]
    fields = list(field_errors(lowered.get("errors")))
    return " ".join([*(part for part in parts if not any(part in field for field in fields)), *fields])


def field_errors(errors: Json) -> Iterator[str]:
    """``name: what is wrong`` for each field of a validation problem (shape C)."""
    if not isinstance(errors, Mapping):
        return
    for name, texts in errors.items():
        words = (
            texts
            if isinstance(texts, str)
            else " ".join(t for t in texts or () if isinstance(t, str))
            if isinstance(texts, list)
            else ""
        )
        yield f"{name}: {words}" if name else words


def said_by_entry(entry: Json) -> str:
    """One line of a refused bulk (shape F)."""
    if not isinstance(entry, Mapping):
        return json.dumps(entry)
    return f"{entry.get('statusCode')} {said(entry) or 'no message'}"


def trace_id(body: Json) -> str | None:
    """The trace id of a problem, at the top or among its extensions."""
    if not isinstance(body, Mapping):
        return None
    extensions = body.get("extensions")
    inner = extensions.get("traceId") if isinstance(extensions, Mapping) else None
    found = body.get("traceId") or inner
    return found if isinstance(found, str) else None


def is_html(response: ApiResponse) -> bool:
    """Whether a page came instead of an answer: a proxy or a load balancer speaks."""
    return response.content_type == "text/html" or response.content.lstrip()[:1] == b"<"


def plain(response: ApiResponse) -> str:
    """The text of a body that is no JSON; of a page, its title."""
    text = response.content.decode("utf-8", errors="replace")
    if is_html(response):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        text = title[1] if title else ""
    elif parsed(response) is not None:
        text = ""
    return shortened(" ".join(text.split()))


def shortened(text: str) -> str:
    """At most so much of it as a person wants to read; servers may repeat a whole request."""
    return text if len(text) <= LONGEST_MESSAGE else text[:LONGEST_MESSAGE] + "…"


def phrase(status: int) -> str:
    """The usual words for a status; unassigned ones have none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unexplained error"


def object_of(path: str) -> str | None:
    """The uuid, shortname or name in a request path, if it is about one object."""
    segments = [segment for segment in path.split("?")[0].split("/") if segment]
    for collection, name in pairwise(segments):
        if collection in COLLECTIONS and name not in NOT_AN_OBJECT:
            return unquote(name)
    return None


def guessed_operation(method: str, path: str) -> str:
    """A stand-in for an operationId, good enough to tell what a 404 is about, where only the request is
    known.
    """
    segments = path.split("/")
    collection = next((segment for segment in segments if segment in COLLECTIONS), "service")
    if object_of(path) is not None:
        return f"{collection.removesuffix('s')}_{segments[-1] if len(segments) > 3 else method.lower()}"
    return f"{collection}_{'create' if method.upper() == 'POST' else 'list'}"


def error_without_answer(
    operation: str, outcome: NoAnswer, cluster_url: str, repeats: int, object_id: str | None = None
) -> ex.TransportException:
    """The exception for a request that got no answer, after the repeats."""
    kind = ex.RequestTimeout if outcome.breakdown.is_timeout else ex.ConnectionFailed
    times = f" after {repeats + 1} attempts" if repeats else ""
    about = f"{operation} {object_id}" if object_id else operation
    error = kind(
        f"{outcome.breakdown.value}: {cluster_url}{times} ({about}: {outcome.reason})",
        object_id=object_id,
        next_step=next_step_without_answer(outcome),
    )
    error.__cause__ = outcome.cause
    error.may_pass = outcome.breakdown is not Breakdown.UNTRUSTED
    return error


def next_step_without_answer(outcome: NoAnswer) -> str:
    """What to do: it depends on whether the server may have acted."""
    if outcome.breakdown is Breakdown.UNTRUSTED:
        return "Name the server's authority in cluster_custom_certificate, a PEM file."
    if outcome.breakdown is Breakdown.NO_TIME:
        return "Allow more time: the deadline of the surrounding block has passed."
    if outcome.breakdown.never_acted:
        return "Check the network, cluster_url and any proxy settings. The server has not seen the request."
    return "The server may have acted on the request: look before you send it again."
