"""``qarnot-mock run``: what the command finds, and how it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
SeenEnvironment = Callable[..., dict[str, str]]


@pytest.mark.parametrize("code", [0, 1, 77])
def test_the_exit_code_is_the_commands(python: Run, code: int) -> None:
    assert python(f"raise SystemExit({code})").returncode == code


def test_a_command_killed_by_a_signal_gives_128_and_its_number(run: Run) -> None:
    assert run(["sh", "-c", "kill -KILL $$"]).returncode == 128 + signal.SIGKILL


def test_a_command_that_is_not_there_gives_127_and_one_line(run: Run) -> None:
    ended = run(["no-such-command-anywhere"])
    assert ended.returncode == 127
    assert "cannot run no-such-command-anywhere: No such file" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_file_that_cannot_be_executed_gives_126(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "plain.txt"
    file.write_text("text")
    ended = run([str(file)])
    assert ended.returncode == 126
    assert "Permission denied" in ended.stderr


def test_the_command_keeps_its_own_options_and_streams(run: Run) -> None:
    ended = run(["sh", "-c", 'echo "$0 $@"; echo problem >&2', "--port", "--", "--time"])
    assert ended.stdout == "--port -- --time\n"
    assert "problem\n" in ended.stderr


def test_the_environment_leads_qarnot_clients_and_s3_tools_to_the_mock(seen_environment: SeenEnvironment) -> None:
    seen = seen_environment(AWS_PROFILE="mine", AWS_SESSION_TOKEN="real", NO_PROXY="example.com")
    assert seen["QARNOT_CLUSTER_URL"].startswith("http://127.0.0.1:")
    assert seen["QARNOT_STORAGE_URL"] == seen["AWS_ENDPOINT_URL_S3"]
    assert seen["QARNOT_STORAGE_URL"] != seen["QARNOT_CLUSTER_URL"]
    assert seen["AWS_SECRET_ACCESS_KEY"] == seen["QARNOT_CLIENT_TOKEN"]
    assert "@" in seen["AWS_ACCESS_KEY_ID"]
    assert seen["AWS_DEFAULT_REGION"]
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & set(seen)
    assert seen["NO_PROXY"] == "example.com,127.0.0.1,localhost,qarnot.com"


def test_an_account_names_the_token_and_the_email(seen_environment: SeenEnvironment) -> None:
    seen = seen_environment("--account", "given=someone@example.com")
    assert (seen["QARNOT_CLIENT_TOKEN"], seen["AWS_ACCESS_KEY_ID"]) == ("given", "someone@example.com")


def test_the_announcement_goes_to_stderr_without_the_token(python: Run) -> None:
    ended = python("import os; print(os.environ['QARNOT_CLIENT_TOKEN'])", "--seed", "5")
    token = ended.stdout.strip()
    (line,) = ended.stderr.splitlines()
    assert "seed 5" in line
    assert token not in line


def test_both_ports_answer_the_command(python: Run) -> None:
    code = """
import os, urllib.request, boto3, json
request = urllib.request.Request(os.environ["QARNOT_CLUSTER_URL"] + "/info")
request.add_header("Authorization", os.environ["QARNOT_CLIENT_TOKEN"])
with urllib.request.urlopen(request) as response:
    print(json.load(response)["email"] == os.environ["AWS_ACCESS_KEY_ID"])
client = boto3.client("s3")
client.create_bucket(Bucket="mine")
print([bucket["Name"] for bucket in client.list_buckets()["Buckets"]])
"""
    ended = python(code)
    assert ended.stdout == "True\n['mine']\n", ended.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_are_passed_on_and_the_command_decides(number: int) -> None:
    code = f"""
import signal, sys
signal.signal({int(number)}, lambda *_: sys.exit(42))
print("waiting", flush=True)
signal.pause()
"""
    process = subprocess.Popen(
        [sys.executable, "-m", "qarnot_mock", "run", "--", sys.executable, "-c", code],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 42
    assert "Traceback" not in errors


def test_a_users_own_sitecustomize_still_runs(python: Run, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import builtins\nbuiltins.mine = 'yes'\n")
    ended = python("print(mine)", environment={"PYTHONPATH": str(tmp_path)})
    assert ended.stdout == "yes\n", ended.stderr


def test_a_task_runs_to_its_end_in_scaled_time(python: Run) -> None:
    code = """
import json, os, urllib.request
def ask(method, path, body=None):
    headers = {"Authorization": os.environ["QARNOT_CLIENT_TOKEN"], "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    url = os.environ["QARNOT_CLUSTER_URL"] + path
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)) as response:
        return json.load(response)
constants = [{"key": "DOCKER_CMD", "value": "echo hello ${INSTANCE_ID}"}]
task = {"name": "n", "profile": "docker-batch", "instanceCount": 2, "constants": constants}
uuid = ask("POST", "/tasks", task)["uuid"]
while (state := ask("GET", f"/tasks/{uuid}")["state"]) != "Success":
    assert state != "Failure"
print(state)
"""
    ended = python(code, "--time", "x1000")
    assert ended.stdout == "Success\n", ended.stderr
