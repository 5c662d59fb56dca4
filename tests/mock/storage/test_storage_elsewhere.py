"""A cloud whose storage is a real S3 server (here: a second mock on sockets, and moto's server)."""

from __future__ import annotations

import json

import boto3
import pytest
from moto.server import ThreadedMotoServer

from qarnot_mock.assemble import build_cloud
from qarnot_mock.clock import VirtualClock
from qarnot_mock.messages import Request
from qarnot_mock.options import Options
from qarnot_mock.server import open_server
from qarnot_mock.storage.remote import RemoteStorage
from qarnot_mock.storage.store import StoreError

TOKEN, EMAIL = "tenant-token", "someone@example.com"
OPTIONS = Options("127.0.0.1", 0, 0, "real", None, "simulated", {TOKEN: EMAIL}, 1, False)


@pytest.fixture(params=["mock", "moto"])
def target(request):
    """The URL of an S3 server that knows the account, or looks at nobody's credentials."""
    if request.param == "mock":
        with open_server(OPTIONS, None, fixed_epoch=False).in_thread() as server:
            yield server.storage_url
    else:
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
        server.stop()


@pytest.fixture
def s3(target):
    return boto3.client(
        "s3", endpoint_url=target, aws_access_key_id=EMAIL, aws_secret_access_key=TOKEN, region_name="us-east-1"
    )


@pytest.fixture
def cloud(target):
    cloud = build_cloud(clock=VirtualClock(), accounts={TOKEN: EMAIL}, remote_storage=RemoteStorage(target))
    yield cloud
    cloud.close()
    assert cloud.contract_errors == []


def ask(cloud, method, path, body=None):
    content = b"" if body is None else json.dumps(body).encode()
    headers = (("authorization", TOKEN), ("content-type", "application/json"))
    response = cloud.rest(Request(method, path, "", headers, content))
    return response.status, json.loads(response.body)


def test_results_of_a_task_arrive_at_the_server_that_settings_announce(cloud, target, s3):
    s3.create_bucket(Bucket="inputs")
    assert ask(cloud, "GET", "/settings") == (200, {"storage": target})
    task = {
        "name": "render", "profile": "docker-batch", "instanceCount": 1,
        "constants": [{"key": "MOCK_RESULTS", "value": '{"out/image.txt": "pixels"}'}],
        "resourceBuckets": ["inputs"], "resultBucket": "results",
    }  # fmt: skip
    assert ask(cloud, "POST", "/tasks", task)[0] == 200
    cloud.clock.advance(3600 * 1_000_000)
    cloud.tick()
    assert s3.get_object(Bucket="results", Key="out/image.txt")["Body"].read() == b"pixels"
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["inputs", "results"]
    info = ask(cloud, "GET", "/info")[1]
    assert (info["bucketCount"], info["usedQuotaBytes"]) == (2, 6)


def test_a_task_with_a_bucket_that_is_not_there_is_refused(cloud, target):
    task = {"name": "t", "profile": "docker-batch", "instanceCount": 1, "resourceBuckets": ["absent"]}
    status, said = ask(cloud, "POST", "/tasks", task)
    assert status == 404
    assert "absent" in said["message"]


def test_the_own_storage_port_says_where_the_storage_is(cloud, target):
    response = cloud.s3(Request("GET", "/", "", (("host", "127.0.0.1"),)))
    assert response.status == 421
    assert target in response.body.decode()


def test_a_storage_that_went_away_is_a_503_that_names_it():
    with open_server(OPTIONS, None, fixed_epoch=False).in_thread() as server:
        gone = server.storage_url
    cloud = build_cloud(clock=VirtualClock(), accounts={TOKEN: EMAIL}, remote_storage=RemoteStorage(gone))
    status, said = ask(cloud, "GET", "/info")
    assert (status, cloud.contract_errors) == (503, [])
    assert gone in said["message"]
    with pytest.raises(StoreError, match=gone):
        RemoteStorage(gone).check()


def test_only_credentials_that_were_given_must_be_right_at_the_start():
    with open_server(OPTIONS, None, fixed_epoch=False).in_thread() as server:
        RemoteStorage(server.storage_url).check()
        RemoteStorage(server.storage_url, EMAIL, TOKEN).check()
        with pytest.raises(StoreError) as refused:
            RemoteStorage(server.storage_url, EMAIL, "wrong").check()
    assert refused.value.code == "SignatureDoesNotMatch"
    assert TOKEN not in refused.value.message
