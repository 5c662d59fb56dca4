"""The fixture ``qarnot_cloud``: every client of the process reaches one cloud, and no pause takes time."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import botocore.config
import httpx
import pytest
import qarnot
import requests

import qarnot_hl
import qarnot_hl.aio
from qarnot_mock.sim.settings import Quotas, WorldSettings
from qarnot_mock.testing.cloud import QarnotCloud
from qarnot_mock.testing.guard import RealCloudRefused

EARLY = httpx.Client(base_url="https://api.qarnot.com")
"""A client that a module under test made before the fixture was there."""


def test_a_first_test_takes_five_lines(qarnot_cloud: QarnotCloud) -> None:
    task = qarnot_hl.Connection().create_task("hello", "docker-batch", 4)
    task.constants["DOCKER_CMD"] = "echo hello from ${INSTANCE_ID}"
    task.run()
    assert task.state == "Success"
    assert sorted(task.stdout().split("\n")[:4]) == [f"{number}> hello from {number}" for number in range(4)]
    assert qarnot_cloud.operations[0] == "tasks_create"


def test_a_task_of_hours_is_waited_for_at_once(qarnot_cloud: QarnotCloud) -> None:
    began = qarnot_cloud.now
    task = qarnot_hl.Connection().create_task("long", "docker-batch")
    task.constants["MOCK_DURATION"] = "14400"
    task.run()
    assert task.state == "Success"
    assert qarnot_cloud.now - began > timedelta(hours=4)


def test_the_official_package_runs_unmodified(qarnot_cloud: QarnotCloud, tmp_path: Path) -> None:
    connection = qarnot.Connection(client_token=qarnot_cloud.token)
    bucket = connection.create_bucket("input")
    bucket.add_string("hello", "a.txt")
    results = connection.create_bucket("output")
    task = connection.create_task("official", "docker-batch", 2)
    task.resources, task.results = [bucket], results
    task.constants["DOCKER_CMD"] = "echo hi"
    task.constants["MOCK_RESULTS"] = '{"out-${INSTANCE_ID}.txt": "result ${INSTANCE_ID}"}'
    task.run(output_dir=str(tmp_path))
    assert task.state == "Success"
    assert (tmp_path / "out-1.txt").read_text() == "result 1"


def test_buckets_are_reached_by_our_own_engine_and_by_boto3(qarnot_cloud: QarnotCloud, tmp_path: Path) -> None:
    connection = qarnot_hl.Connection()
    (tmp_path / "up").mkdir()
    (tmp_path / "up" / "a.txt").write_text("content")
    bucket = connection.create_bucket("files")
    bucket.sync_directory(str(tmp_path / "up"))
    bucket.get_all_files(str(tmp_path / "down"))
    assert (tmp_path / "down" / "a.txt").read_text() == "content"
    client = boto3.client(
        "s3",
        endpoint_url=qarnot_cloud.storage_url,
        aws_access_key_id=qarnot_cloud.email,
        aws_secret_access_key=qarnot_cloud.token,
        region_name="us-east-1",
        config=botocore.config.Config(s3={"addressing_style": "path"}),
    )
    assert client.get_object(Bucket="files", Key="a.txt")["Body"].read() == b"content"
    with pytest.raises(client.exceptions.NoSuchKey):
        client.get_object(Bucket="files", Key="b.txt")


@pytest.mark.qarnot_contract("violation")
def test_any_http_client_reaches_it_whenever_it_was_made(qarnot_cloud: QarnotCloud) -> None:
    headers = {"Authorization": qarnot_cloud.token}
    for response in (
        EARLY.get("/info", headers=headers),
        httpx.get("https://api.qarnot.com/v1/info", headers=headers),
        requests.get("https://api.qarnot.com/info", headers=headers, timeout=5),
        requests.Session().get("https://API.qarnot.com/info", headers=headers, timeout=5),
    ):
        assert response.json()["email"] == qarnot_cloud.email
    refused = requests.get("https://api.qarnot.com/info", timeout=5)
    assert refused.status_code == 401
    assert [exchange.status for exchange in qarnot_cloud.exchanges] == [200, 200, 200, 200, 401]


def test_the_asynchronous_flavour_waits_at_once(qarnot_cloud: QarnotCloud) -> None:
    async def script() -> str:
        async with qarnot_hl.aio.AsyncConnection() as connection:
            task = connection.create_task("async", "docker-batch")
            await task.submit()
            await asyncio.sleep(3600)
            await task.wait()
            await task.update()
            return str(task.state)

    began = qarnot_cloud.now
    assert asyncio.run(script()) == "Success"
    assert qarnot_cloud.now - began >= timedelta(hours=1)


def test_a_bare_polling_loop_ends(qarnot_cloud: QarnotCloud) -> None:
    headers = {"Authorization": qarnot_cloud.token}
    body = {"name": "n", "profile": "docker-batch", "instanceCount": 1}
    body["constants"] = [{"key": "MOCK_DURATION", "value": "7200"}]  # type: ignore[assignment]
    uuid = EARLY.post("/tasks", json=body, headers=headers).json()["uuid"]
    polls = 0
    while EARLY.get(f"/tasks/{uuid}", headers=headers).json()["state"] != "Success":
        polls += 1
    assert polls < 1000


def test_a_loop_over_an_attribute_ends(qarnot_cloud: QarnotCloud) -> None:
    task = qarnot_hl.Connection().create_task("n", "docker-batch")
    task.submit()
    while task.state != "Success":
        pass
    assert task.completed_instances


def test_sleep_moves_the_clock_of_the_cloud_and_not_the_wall(qarnot_cloud: QarnotCloud) -> None:
    began = qarnot_cloud.now
    time.sleep(1000)
    assert qarnot_cloud.now - began == timedelta(seconds=1000)
    with pytest.raises(ValueError, match="non-negative"):
        time.sleep(-1)


def test_threads_that_sleep_together_do_not_add_up(qarnot_cloud: QarnotCloud) -> None:
    began = qarnot_cloud.now
    ready = threading.Barrier(4)

    def nap() -> None:
        ready.wait()
        time.sleep(100)

    threads = [threading.Thread(target=nap) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert timedelta(seconds=100) <= qarnot_cloud.now - began <= timedelta(seconds=400)


def test_another_socket_to_the_real_cloud_is_refused(qarnot_cloud: QarnotCloud) -> None:
    with pytest.raises(RealCloudRefused, match="qarnot_server"):
        socket.create_connection(("api.qarnot.com", 443))
    with pytest.raises(RealCloudRefused):
        socket.gethostbyname("storage.qarnot.com")


def test_other_hosts_are_left_alone(qarnot_cloud: QarnotCloud) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def serve() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

        server = threading.Thread(target=serve)
        server.start()
        assert httpx.get(f"http://127.0.0.1:{port}/").status_code == 204
        assert requests.get(f"http://127.0.0.1:{port}/", timeout=60).status_code == 204
        server.join()
    assert qarnot_cloud.exchanges == ()


@pytest.mark.qarnot(seed=7, world=WorldSettings(quotas=Quotas(max_task=1)))
def test_a_marker_says_what_the_world_is_made_with(qarnot_cloud: QarnotCloud) -> None:
    assert qarnot_cloud.seed == 7
    connection = qarnot_hl.Connection()
    connection.create_task("first", "docker-batch").submit()
    with pytest.raises(qarnot_hl.exceptions.MaxTaskException):
        connection.create_task("second", "docker-batch").submit()


def test_the_exchanges_say_what_a_client_needed_tolerance_for(qarnot_cloud: QarnotCloud) -> None:
    qarnot_hl.Connection().create_task("exact", "docker-batch").submit()
    assert [exchange.tolerated for exchange in qarnot_cloud.exchanges] == [()]
    headers = {"Authorization": qarnot_cloud.token}
    body = {"Name": "n", "Profile": "docker-batch", "InstanceCount": 1}
    httpx.post("https://api.qarnot.com/tasks", json=body, headers=headers)
    assert qarnot_cloud.exchanges[-1].tolerated
    assert qarnot_cloud.token not in qarnot_cloud.tail() + repr(qarnot_cloud)


def test_settling_ends_when_nothing_is_due(qarnot_cloud: QarnotCloud) -> None:
    task = qarnot_hl.Connection().create_task("n", "docker-batch")
    task.submit()
    qarnot_cloud.settle()
    state: Any = qarnot_cloud.state()
    assert [each["state"] for each in state["tasks"]] == ["Success"]


def test_the_server_flavour_is_the_same_on_sockets(qarnot_server: QarnotCloud, tmp_path: Path) -> None:
    assert qarnot_server.url.startswith("http://127.0.0.1:")
    task = qarnot_hl.Connection().create_task("n", "docker-batch")
    task.constants["MOCK_DURATION"] = "3600"
    task.run()
    assert task.state == "Success"
    bucket = qarnot_hl.Connection().create_bucket("bucket")
    bucket.add_string("text", "key")
    assert bucket.get_file("key", local=str(tmp_path / "key"))
    assert {exchange.service for exchange in qarnot_server.exchanges} == {"rest", "s3"}
    assert qarnot_server.operations == ["tasks_create"]
