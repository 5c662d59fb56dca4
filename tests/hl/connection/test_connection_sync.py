# Generated from tests/hl/connection/test_connection_async.py by scripts/unasync.py. Do not edit.
"""The connection against a scripted server: requests, answers, repeats and refusals. The blocking twin is
made from this.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._sync.connection import Connection

pytestmark = pytest.mark.anyio

INFO = {"email": "someone@example.com", "maxTask": 100}
UNAVAILABLE = httpx.Response(503, json={"message": "maintenance"})
BROKEN = httpx.ReadError("broken pipe")
REFUSED = httpx.ConnectError("connection refused")


def user_info(connection: Connection) -> Any:
    return connection._user_info()


def test_building_a_connection_sends_nothing(server: Any, connect: Any) -> None:
    connect()
    assert server.requests == []


def test_a_request_carries_the_bare_token_and_our_name(server: Any, connect: Any) -> None:
    server.on("GET /info", INFO)
    info = user_info(connect())
    assert (info.email, info.max_task) == ("someone@example.com", 100)
    headers = server.requests[0].headers
    assert headers["authorization"] == "s3cr3t-token"
    assert headers["user-agent"].startswith("qarnot-hl/")


def test_a_base_url_with_a_path_is_kept(server: Any, connect: Any) -> None:
    server.on("GET /v1/info", INFO)
    user_info(connect(cluster_url="http://cloud.example/v1"))
    assert server.calls == ["GET /v1/info"]


def test_a_read_is_repeated_over_every_transient_failure(server: Any, clock: Any, connect: Any) -> None:
    server.on("GET /info", UNAVAILABLE, BROKEN, REFUSED, httpx.ReadTimeout("slow"), httpx.Response(502), INFO)
    assert (user_info(connect())).email == "someone@example.com"
    assert clock.pauses == [0.5, 1.0, 2.0, 4.0, 8.0]


def test_each_repeat_is_logged_without_the_token(server: Any, connect: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "qarnot_hl")
    server.on("GET /info", UNAVAILABLE, BROKEN, INFO)
    user_info(connect())
    ours = [record.getMessage() for record in caplog.records if record.name == "qarnot_hl"]
    assert ours == [
        "info_get: HTTP 503; sending it again in 0.5 s (1)",
        "info_get: the connection broke before an answer came; sending it again in 1.0 s (2)",
    ]
    assert "s3cr3t" not in caplog.text


def test_retry_count_bounds_the_repeats_and_the_last_refusal_is_raised(server: Any, connect: Any) -> None:
    server.on("GET /info", UNAVAILABLE)
    with pytest.raises(ex.QarnotGenericException, match="maintenance") as refused:
        user_info(connect(retry_count=2))
    assert refused.value.status == 503
    assert len(server.requests) == 3


def test_retry_count_zero_sends_once(server: Any, clock: Any, connect: Any) -> None:
    server.on("GET /info", UNAVAILABLE)
    with pytest.raises(ex.QarnotGenericException):
        user_info(connect(retry_count=0))
    assert (len(server.requests), clock.pauses) == (1, [])


def test_retry_after_is_obeyed(server: Any, clock: Any, connect: Any) -> None:
    server.on("GET /info", httpx.Response(429, headers={"Retry-After": "12"}), INFO)
    user_info(connect())
    assert clock.pauses == [12.0]


def test_retry_after_beyond_the_deadline_is_not_waited_for(server: Any, clock: Any, connect: Any) -> None:
    server.on("GET /info", httpx.Response(429, headers={"Retry-After": "3600"}, json={"message": "later"}))
    with pytest.raises(ex.QarnotGenericException, match="later"):
        user_info(connect())
    assert clock.pauses == []


@pytest.mark.parametrize("failure", [BROKEN, httpx.ReadTimeout("slow"), httpx.Response(502), httpx.Response(500)])
def test_a_consuming_read_is_not_repeated_when_the_server_may_have_acted(
    failure: Any, server: Any, connect: Any
) -> None:
    from qarnot_client.api.tasks import task_stdout_fresh

    server.on("POST /tasks/x/stdout", failure)
    with pytest.raises(ex.QarnotException):
        connect()._api.call(task_stdout_fresh._get_kwargs("x"), "task_stdout_fresh")
    assert len(server.requests) == 1


@pytest.mark.parametrize("failure", [REFUSED, httpx.ConnectTimeout("slow"), UNAVAILABLE, httpx.Response(429)])
def test_a_consuming_read_is_repeated_when_the_server_cannot_have_acted(
    failure: Any, server: Any, connect: Any
) -> None:
    from qarnot_client.api.tasks import task_stdout_fresh

    server.on("POST /tasks/x/stdout", failure, httpx.Response(200, text="0> hi\n"))
    response = connect()._api.call(task_stdout_fresh._get_kwargs("x"), "task_stdout_fresh")
    assert response.text() == "0> hi\n"


def test_output_may_come_as_text_or_as_a_json_string(server: Any, connect: Any) -> None:
    from qarnot_client.api.tasks import task_stdout_get

    server.on("GET /tasks/x/stdout", httpx.Response(200, text='"quoted"'), "0> hi\n", httpx.Response(200))
    api = connect()._api
    texts = [(api.call(task_stdout_get._get_kwargs("x"), "task_stdout_get")).text() for _ in range(3)]
    assert texts == ['"quoted"', "0> hi\n", ""]


def test_a_delete_whose_answer_was_lost_counts_as_done_when_the_object_is_gone(server: Any, connect: Any) -> None:
    from qarnot_client.api.tasks import task_delete

    server.on("DELETE /tasks/x", BROKEN, httpx.Response(404, json={"message": "No such task: x"}))
    assert (connect()._api.call(task_delete._get_kwargs("x"), "task_delete")).status == 200


def test_a_delete_of_what_was_never_there_is_refused(server: Any, connect: Any) -> None:
    from qarnot_client.api.tasks import task_delete

    server.on("DELETE /tasks/x", UNAVAILABLE, httpx.Response(404, json={"message": "No such task: x"}))
    with pytest.raises(ex.MissingTaskException, match="No such task: x") as refused:
        connect()._api.call(task_delete._get_kwargs("x"), "task_delete")
    assert refused.value.object_id == "x"


def test_a_broken_connection_tells_the_url_and_what_to_do(server: Any, connect: Any) -> None:
    server.on("GET /info", REFUSED)
    with pytest.raises(ex.ConnectionFailed, match=r"http://cloud\.example after 2 attempts") as failed:
        user_info(connect(retry_count=1))
    assert isinstance(failed.value, ConnectionError)
    assert isinstance(failed.value.__cause__, httpx.ConnectError)


def test_a_slow_answer_is_a_timeout(server: Any, connect: Any) -> None:
    server.on("GET /info", httpx.ReadTimeout("slow"))
    with pytest.raises(ex.RequestTimeout):
        user_info(connect(retry_count=0))


@pytest.mark.parametrize("status", [301, 302, 304])
def test_a_redirection_is_not_followed_with_the_token(status: int, server: Any, connect: Any) -> None:
    server.on("GET /info", httpx.Response(status, headers={"Location": "http://evil.example/"}))
    with pytest.raises(ex.QarnotGenericException) as refused:
        user_info(connect())
    assert (refused.value.status, len(server.requests)) == (status, 1)


def test_a_wrong_token_is_told_with_the_server_s_words(server: Any, connect: Any) -> None:
    server.on("GET /info", httpx.Response(401, json={"error": {"message": "Bad authentication token", "code": 401}}))
    with pytest.raises(ex.UnauthorizedException, match="Bad authentication token") as refused:
        user_info(connect())
    assert "s3cr3t" not in repr(refused.value) + str(vars(refused.value))


def test_a_page_of_a_hotspot_instead_of_an_answer_is_told_as_such(server: Any, connect: Any) -> None:
    server.on("GET /info", httpx.Response(200, html="<html>please log in</html>"))
    with pytest.raises(ex.UnexpectedAnswerException, match="text/html") as refused:
        user_info(connect())
    assert "cluster_url" in (refused.value.next_step or "")


def test_the_storage_comes_from_the_cluster_and_the_account_and_is_asked_once(server: Any, connect: Any) -> None:
    server.on("GET /settings", {"storage": "http://storage.example"})
    server.on("GET /info", INFO)
    connection = connect()
    access = connection._storage_access()
    assert connection._storage_access() is access
    assert (access.endpoint, access.access_key) == ("http://storage.example", "someone@example.com")
    assert access.secret_key == "s3cr3t-token"
    assert "s3cr3t" not in repr(access)
    assert server.calls == ["GET /settings", "GET /info"]


def test_a_configured_storage_url_is_not_asked_for(server: Any, connect: Any) -> None:
    server.on("GET /info", INFO)
    access = connect(storage_url="http://elsewhere.example")._storage_access()
    assert (access.endpoint, server.calls) == ("http://elsewhere.example", ["GET /info"])


def test_the_address_of_the_storage_is_configured_or_told_by_the_cluster(server: Any, connect: Any) -> None:
    assert connect(storage_url="http://elsewhere.example")._storage_url() == "http://elsewhere.example"
    assert server.calls == []
    server.on("GET /settings", {"storage": "http://storage.example"})
    assert connect()._storage_url() == "http://storage.example"


def test_a_cluster_without_storage_has_no_address_of_one(server: Any, connect: Any) -> None:
    server.on("GET /settings", {"storage": None})
    assert connect()._storage_url() is None


def test_a_cluster_without_storage_says_so(server: Any, connect: Any) -> None:
    server.on("GET /settings", {"storage": None})
    with pytest.raises(ex.BucketStorageUnavailableException, match="no bucket storage"):
        connect().buckets()


def test_profiles_are_listed_by_name_and_then_fetched(server: Any, connect: Any) -> None:
    server.on("GET /profiles", ["a", "b c", "gone"])
    server.on("GET /profiles/a", {"name": "a", "constants": [{"name": "X", "value": "1"}]})
    server.on("GET /profiles/b c", {"name": None, "constants": None})
    server.on("GET /profiles/gone", httpx.Response(404, json={"message": "No such profile"}))
    found = connect().profiles()
    assert [(profile.name, profile.constants) for profile in found] == [("a", (("X", "1"),)), ("b c", ())]
    assert sorted(server.calls[1:]) == ["GET /profiles/a", "GET /profiles/b c", "GET /profiles/gone"]


def test_an_unknown_profile_is_missing_or_none(server: Any, connect: Any) -> None:
    connection = connect()
    with pytest.raises(ex.MissingProfileException):
        connection.retrieve_profile("nope")
    assert connection.profile_details("nope") is None


def test_the_service_tells_its_settings_and_versions(server: Any, connect: Any) -> None:
    server.on("GET /settings", {"storage": None, "new": "thing"})
    server.on("GET /versions", [{"version": "v1", "endOfLife": None}])
    connection = connect()
    assert dict(connection.cluster_settings()) == {"storage": None, "new": "thing"}
    assert [dict(v) for v in connection.versions()] == [{"version": "v1", "endOfLife": None}]


def test_a_closed_connection_opens_again_when_it_is_used(server: Any, connect: Any) -> None:
    server.on("GET /info", INFO)
    with connect() as connection:
        user_info(connection)
    assert (user_info(connection)).email == "someone@example.com"
    connection.close()


REFUSALS = [
    (httpx.Response(502, headers={"content-type": "text/html"}, text="<title>Bad</title>"), ex.QarnotGenericException),
    (httpx.Response(520), ex.QarnotGenericException),
    (httpx.Response(500), ex.QarnotGenericException),
    (httpx.Response(404, json={}), ex.MissingTaskException),
    (httpx.Response(401), ex.UnauthorizedException),
]


@pytest.mark.parametrize(("refusal", "kind"), REFUSALS)
def test_the_generated_client_raises_our_exceptions(
    refusal: httpx.Response, kind: type[Exception], server: Any, connect: Any
) -> None:
    from qarnot_client.api.tasks import task_get

    server.on("GET /tasks/x", refusal)
    with connect().generated_client() as client, pytest.raises(kind):
        task_get.sync_detailed("x", client=client)


def test_the_generated_client_gives_typed_answers(server: Any, connect: Any) -> None:
    from qarnot_client.api.service import info_get

    server.on("GET /info", INFO)
    with connect().generated_client() as client:
        answer = info_get.sync_detailed(client=client)
    assert answer.parsed.email == "someone@example.com"
    assert server.requests[0].headers["authorization"] == "s3cr3t-token"


def test_the_generated_client_does_not_show_the_token(server: Any, connect: Any) -> None:
    with connect().generated_client() as client:
        assert "s3cr3t-token" not in repr(client)


def test_calls_that_fail_together_share_one_budget_of_repeats(server: Any, connect: Any) -> None:
    server.on("GET /info", UNAVAILABLE)
    connection = connect(retry_budget=4, retry_wait=0.0)
    for _ in range(5):
        with pytest.raises(ex.QarnotGenericException):
            user_info(connection)
    assert len(server.requests) == 5 + 4


def test_the_timeouts_of_a_repeat_end_with_the_deadline(server: Any, connect: Any) -> None:
    server.on("GET /info", httpx.Response(503, headers={"retry-after": "40"}), INFO)
    user_info(connect(retry_deadline=45))
    first, second = (request.extensions["timeout"] for request in server.requests)
    assert (first["connect"], first["read"]) == (10.0, 60.0)
    assert (second["connect"], second["read"]) == (5.0, 5.0)


def test_a_deadline_of_zero_leaves_the_timeouts_as_they_are(server: Any, connect: Any) -> None:
    server.on("GET /info", UNAVAILABLE, INFO)
    user_info(connect(retry_deadline=0, cluster_timeout=0))
    assert server.requests[1].extensions["timeout"]["read"] is None


def test_a_secret_is_not_created_again_where_the_first_attempt_may_have_done_it(server: Any, connect: Any) -> None:
    server.on("PUT /secrets-manager/data/k", BROKEN)
    with pytest.raises(ex.ConnectionFailed) as failed:
        connect().secrets.create_secret("k", "v")
    assert len(server.requests) == 1
    assert "may have acted" in str(failed.value.next_step)
