"""``--storage-url`` as people use it: two processes, the storage of the one behind the other."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

TOKEN, EMAIL = "tenant-token", "someone@example.com"
ACCOUNT = ["--account", f"{TOKEN}={EMAIL}"]

SCRIPT = """
import os, boto3, qarnot_hl as qarnot
connection = qarnot.Connection()
task = connection.create_task("render", "docker-batch", 1)
task.constants["MOCK_RESULTS"] = '{"image.txt": "pixels"}'
task.results = connection.create_bucket("results")
task.run()
key = os.environ["AWS_ACCESS_KEY_ID"]
body = boto3.client("s3").get_object(Bucket="results", Key="image.txt")["Body"].read()
print(os.environ["QARNOT_STORAGE_URL"], key, body)
"""


def test_run_with_the_storage_of_another_server(mock_server: Callable[..., Any], tmp_path: Path) -> None:
    other = mock_server(*ACCOUNT)
    credentials = tmp_path / "credentials"
    credentials.write_text(f"{EMAIL}:{TOKEN}\n", encoding="utf-8")
    options = [*ACCOUNT, "--time", "x100", "--storage-url", other.storage, "--storage-credentials", f"@{credentials}"]
    command = [sys.executable, "-m", "qarnot_mock", "run", *options, "--", sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [other.storage, EMAIL, "b'pixels'"]


def test_a_storage_that_does_not_answer_is_said_at_the_start(mock_server: Callable[..., Any]) -> None:
    other = mock_server(*ACCOUNT)
    wrong = ["--storage-url", other.storage, "--storage-credentials", f"{EMAIL}:mistaken"]
    command = [sys.executable, "-m", "qarnot_mock", "serve", "--port", "0", *wrong]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert other.storage in done.stderr
    assert "mistaken" not in done.stderr
    assert done.stderr.count("\n") == 1
