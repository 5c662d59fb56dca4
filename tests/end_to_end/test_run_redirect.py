"""``qarnot-mock run`` and the real names: a Python command that has them from elsewhere ends at the mock, by TLS."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

Run = Callable[..., subprocess.CompletedProcess[str]]
SeenEnvironment = Callable[..., dict[str, str]]

CONFIGURATION = """
[cluster]
url=https://api.qarnot.com
[storage]
url=https://storage.qarnot.com
[client]
token=a-token-of-its-own
"""

WORKFLOW = """
bucket = conn.create_bucket("own-input")
bucket.add_string("kept", "note.txt")
task = conn.create_task("redirected", "docker-batch", 1)
task.resources = [bucket]
task.results = conn.create_bucket("own-output")
task.constants["DOCKER_CMD"] = "echo hello"
task.constants["MOCK_RESULTS"] = '{"made.txt": "made"}'
task.submit()
while task.state not in ("Success", "Failure", "Cancelled"):
    task.wait(timeout=0.2)
    task.update(True)
print(task.state, task.stdout().strip())
print([entry.key for entry in bucket.list_files()], [entry.key for entry in task.results.list_files()])
"""

DONE = "Success 0> hello\n['note.txt'] ['made.txt']\n"


def lines_naming(name: str, ended: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in ended.stderr.splitlines() if line.startswith(f"qarnot-mock run: {name} leads to the mock")]


def assert_warned_once(ended: subprocess.CompletedProcess[str], *names: str) -> None:
    for name in names:
        (line,) = lines_naming(name, ended)
        assert "http://127.0.0.1:" in line
        assert "--allow-real" in line


def test_the_official_package_with_a_file_of_its_own_runs_a_task_to_its_end(python: Run, tmp_path: Path) -> None:
    (tmp_path / "own.conf").write_text(CONFIGURATION)
    code = f"""
import warnings
warnings.simplefilter("ignore")
import qarnot
conn = qarnot.connection.Connection({str(tmp_path / "own.conf")!r})
{WORKFLOW}"""
    ended = python(code, "--time", "x1000")
    assert ended.stdout == DONE, ended.stderr
    assert_warned_once(ended, "api.qarnot.com", "storage.qarnot.com")


def test_our_package_with_addresses_of_its_own_runs_a_task_to_its_end(python: Run) -> None:
    code = f"""
import qarnot_hl
conn = qarnot_hl.Connection(
    cluster_url="https://api.qarnot.com", storage_url="https://storage.qarnot.com", client_token="a-token-of-its-own"
)
{WORKFLOW}"""
    ended = python(code, "--time", "x1000")
    assert ended.stdout == DONE, ended.stderr
    assert_warned_once(ended, "api.qarnot.com", "storage.qarnot.com")


def test_our_package_with_a_file_of_its_own_takes_the_variables_first(python: Run, tmp_path: Path) -> None:
    (tmp_path / "own.conf").write_text(CONFIGURATION)
    code = f"import qarnot_hl\nconn = qarnot_hl.Connection({str(tmp_path / 'own.conf')!r})\n{WORKFLOW}"
    ended = python(code, "--time", "x1000")
    assert ended.stdout == DONE, ended.stderr
    assert "leads to the mock" not in ended.stderr


def test_our_package_with_a_file_alone_is_redirected(python: Run, tmp_path: Path) -> None:
    (tmp_path / "own.conf").write_text(CONFIGURATION)
    code = f"""
import os
for name in [name for name in os.environ if name.startswith("QARNOT_C") or name.startswith("QARNOT_S")]:
    del os.environ[name]
import qarnot_hl
conn = qarnot_hl.Connection({str(tmp_path / "own.conf")!r})
{WORKFLOW}"""
    ended = python(code, "--time", "x1000")
    assert ended.stdout == DONE, ended.stderr
    assert_warned_once(ended, "api.qarnot.com", "storage.qarnot.com")


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_our_async_package_is_redirected(python: Run, loop: str) -> None:
    code = """
import asyncio, uvloop
from qarnot_hl.aio import AsyncConnection

async def main():
    where = {"cluster_url": "https://api.qarnot.com", "storage_url": "https://storage.qarnot.com"}
    async with AsyncConnection(**where, client_token="a-token-of-its-own") as conn:
        bucket = await conn.create_bucket("own-input")
        await bucket.add_string("kept", "note.txt")
        print([entry.key for entry in await bucket.list_files()], await conn.tasks())

