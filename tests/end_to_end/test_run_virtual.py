"""``qarnot-mock run --time virtual``: programs that know nothing of it live through hours in seconds."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
VIRTUAL = ("--time", "virtual")

WORKFLOW = """
import datetime, time, warnings
warnings.simplefilter("ignore")
import {package} as qarnot
began = time.time()
conn = qarnot.connection.Connection()
bucket = conn.create_bucket("some-input")
bucket.add_string("kept", "note.txt")
task = conn.create_task("ten minutes", "docker-batch", 1)
task.resources = [bucket]
task.results = conn.create_bucket("some-output")
task.constants["DOCKER_CMD"] = "echo hello"
task.constants["MOCK_DURATION"] = "600"
task.constants["MOCK_RESULTS"] = '{{"made.txt": "made"}}'
task.submit()
print(task.wait(timeout=100), task.state)
task.wait()
print(task.state, 600 < time.time() - began < 700, datetime.datetime.now().minute)
print(task.stdout().strip(), [entry.key for entry in task.results.list_files()])
task.results.get_file("made.txt", {place!r})
print(open({place!r}).read())
"""


@pytest.mark.parametrize("package", ["qarnot", "qarnot_hl"])
def test_ten_minutes_pass_for_either_package_files_included(python: Run, tmp_path: Path, package: str) -> None:
    ended = python(WORKFLOW.format(package=package, place=str(tmp_path / "made")), *VIRTUAL)
    assert ended.stdout.splitlines() == [
        "False FullyExecuting",
        "Success True 10",
        "0> hello ['made.txt']",
        "made",
    ], ended.stderr
    assert "has not moved" not in ended.stderr


ASK = """
import json, os, time, urllib.request
def ask(path, body=None, token=os.environ["QARNOT_CLIENT_TOKEN"], timeout=60):
    headers = {"Authorization": token, "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(os.environ["QARNOT_CLUSTER_URL"] + path, data, headers)
    with urllib.request.urlopen(request, timeout=timeout) as response:
        return json.load(response)
def submit(seconds):
    constants = [{"key": "DOCKER_CMD", "value": "echo hi"}, {"key": "MOCK_DURATION", "value": str(seconds)}]
    return ask("/tasks", {"name": "n", "profile": "docker-batch", "instanceCount": 1, "constants": constants})["uuid"]
"""


def test_polls_without_a_pause_in_between_end_too(python: Run) -> None:
    code = (
        ASK
        + "uuid = submit(60)\nwhile ask('/tasks/' + uuid)['state'] != 'Success': pass\nprint(time.monotonic() > 160)"
    )
    ended = python(code, *VIRTUAL)
    assert ended.stdout == "True\n", ended.stderr


def test_an_answer_that_never_comes_takes_the_clients_timeout_in_virtual_time(python: Run) -> None:
    code = (
        ASK
        + """
ask("/_mock/faults", {"kind": "no-answer", "operation": "tasks_list"})
began = time.monotonic()
try:
    ask("/tasks", timeout=300)
except TimeoutError:
    print("timeout", time.monotonic() - began)
"""
    )
    ended = python(code, *VIRTUAL)
    assert ended.stdout.startswith("timeout 300.0"), ended.stdout + ended.stderr


def test_the_same_script_and_seed_give_the_same_journal(python: Run) -> None:
    code = (
        ASK
        + """
for n in range(3):
    uuid = submit(60 + n)
    while ask("/tasks/" + uuid)["state"] != "Success":
        time.sleep(7.3)
    ask("/tasks/" + uuid + "/clone", {})
print(json.dumps(ask("/_mock/journal")), json.dumps(ask("/_mock/state"), sort_keys=True))
"""
    )
    options = (*VIRTUAL, "--seed", "7", "--account", "token=someone@example.com")
    one, other = python(code, *options), python(code, *options, environment={"PYTHONHASHSEED": "5"})
    assert one.returncode == 0, one.stderr
    assert len(one.stdout) > 1000
    assert one.stdout == other.stdout


def test_dates_of_s3_requests_are_those_of_the_cloud_and_processes_share_them(python: Run) -> None:
    code = """
import boto3, datetime, os, subprocess, sys, time
time.sleep(86400 * 40)
client = boto3.client("s3")
client.create_bucket(Bucket="far-future")
later = "import boto3, time; time.sleep(3600); boto3.client('s3').put_object(Bucket='far-future', Key='k', Body=b'v')"
subprocess.run([sys.executable, "-W", "ignore", "-c", later], check=True)
(entry,) = client.list_objects_v2(Bucket="far-future")["Contents"]
print(entry["LastModified"])
"""
    ended = python(code, *VIRTUAL)
    assert ended.stdout.startswith("2026-02-10 01:00:00"), ended.stderr


def test_time_stands_still_while_a_local_process_runs(python: Run) -> None:
    code = """
import time, qarnot_hl as qarnot
conn = qarnot.connection.Connection()
task = conn.create_task("real work", "docker-batch", 1)
task.constants["DOCKER_CMD"] = "sleep 0.4"
task.submit()
began = time.time()
task.wait()
print(task.state, time.time() - began < 60)
"""
    ended = python(code, *VIRTUAL, "--executor", "local")
    assert ended.stdout == "Success True\n", ended.stderr


def test_a_command_in_another_language_is_refused_with_advice(run: Run) -> None:
    ended = run(["sh", "-c", "echo not run"], *VIRTUAL)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "--time x60" in ended.stderr


def test_scaled_time_is_that_of_a_python_command_too(python: Run) -> None:
    code = """
import asyncio, datetime, os, threading, time
before = time.time(), datetime.datetime.now()
time.sleep(60)
threading.Event().wait(60)
asyncio.run(asyncio.sleep(60))
print(180 <= time.time() - before[0] < 5000, (datetime.datetime.now() - before[1]).total_seconds() >= 180)
print(os.environ["QARNOT_MOCK_TIME"].split()[0], datetime.datetime.now(datetime.timezone.utc).year)
"""
    ended = python(code, "--time", "x600", "--epoch", "2031-05-01T00:00:00Z")
    assert ended.stdout == "True True\nx600 2031\n", ended.stderr


def test_real_time_leaves_the_command_its_own(python: Run) -> None:
    code = "import os, time; print('QARNOT_MOCK_TIME' in os.environ, type(time.sleep).__name__)"
    assert python(code).stdout == "False builtin_function_or_method\n"
