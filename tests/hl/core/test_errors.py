"""Which exception a refusal becomes, in every shape the server and what stands before it can send."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl import exceptions as ex
from qarnot_hl._core.errors import error_from, error_without_answer, object_of
from qarnot_hl._core.exchange import ApiResponse, Breakdown, NoAnswer


def answer(status: int, body: object = b"", content_type: str = "application/json", **headers: str) -> ApiResponse:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ApiResponse(status, {"content-type": content_type, **headers}, content)


@pytest.mark.parametrize(
    ("operation", "status", "message", "kind"),
    [
        ("task_get", 404, "No such task: x", ex.MissingTaskException),
        ("task_get", 404, "", ex.MissingTaskException),
        ("task_instance_stdout_get", 404, "no instance", ex.MissingTaskInstanceException),
        ("task_instance_stdout_get", 404, "No such task: x", ex.MissingTaskException),
        ("tasks_create", 404, "No such bucket: b", ex.MissingBucketException),
        ("tasks_create", 404, "", ex.MissingBucketException),
        ("task_clone", 404, "No such bucket: b", ex.MissingBucketException),
        ("profile_get", 404, "", ex.MissingProfileException),
        ("pool_get", 404, "", ex.MissingPoolException),
        ("job_get", 404, "", ex.MissingJobException),
        ("secret_get", 404, "Secret k doesn't exist", ex.SecretNotFoundException),
        ("secret_create", 409, "exists", ex.SecretConflictException),
        ("info_get", 404, "", ex.QarnotGenericException),
        ("task_get", 401, "Bad authentication token", ex.UnauthorizedException),
        ("tasks_create", 402, "Not enough credits", ex.NotEnoughCreditsException),
        ("tasks_create", 402, "No HARDWARE Constraint matches", ex.NoMatchingHardwareException),
        ("tasks_create", 403, "Maximum number of tasks reached", ex.MaxTaskException),
        ("pools_create", 403, "maximum NUMBER of pools reached", ex.MaxPoolException),
        ("jobs_create", 403, "Maximum number of jobs reached", ex.MaxJobException),
        ("tasks_create", 403, "Forbidden", ex.UnauthorizedException),
        ("task_abort", 403, "already finished", ex.InvalidStateException),
        ("task_update", 403, "already finished", ex.InvalidStateException),
        ("task_snapshot_periodic", 403, "not running", ex.InvalidStateException),
        ("task_resources_update", 403, "not running", ex.InvalidStateException),
        ("task_resources_update", 400, "not running", ex.InvalidStateException),
        ("task_update", 400, "bad", ex.QarnotGenericException),
        ("tasks_create", 400, "Invalid task file. Invalid fields: name", ex.QarnotGenericException),
        ("task_get", 429, "slow", ex.QarnotGenericException),
        ("task_get", 503, "Maintenance until noon", ex.QarnotGenericException),
        ("task_get", 302, "", ex.QarnotGenericException),
        ("a_later_operation", 418, "", ex.QarnotGenericException),
    ],
)
def test_operation_status_and_message_decide_the_class(
    operation: str, status: int, message: str, kind: type[ex.QarnotException]
) -> None:
    error = error_from(operation, answer(status, {"message": message}), "x")
    assert type(error) is kind
    assert (error.status, error.object_id) == (status, "x")
    assert message in str(error)


def test_a_refused_state_is_a_kind_of_the_documented_unauthorized() -> None:
    assert issubclass(ex.InvalidStateException, ex.UnauthorizedException)


VALIDATION = {
    "type": "t", "title": "One or more validation errors occurred.", "status": 400,
    "errors": {"interval": ["must be positive", "must be whole"], "": ["A non-empty body is required."]},
    "traceId": "trace-1",
}  # fmt: skip
VALIDATION_TEXT = (
    "One or more validation errors occurred. interval: must be positive must be whole A non-empty body is required."
)
KEYS = ["message", "error", "errors", "title", "detail", "extensions", "statusCode"]
SHAPES = {
    "A": ({"message": "No such task: test"}, "No such task: test"),
    "A with capitals": ({"Message": "Nope"}, "Nope"),
    "B": ({"error": {"message": "Bad authentication token", "code": 401}, "data": {}}, "Bad authentication token"),
    "C": ({"title": "Model validation error", "detail": "the reason"}, "Model validation error the reason"),
    "C with errors": (VALIDATION, VALIDATION_TEXT),
    "D": ({"error": "Secret k doesn't exist"}, "Secret k doesn't exist"),
    "F": ([{"statusCode": 403, "uuid": None, "message": "bad name"}, {"statusCode": 402}, None],
          "[0] 403 bad name; [1] 402 no message; [2] null"),
    "a JSON string": ("just words", "just words"),
    "message null, error given": ({"message": None, "error": "why"}, "why"),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_the_message_is_found_in_every_shape(shape: str) -> None:
    body, message = SHAPES[shape]
    assert error_from("tasks_create", answer(400, body)).server_message == message


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (answer(500), "Internal Server Error"),
        (answer(520), "unexplained error"),
        (answer(500, {}), "Internal Server Error"),
        (answer(500, {"message": None}), "Internal Server Error"),
        (answer(500, []), "Internal Server Error"),
        (answer(500, 7), "Internal Server Error"),
        (answer(500, b"plain words", "text/plain"), "plain words"),
        (answer(500, b"not json", "application/json"), "not json"),
        (answer(502, b"<html><head><title>502 Bad\n Gateway</title></head></html>", "text/html"), "502 Bad Gateway"),
        (answer(502, b"<html><body>x</body></html>", "text/html"), "Bad Gateway"),
        (answer(500, b"\xff\xfe", "text/plain"), "\ufffd\ufffd"),
        (answer(500, b"x" * 9999, "text/plain"), "x" * 500 + "…"),
        (answer(500, b"[" * 100_000), "[" * 500 + "…"),
    ],
)
def test_a_body_without_a_message_still_gives_words(response: ApiResponse, message: str) -> None:
    error = error_from("task_get", response)
    assert error.server_message == message
    assert isinstance(error, ex.QarnotGenericException)


def test_a_page_instead_of_an_answer_asks_to_check_the_url() -> None:
    error = error_from("task_get", answer(404, b"<html><title>nginx</title></html>", "text/html"))
    assert type(error) is ex.QarnotGenericException
    assert "cluster_url" in (error.next_step or "")


@pytest.mark.parametrize(
    "response",
    [
        answer(400, {"title": "t", "extensions": {"traceId": "id-1"}}),
        answer(400, {"title": "t", "traceId": "id-1"}),
        answer(400, {"message": "m"}, **{"x-request-id": "id-1"}),
    ],
)
def test_the_request_id_is_carried(response: ApiResponse) -> None:
    assert error_from("task_get", response).request_id == "id-1"


def test_the_next_step_is_printed_below_the_message() -> None:
    error = error_from("task_get", answer(401))
    assert error.__notes__ == [error.next_step]


@given(
    status=st.integers(300, 999),
    body=st.one_of(
        st.binary(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(KEYS), inner),
        ),
    ),
    content_type=st.sampled_from(["", "application/json", "text/html", "text/plain", "application/problem+json"]),
    operation=st.sampled_from(["task_get", "tasks_create", "secret_get", "unheard_of"]),
)  # fmt: skip
def test_anything_at_all_becomes_an_exception_under_the_root(
    status: int, body: object, content_type: str, operation: str
) -> None:
    error = error_from(operation, answer(status, body, content_type))
    assert isinstance(error, ex.QarnotException)
    assert error.status == status
    assert error.server_message


@pytest.mark.parametrize(
    ("path", "object_id"),
    [
        ("/tasks/abc", "abc"),
        ("/tasks/abc/stdout/3", "abc"),
        ("/v1/tasks/a%20b", "a b"),
        ("/carbon/v1/tasks/abc/carbon-facts", "abc"),
        ("/profiles/ubuntu", "ubuntu"),
        ("/tasks", None),
        ("/tasks/summaries/paginate", None),
        ("/tasks/force", None),
        ("/info", None),
    ],
)
def test_the_object_of_a_request_is_read_from_its_path(path: str, object_id: str | None) -> None:
    assert object_of(path) == object_id


@pytest.mark.parametrize(
    ("breakdown", "kind", "builtin", "words"),
    [
        (Breakdown.NOT_SENT, ex.ConnectionFailed, ConnectionError, "has not seen"),
        (Breakdown.CONNECT_TIMEOUT, ex.RequestTimeout, TimeoutError, "has not seen"),
        (Breakdown.UNTRUSTED, ex.ConnectionFailed, ConnectionError, "cluster_custom_certificate"),
        (Breakdown.READ_TIMEOUT, ex.RequestTimeout, TimeoutError, "may have acted"),
        (Breakdown.LOST, ex.ConnectionFailed, ConnectionError, "may have acted"),
    ],
)
def test_no_answer_says_whether_the_server_may_have_acted(
    breakdown: Breakdown, kind: type[ex.QarnotException], builtin: type[Exception], words: str
) -> None:
    cause = OSError("boom")
    error = error_without_answer("tasks_create", NoAnswer(breakdown, "boom", cause), "http://c", 2)
    assert type(error) is kind
    assert isinstance(error, builtin)
    assert error.__cause__ is cause
    assert words in (error.next_step or "")
    assert "http://c after 3 attempts (tasks_create: boom)" in str(error)