"""
    ended = python(f"{code}\n{loop}.run(main())")
    assert ended.stdout == "['note.txt'] []\n", ended.stderr
    assert_warned_once(ended, "api.qarnot.com", "storage.qarnot.com")


@pytest.mark.parametrize(
    "ask",
    [
        "import urllib.request; body = urllib.request.urlopen('https://api.qarnot.com/settings').read()",
        "import requests; body = requests.get('https://API.Qarnot.com/settings').content",
        "import requests; body = requests.get('https://qarnot.com:443/settings', verify=certifi.where()).content",
        "import httpx; body = httpx.get('https://api.qarnot.com/settings').content",
        "import httpx; body = httpx.get('https://api.qarnot.com/settings', trust_env=False).content",
        "import urllib3; body = urllib3.PoolManager().request('GET', 'https://api.qarnot.com/settings').data",
    ],
)
def test_https_clients_reach_the_mock_and_trust_it(python: Run, ask: str) -> None:
    ended = python(
        f"import certifi, json, os; {ask}; print(json.loads(body)['storage'], os.environ['QARNOT_STORAGE_URL'])"
    )
    announced, storage_url = ended.stdout.split()
    assert announced == storage_url
    assert ended.stderr.count("leads to the mock") == 1


@pytest.mark.parametrize("style", ["path", "virtual"])
@pytest.mark.parametrize("verify", [True, None])
def test_boto3_reaches_the_storage_in_both_addressing_styles(python: Run, style: str, verify: bool | None) -> None:
    code = f"""
import boto3, botocore.config
config = botocore.config.Config(s3={{"addressing_style": "{style}"}})
client = boto3.client("s3", endpoint_url="https://storage.qarnot.com", verify={verify}, config=config)
client.create_bucket(Bucket="own.bucket" if "{style}" == "path" else "own-bucket")
print([bucket["Name"] for bucket in client.list_buckets()["Buckets"]])
"""
    ended = python(code)
    assert ended.stdout in ("['own-bucket']\n", "['own.bucket']\n"), ended.stderr
    assert_warned_once(ended, "storage.qarnot.com")


@pytest.mark.parametrize(
    "connect",
    [
        "socket.create_connection(('api.qarnot.com', 443)).getpeername()",
        "one := socket.socket(), one.connect(('api.qarnot.com', 443)), one.getpeername()",
        "one := socket.socket(), one.connect_ex((socket.gethostbyname('api.qarnot.com'), 443)), one.getpeername()",
        "asyncio.run(asyncio.open_connection('api.qarnot.com', 443))[1].get_extra_info('peername')",
        "uvloop.run(asyncio.open_connection('api.qarnot.com', 443))[1].get_extra_info('peername')",
        "uvloop.run(asyncio.open_connection('api.qarnot.com', 443, ssl=True))[1].get_extra_info('peername')",
        "anyio.run(anyio.connect_tcp, 'api.qarnot.com', 443).extra(anyio.abc.SocketAttribute.remote_address)",
    ],
)
def test_every_way_through_socket_leads_to_the_mock(python: Run, connect: str) -> None:
    ended = python(
        f"import anyio, asyncio, socket, uvloop, warnings; warnings.simplefilter('ignore'); print(({connect}))"
    )
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"\('127\.0\.0\.1', (?!443\))\d+\)", ended.stdout)


@pytest.mark.parametrize(
    "attempt",
    [
        "import urllib.request; urllib.request.urlopen('http://api.qarnot.com/settings')",
        "import socket; socket.create_connection(('storage.qarnot.com', 8443))",
        "import socket; socket.getaddrinfo('deep.down.qarnot.com', 443)",
        "import asyncio, uvloop; uvloop.run(asyncio.open_connection('api.qarnot.com', 80))",
        "import asyncio, uvloop; uvloop.run(asyncio.open_connection('deep.down.qarnot.com', 443))",
        "import _socket; _socket.getaddrinfo('api.qarnot.com', 443)",
    ],
)
def test_what_cannot_be_redirected_is_refused_with_advice(python: Run, attempt: str) -> None:
    ended = python(attempt)
    assert ended.returncode == 1
    assert "the real cloud, in a way that cannot lead to the mock" in ended.stderr
    assert "QARNOT_CLUSTER_URL" in ended.stderr
    assert "--allow-real" in ended.stderr


def test_other_hosts_are_none_of_its_business(python: Run) -> None:
    ended = python("import socket; print(len(socket.getaddrinfo('localhost', 1)) > 0)")
    assert ended.stdout == "True\n"
    assert len(ended.stderr.splitlines()) == 1


def test_a_proxy_does_not_take_the_real_names_elsewhere(python: Run) -> None:
    proxy = {"HTTPS_PROXY": "http://192.0.2.1:9", "https_proxy": "http://192.0.2.1:9"}
    code = """
import urllib.request, requests, httpx
url = "https://api.qarnot.com/settings"
print(urllib.request.urlopen(url).status, requests.get(url).status_code, httpx.get(url).status_code)
"""
    assert python(code, environment=proxy).stdout == "200 200 200\n"


def test_the_plain_ports_do_not_answer_to_the_real_names(python: Run) -> None:
    code = """
