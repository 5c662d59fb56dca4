"""Transfers whose process is killed in the middle: the next one goes on, and nothing is left behind or torn."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qarnot_hl.bucket import Bucket
from qarnot_hl.connection import Connection

MIB = 1024 * 1024
SCRIPT = """
import sys, time, qarnot_hl
call, directory, enough = sys.argv[1:]
def stop(done, total, key):
    if done >= int(enough):
        print("enough", flush=True)
        time.sleep(3600)
bucket = qarnot_hl.connection.Connection().retrieve_bucket("data")
getattr(bucket, call)(directory, progress=stop, threads=2)
"""


@pytest.fixture(scope="module")
def environment(mock_server: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    server = mock_server("--time", "real")
    return {
        **os.environ,
        "QARNOT_CLUSTER_URL": server.url,
        "QARNOT_CLIENT_TOKEN": server.token,
        "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache")),
    }


@pytest.fixture
def bucket(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    monkeypatch.setenv("XDG_CACHE_HOME", environment["XDG_CACHE_HOME"])
    with Connection(
        cluster_url=environment["QARNOT_CLUSTER_URL"], client_token=environment["QARNOT_CLIENT_TOKEN"]
    ) as connection:
        made = connection.create_bucket("data")
        yield made
        made.delete()


def run_and_kill(environment: dict[str, str], *arguments: str) -> None:
    """Run the script until it says that enough was moved, then kill it."""
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *arguments], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "enough\n"
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_an_upload_goes_on_after_a_kill(bucket: Bucket, environment: dict[str, str], tmp_path: Path) -> None:
    content = os.urandom(40 * MIB)
    (tmp_path / "big").write_bytes(content)
    run_and_kill(environment, "sync_directory", str(tmp_path), str(16 * MIB))
    client = bucket._connection.s3client
    (upload,) = client.list_multipart_uploads(Bucket="data")["Uploads"]
    arrived = client.list_parts(Bucket="data", Key="big", UploadId=upload["UploadId"])["Parts"]
    assert len(arrived) >= 2
    bucket.sync_directory(tmp_path)
    assert not client.list_multipart_uploads(Bucket="data").get("Uploads")
    assert client.get_object(Bucket="data", Key="big")["Body"].read() == content
    with pytest.raises(client.exceptions.NoSuchUpload):
        client.list_parts(Bucket="data", Key="big", UploadId=upload["UploadId"])


def test_a_download_leaves_the_old_file_whole_after_a_kill(
    bucket: Bucket, environment: dict[str, str], tmp_path: Path
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    target.mkdir()
    (source / "big").write_bytes(os.urandom(40 * MIB))
    (target / "big").write_bytes(b"the version before")
    bucket.sync_directory(source)
    run_and_kill(environment, "sync_remote_to_local", str(target), str(10 * MIB))
    assert (target / "big").read_bytes() == b"the version before"
    bucket.sync_remote_to_local(target)
    assert [path.name for path in target.iterdir()] == ["big"]
    assert (target / "big").read_bytes() == (source / "big").read_bytes()
