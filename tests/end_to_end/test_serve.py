"""``qarnot-mock serve`` as a process: its first lines, its end, and the ways in which it refuses to start."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

Server = Any
Start = Callable[..., Server]


def ask(url: str, token: str = "", method: str = "GET", body: Any = None) -> tuple[int, Any]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": token} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def failed_start(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "qarnot_mock", "serve", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def s3_of(server: Server, access_key: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=server.storage,
        aws_access_key_id=access_key,
        aws_secret_access_key=server.token,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}),
    )


@pytest.fixture(scope="module")
def server(mock_server: Start) -> Server:
    """One server that several tests may talk to."""
    return mock_server("--time", "virtual", "--seed", "11")


def test_the_ready_line_names_two_ports_that_answer(server: Server) -> None:
    assert server.lines[0] == f"ready {server.url} storage {server.storage}"
    assert ask(f"{server.url}/settings") == (200, {"storage": server.storage})
    assert "seed 11" in server.lines
    assert any(line.startswith("executor simulated") for line in server.lines)


@pytest.mark.qarnot_contract("violation")
def test_a_tenant_is_born_at_its_first_call_and_not_before(server: Server) -> None:
    assert ask(f"{server.url}/info")[0] == 401
    status, info = ask(f"{server.url}/info", "born-here")
    assert status == 200
    assert info["email"].endswith("@mock.qarnot.example")


def test_the_storage_port_speaks_s3_with_the_tenants_credentials(server: Server) -> None:
    email = ask(f"{server.url}/info", server.token)[1]["email"]
    client = s3_of(server, email)
    client.create_bucket(Bucket="served")
    client.put_object(Bucket="served", Key="a/b c", Body=b"content")
    assert client.get_object(Bucket="served", Key="a/b c")["Body"].read() == b"content"
    assert client.head_object(Bucket="served", Key="a/b c")["ContentLength"] == 7
    client.close()
    stranger = s3_of(server, "nobody@example.com")
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        stranger.list_buckets()
    stranger.close()


def test_the_admin_token_opens_what_a_tenants_does_not(server: Server) -> None:
    assert ask(f"{server.url}/_mock/tenants", server.token)[0] == 403
    assert ask(f"{server.url}/_mock/tenants", server.admin_token)[0] == 200


@pytest.mark.parametrize("port", ["url", "storage"])
def test_a_foreign_host_header_is_refused_on_both_ports(server: Server, port: str) -> None:
    address = urlsplit(getattr(server, port)).netloc
    connection = http.client.HTTPConnection(address)
    connection.request("GET", "/settings", headers={"Host": "rebound.example"})
    response = connection.getresponse()
    assert response.status == 421
    assert response.getheader("access-control-allow-origin") is None
    connection.close()


def test_a_connection_is_kept_for_the_next_request(server: Server) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
    for _ in range(2):
        connection.request("GET", "/settings")
        assert connection.getresponse().read() != b""
        assert connection.sock is not None
    connection.close()


def test_time_passes_without_requests(mock_server: Start) -> None:
    server = mock_server("--time", "x1000", "--executor", "local", "--account", "t=a@example.com", token="t")
    task = {
        "name": "alone",
        "profile": "docker-batch",
        "instanceCount": 1,
        "constants": [{"key": "DOCKER_CMD", "value": "sh -c 'echo started > result.txt'"}],
        "resultBucket": "alone",
    }
    assert ask(f"{server.url}/tasks", "t", "POST", task)[0] == 200
    # Only the storage is asked: nothing but the server's own timer can have started the process.
    client = s3_of(server, "a@example.com")
    found: list[Any] = []
    while not found:
        found = client.list_objects_v2(Bucket="alone").get("Contents", [])
    assert found[0]["Key"] == "result.txt"
    client.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_a_clean_end(mock_server: Start, number: int) -> None:
    server = mock_server()
    idle = socket.create_connection((urlsplit(server.url).hostname, urlsplit(server.url).port))
    assert server.end(number) == (0, "")
    idle.close()


@pytest.mark.parametrize("option", ["--port", "--storage-port"])
def test_a_busy_port_is_one_clear_line(option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as occupied:
        port = occupied.getsockname()[1]
        others = [] if option == "--port" else ["--port", "0"]
        ended = failed_start(*others, option, str(port))
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in line
    assert option in line
    assert ended.stdout == ""


def test_a_host_that_is_not_ours_is_one_clear_line() -> None:
    ended = failed_start("--host", "192.0.2.1", "--port", "0", "--account", "t=a@example.com")
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("qarnot-mock: cannot listen on 192.0.2.1")


def test_accounts_close_the_door(mock_server: Start, tmp_path: Path) -> None:
    file = tmp_path / "accounts"
    file.write_text("from-file=file@example.com\n")
    server = mock_server("--account", "given=given@example.com", "--account", f"@{file}")
    assert ask(f"{server.url}/info", "given")[1]["email"] == "given@example.com"
    assert ask(f"{server.url}/info", "from-file")[1]["email"] == "file@example.com"
    status, body = ask(f"{server.url}/info", "wrong")
    assert status == 401
    assert body["error"]["message"] == "Bad authentication token"


def test_the_network_is_served_to_accounts_only(mock_server: Start) -> None:
    ended = failed_start("--host", "0.0.0.0", "--port", "0")
    assert ended.returncode == 2
    assert "--account" in ended.stderr
    server = mock_server("--host", "0.0.0.0", "--account", "t=a@example.com", token="t")
    assert ask(f"{server.url}/info", "t")[0] == 200


def test_the_local_executor_is_announced_and_its_door_is_closed(mock_server: Start) -> None:
    server = mock_server("--executor", "local")
    assert any(line.startswith("executor local: commands run as processes") for line in server.lines)
    token = next(line.split()[2] for line in server.lines if line.startswith("client token "))
    assert ask(f"{server.url}/info", token)[0] == 200
    assert ask(f"{server.url}/info", "anything")[0] == 401


def test_requests_are_logged_on_request_and_never_with_tokens(mock_server: Start) -> None:
    server = mock_server("--verbose", token="very-secret-token")
    ask(f"{server.url}/info?tag=private", server.token)
    code, errors = server.end(signal.SIGTERM)
    assert (code, errors) == (0, "rest GET /info 200\n")


@pytest.mark.parametrize("options", [["--time", "fast"], ["--scenario", "busy"], ["--account", "nonsense"]])
def test_bad_options_are_usage_errors(options: list[str]) -> None:
    ended = failed_start(*options)
    assert ended.returncode == 2
    assert ended.stderr != ""
    assert "Traceback" not in ended.stderr