import os, urllib.request, urllib.error
for name in ("QARNOT_CLUSTER_URL", "QARNOT_STORAGE_URL"):
    try:
        urllib.request.urlopen(urllib.request.Request(os.environ[name], headers={"Host": "api.qarnot.com"}))
    except urllib.error.HTTPError as error:
        print(error.code)
"""
    assert python(code).stdout == "421\n421\n"


LOOK_AT_BUNDLE = """
import os, stat
path = os.environ["SSL_CERT_FILE"]
print(path, oct(stat.S_IMODE(os.stat(path).st_mode)))
print({os.environ[name] for name in ("REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "CURL_CA_BUNDLE")} == {path})
raise SystemExit(3)
"""


def test_the_authorities_are_the_users_own_file_and_go_with_the_run(python: Run) -> None:
    ended = python(LOOK_AT_BUNDLE)
    assert ended.returncode == 3, ended.stderr
    first, second = ended.stdout.splitlines()
    path, mode = first.split()
    assert mode == "0o600"
    assert second == "True"
    assert not Path(path).exists()


def test_authorities_that_the_user_named_stay_trusted(python: Run, tmp_path: Path) -> None:
    own = tmp_path / "own.pem"
    trustme.CA().cert_pem.write_to_path(str(own))
    ended = python(
        "import os; print(open(os.environ['CURL_CA_BUNDLE']).read())", environment={"AWS_CA_BUNDLE": str(own)}
    )
    assert own.read_text().strip() in ended.stdout
    assert ended.stdout.count("BEGIN CERTIFICATE") > 2


def test_allow_real_leaves_the_command_alone(seen_environment: SeenEnvironment) -> None:
    seen = seen_environment(
        "--allow-real", PYTHONPATH="mine", SSL_CERT_FILE="", AWS_CA_BUNDLE="own.pem", NO_PROXY="here"
    )
    assert seen["PYTHONPATH"] == "mine"
    assert (seen["SSL_CERT_FILE"], seen["AWS_CA_BUNDLE"]) == ("", "own.pem")
    assert seen["NO_PROXY"] == "here,127.0.0.1,localhost"
    assert "QARNOT_MOCK_GUARD" not in seen


def test_allow_real_replaces_no_function(python: Run) -> None:
    functions = "socket.getaddrinfo, socket.socket.connect"
    code = f"import socket; print(*(hasattr(function, '__wrapped__') for function in ({functions})))"
    assert python(code).stdout == "True True\n"
    assert python(code, "--allow-real").stdout == "False False\n"


ASK_TWICE = """
import urllib.request, urllib.error
for _ in range(2):
    try:
        request = urllib.request.Request("https://api.qarnot.com/info", headers={"Authorization": "a-token-of-its-own"})
        print(urllib.request.urlopen(request).status)
    except urllib.error.HTTPError as error:
        print(error.code)
"""


def test_any_token_is_accepted_where_nothing_is_run(python: Run) -> None:
    ended = python(ASK_TWICE)
    assert ended.stdout == "200\n200\n"
    assert "refused" not in ended.stderr


@pytest.mark.qarnot_contract("violation")
def test_a_missing_token_is_not_taken_for_a_closed_door(python: Run) -> None:
    ended = python(ASK_TWICE.replace("a-token-of-its-own", ""))
    assert ended.stdout == "401\n401\n"
    assert "refused" not in ended.stderr


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--executor", "local"), "whoever may submit a task runs commands here"),
        (("--account", "given=someone@example.com"), "those of --account"),
    ],
)
def test_a_closed_door_is_explained_once(python: Run, options: tuple[str, ...], reason: str) -> None:
    ended = python(ASK_TWICE, *options)
    assert ended.stdout == "401\n401\n"
    (line,) = [line for line in ended.stderr.splitlines() if "a token was refused" in line]
    assert reason in line
    assert "QARNOT_CLIENT_TOKEN" in line
    assert "a-token-of-its-own" not in ended.stderr


def test_an_s3_tool_needs_no_rest_call_first(python: Run) -> None:
    ended = python("import boto3; print(boto3.client('s3').list_buckets()['Buckets'])")
    assert ended.stdout == "[]\n", ended.stderr


def test_a_child_of_the_command_is_redirected_too(run: Run) -> None:
    inner = "import urllib.request; print(urllib.request.urlopen('https://api.qarnot.com/settings').status)"
    ended = run(["sh", "-c", '"$0" -c "$1"; "$0" -c "$1"', sys.executable, inner])
    assert ended.stdout == "200\n200\n"
    assert len(lines_naming("api.qarnot.com", ended)) == 2
