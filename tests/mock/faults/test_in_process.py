"""Faults as the clients of a test see them, without a socket: each library raises what it raises over one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import botocore.exceptions
import httpx
import pytest
import requests
from botocore.config import Config

import qarnot_hl
from qarnot_mock.testing.cloud import QarnotCloud
from qarnot_mock.testing.mishaps import NeverAnsweredError

URL = "https://api.qarnot.com/tasks"
HEADERS = {"Authorization": "token-of-the-test"}

SEEN = {
    # kind: what httpx raises, what requests raises
    "refused": (httpx.ReadError, requests.exceptions.ConnectionError),
    "answer-lost": (httpx.ReadError, requests.exceptions.ConnectionError),
    "no-answer": (httpx.ReadTimeout, requests.exceptions.ReadTimeout),
    "reset-mid-body": (httpx.ReadError, requests.exceptions.ChunkedEncodingError),
    "truncated": (httpx.RemoteProtocolError, requests.exceptions.ChunkedEncodingError),
}


@pytest.mark.parametrize("kind", SEEN)
def test_httpx_and_requests_raise_what_they_raise_over_a_socket(qarnot_cloud: QarnotCloud, kind: str) -> None:
    qarnot_cloud.faults.add({"kind": kind})
    by_httpx, by_requests = SEEN[kind]
    began = qarnot_cloud.now
    with pytest.raises(by_httpx), httpx.Client(timeout=7) as client:
        client.get(URL, headers=HEADERS)
    with pytest.raises(by_requests):
        requests.get(URL, headers=HEADERS, timeout=7)
    waited = (qarnot_cloud.now - began).total_seconds()
    assert (14 <= waited < 15) if kind == "no-answer" else waited < 1


def test_an_asynchronous_client_sees_the_same(qarnot_cloud: QarnotCloud) -> None:
    async def look() -> None:
        async with httpx.AsyncClient() as client:
            await client.get(URL, headers=HEADERS)

    qarnot_cloud.faults.add({"kind": "truncated"})
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        asyncio.run(look())


def test_a_client_without_a_time_limit_is_told_instead_of_hanging(qarnot_cloud: QarnotCloud) -> None:
    qarnot_cloud.faults.add({"kind": "no-answer"})
    with pytest.raises(NeverAnsweredError, match="no time limit"):
        requests.get(URL, headers=HEADERS)


def test_a_slow_answer_takes_its_time_in_the_cloud(qarnot_cloud: QarnotCloud) -> None:
    began = qarnot_cloud.now
    qarnot_cloud.faults.add({"kind": "slow", "operation": "info_get", "bytes_per_second": 10})
    answer = requests.get("https://api.qarnot.com/info", headers=HEADERS, timeout=5)
    took = (qarnot_cloud.now - began).total_seconds()
    assert took == pytest.approx(len(answer.content) / 10, abs=1)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("refused", botocore.exceptions.ConnectionClosedError),
        ("no-answer", botocore.exceptions.ReadTimeoutError),
        ("truncated", botocore.exceptions.ConnectionClosedError),
        ("unavailable", botocore.exceptions.ClientError),
        ("expired-token", botocore.exceptions.ClientError),
    ],
)
def test_botocore_raises_what_it_raises_over_a_socket(
    qarnot_cloud: QarnotCloud, kind: str, error: type[Exception]
) -> None:
    client = _boto3(qarnot_cloud)
    client.create_bucket(Bucket="box")
    qarnot_cloud.faults.add({"kind": kind, "service": "s3", "operation": "ListObjects*"})
    with pytest.raises(error):
        client.list_objects_v2(Bucket="box")


def test_the_kept_exchange_numbers_select_one_exchange_of_all(qarnot_cloud: QarnotCloud) -> None:
    qarnot_cloud.faults.add({"kind": "server-error", "exchange": [1]})
    assert [requests.get(URL, headers=HEADERS, timeout=5).status_code for _ in range(3)] == [200, 500, 200]
    assert qarnot_cloud.faults.asked == 3
    assert [hit.occasion.exchange for hit in qarnot_cloud.faults.hits()] == [1]


LOST = ["refused", "answer-lost", "no-answer", "reset-mid-body", "truncated", "unavailable", "too-many-requests"]


@pytest.mark.parametrize("kind", LOST)
def test_our_submit_makes_one_task_whatever_gets_lost(qarnot_cloud: QarnotCloud, kind: str) -> None:
    qarnot_cloud.faults.add({"kind": kind, "operation": "tasks_create", "ordinal": 1})
    connection = qarnot_hl.Connection()
    task = connection.create_task("once", "docker-batch", 1)
    task.submit()
    assert [found.uuid for found in connection.tasks()] == [task.uuid]
    assert [hit.kind for hit in qarnot_cloud.faults.hits()] == [kind]


@pytest.mark.parametrize("kind", [*LOST, "corrupt"])
def test_our_download_is_whole_whatever_gets_lost(qarnot_cloud: QarnotCloud, kind: str, tmp_path: Path) -> None:
    bucket = qarnot_hl.Connection().create_bucket("box")
    bucket.add_string("0123456789" * 1000, "file")
    qarnot_cloud.faults.add({"kind": kind, "operation": "GetObject", "ordinal": 1})
    bucket.get_all_files(str(tmp_path))
    assert (tmp_path / "file").read_text() == "0123456789" * 1000
    assert len(qarnot_cloud.faults.hits()) == 1


def _boto3(cloud: QarnotCloud) -> Any:
    make: Callable[..., Any] = boto3.client
    return make(
        "s3", endpoint_url=cloud.storage_url, aws_access_key_id=cloud.email, aws_secret_access_key=cloud.token,
        region_name="", config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )  # fmt: skip
