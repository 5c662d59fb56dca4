"""Two accounts of one server never meet: over the API, the storage, presigned URLs, the control API, on the disk."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from qarnot_mock.messages import Request

STORAGE = "http://127.0.0.1:8089"
MINE, THEIRS = "my-token", "their-token"


@pytest.fixture
def two(open_cloud: Callable[..., Any], tmp_path: Path) -> tuple[Any, Any]:
    """Two accounts of one cloud, each with a bucket of the same name."""
    mine = open_cloud(tmp_path / "data", MINE, admin_token="admin")
    theirs = type(mine)(mine.cloud, THEIRS)
    for driver, content in ((mine, b"mine"), (theirs, b"theirs")):
        driver.s3("PUT", "/box")
        driver.put("key", content)
        driver.submit(shortname="same")
        driver.rest("PUT", "/secrets-manager/data/key", {"value": content.decode()})
    return mine, theirs


def presigned(driver: Any, email: str, token: str) -> Any:
    request = AWSRequest("GET", f"{STORAGE}/box/key")
    S3SigV4QueryAuth(Credentials(email, token), "s3", "us-east-1", expires=600).add_auth(request)
    query = request.prepare().url.partition("?")[2]
    return driver.cloud.s3(Request("GET", "/box/key", query, (("host", "127.0.0.1:8089"),)))


def email_of(driver: Any) -> str:
    return str(json.loads(driver.rest("GET", "/info").body)["email"])


def test_the_api_shows_and_changes_only_ones_own(two: tuple[Any, Any]) -> None:
    mine, theirs = two
    before = theirs.state()
    assert [task["uuid"] for task in json.loads(mine.rest("GET", "/tasks").body)] == mine.tasks
    assert mine.tasks != theirs.tasks
    for method in ("GET", "DELETE"):
        assert mine.rest(method, f"/tasks/{theirs.tasks[0]}").status == 404
    assert json.loads(mine.rest("GET", "/secrets-manager/data/key").body) == {"value": "mine"}
    assert mine.rest("DELETE", "/tasks/same").status < 300
    assert theirs.state() == before


def test_the_storage_and_presigned_urls_reach_only_ones_own(two: tuple[Any, Any]) -> None:
    mine, theirs = two
    assert (mine.s3("GET", "/box/key").body, theirs.s3("GET", "/box/key").body) == (b"mine", b"theirs")
    assert mine.s3("DELETE", "/box/key").status == 204
    assert theirs.s3("GET", "/box/key").body == b"theirs"
    assert presigned(theirs, email_of(theirs), THEIRS).body == b"theirs"
    refused = presigned(theirs, email_of(theirs), MINE)
    assert refused.status == 403
    assert b"theirs" not in refused.body


def test_the_control_api_reaches_only_ones_own(two: tuple[Any, Any]) -> None:
    mine, theirs = two
    before, digest = theirs.state(), theirs.cloud.authenticate(THEIRS).identity.digest
    for path in ("state", "journal", "export"):
        said = mine.rest("GET", f"/_mock/{path}").body.decode()
        assert [word for word in (theirs.tasks[0], digest, base64.b64encode(b"theirs").decode()) if word in said] == []
    assert mine.tasks[0] in mine.rest("GET", "/_mock/state").body.decode()
    assert base64.b64encode(b"mine").decode() in mine.rest("GET", "/_mock/export").body.decode()
    assert mine.rest("GET", "/_mock/tenants").status == 403
    headers = (("authorization", MINE),)
    answer = mine.cloud.rest(Request("POST", "/_mock/reset", f"tenant={digest}", headers))
    assert json.loads(answer.body)["reset"] != [digest]
    assert theirs.state() == before
    assert theirs.stored() == {"box/key": b"theirs"}


def test_a_reset_leaves_the_files_of_others_alone(
    two: tuple[Any, Any], open_cloud: Callable[..., Any], tmp_path: Path
) -> None:
    mine, theirs = two
    before = theirs.state()
    assert mine.rest("POST", "/_mock/reset").status == 200
    mine.cloud.close()
    back = open_cloud(tmp_path / "data", THEIRS)
    assert (back.state(), back.stored()) == (before, {"box/key": b"theirs"})
    assert type(back)(back.cloud, MINE).stored() == {}
