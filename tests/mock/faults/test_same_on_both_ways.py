"""The same fault over a socket and in process: each library ends up with the same error, or the same answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import boto3
import botocore.exceptions
import httpx
import pytest
import requests
from botocore.config import Config

from qarnot_mock.faults import KINDS
from qarnot_mock.faults.injection import Faults
from qarnot_mock.server import Server
from qarnot_mock.testing.cloud import QarnotCloud

CONTENT = b"0123456789" * 20
OPTIONS: dict[str, dict[str, Any]] = {"slow": {"bytes_per_second": 1_000_000}}
LIMIT = 0.3
"""Seconds that a client waits for what never comes."""

LIBRARIES = {"httpx": (httpx.get, httpx.HTTPError), "requests": (requests.get, requests.exceptions.RequestException)}


def outcome(faults: Faults, kind: str, act: Callable[[], object], *errors: type[Exception], **where: Any) -> object:
    """What a client has of an exchange with a fault: the class of its error, or the answer."""
    faults.add({"kind": kind, "times": 1, **where, **OPTIONS.get(kind, {})})
    try:
        return act()
    except errors as error:
        said = getattr(error, "response", None)
        return (type(error), said["Error"]["Code"]) if isinstance(said, dict) else type(error)
    finally:
        assert [hit.kind for hit in faults.hits()][-1:] == [kind]


def settings(get: Any, url: str, limit: float) -> tuple[int, bytes]:
    answer = get(f"{url}/settings", headers={"Authorization": "token-of-both"}, timeout=limit)
    return answer.status_code, answer.content if answer.status_code != 200 else b""  # a success names its own storage


def limit(kind: str) -> float:
    return LIMIT if kind == "no-answer" else 60


REST_KINDS = [name for name, kind in KINDS.items() if "rest" in kind.services and kind.needs != "enumeration"]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("kind", REST_KINDS)
def test_of_the_api(server: Server, qarnot_cloud: QarnotCloud, library: str, kind: str) -> None:
    get, errors = LIBRARIES[library]
    server.cloud.faults.remove()
    seen = [
        outcome(faults, kind, partial(settings, get, url, limit(kind)), errors, operation="settings_get")
        for faults, url in [(server.cloud.faults, server.url), (qarnot_cloud.faults, qarnot_cloud.url)]
    ]
    assert seen[0] == seen[1]


STORAGE_KINDS = [name for name, kind in KINDS.items() if "s3" in kind.services]


@pytest.mark.parametrize("kind", STORAGE_KINDS)
def test_of_the_storage(server: Server, qarnot_cloud: QarnotCloud, kind: str) -> None:
    server.cloud.faults.remove()
    tenant = server.cloud.authenticate(qarnot_cloud.token)
    assert tenant is not None
    seen = []
    for faults, url, email in [
        (server.cloud.faults, server.storage_url, tenant.identity.email),
        (qarnot_cloud.faults, qarnot_cloud.storage_url, qarnot_cloud.email),
    ]:
        client = _client(url, email, qarnot_cloud.token, limit(kind))
        client.create_bucket(Bucket="both")
        client.put_object(Bucket="both", Key="key", Body=CONTENT)
        errors = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError)
        seen.append(outcome(faults, kind, partial(read, client), *errors, operation="GetObject"))
        client.delete_object(Bucket="both", Key="key")
        client.delete_bucket(Bucket="both")
    assert seen[0] == seen[1]


def read(client: Any) -> object:
    return client.get_object(Bucket="both", Key="key")["Body"].read()


def _client(url: str, email: str, token: str, limit: float) -> Any:
    make: Callable[..., Any] = boto3.client
    return make(
        "s3", endpoint_url=url, aws_access_key_id=email, aws_secret_access_key=token, region_name="us-east-1",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, read_timeout=limit),
    )  # fmt: skip
