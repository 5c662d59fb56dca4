"""What only one flavour has: creation by the constructor, operators; and being called off from outside."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from qarnot_hl._async.bucket import AsyncBucket
from qarnot_hl._async.connection import AsyncConnection
from qarnot_hl.bucket import Bucket
from qarnot_hl.connection import Connection
from qarnot_hl.exceptions import MissingBucketException
from qarnot_hl.storage import Storage


@pytest.fixture
def bucket(storage: Any) -> Bucket:
    return Bucket(storage.connect(Connection, bucket=None), "data")


def test_the_constructor_creates_the_bucket_unless_told_not_to(storage: Any) -> None:
    connection = storage.connect(Connection, bucket=None)
    Bucket(connection, "not-made", create=False)
    Bucket(connection, "made")
    Bucket(connection, "made")
    assert [info.name for info in storage.store.buckets()] == ["made"]


def test_the_asynchronous_constructor_refuses_to_create(storage: Any) -> None:
    connection = storage.connect(AsyncConnection, bucket=None)
    with pytest.raises(ValueError, match=r"await connection\.create_bucket"):
        AsyncBucket(connection, "data", create=True)
    assert storage.requests == []


def test_a_bucket_is_a_storage(bucket: Bucket) -> None:
    assert isinstance(bucket, Storage)


def test_a_file_is_set_got_and_deleted_by_operators(
    storage: Any, bucket: Bucket, tree: Any, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tree({"local": b"content", "d/x": b"2"})
    bucket["remote/name"] = f"{source}/local"
    bucket["dir"] = source
    assert set(storage.content()) == {"remote/name", "dir/local", "dir/d/x"}
    out.mkdir()
    monkeypatch.chdir(out)
    assert bucket["remote/name"] == "name"
    assert (out / "name").read_bytes() == b"content"
    del bucket["remote/name"]
    assert "remote/name" not in storage.content()


def test_a_missing_file_is_a_key_error(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(KeyError, match="absent"):
        bucket["absent"]


def test_a_missing_bucket_is_no_key_error(storage: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MissingBucketException):
        Bucket(storage.connect(Connection), "absent", create=False)["x"]


def test_in_and_iteration(storage: Any, bucket: Bucket) -> None:
    storage.put({"a": b"1", "ab": b"2"})
    files = list(bucket)
    assert [file.key for file in bucket.list_files()] == [file.key for file in files]  # type: ignore[attr-defined]
    assert "a" in bucket
    assert files[0] in bucket
    assert "b" not in bucket
    assert 5 not in bucket


def test_storage_itself_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Storage()  # type: ignore[abstract]


def test_calling_a_transfer_off_stops_it(storage: Any, tree: Any) -> None:
    source = tree({f"f{number:02}": bytes([number]) for number in range(60)})
    bucket = AsyncBucket(storage.connect(AsyncConnection), "data", create=False)
    arrived, go_on = threading.Event(), threading.Event()

    def wait(request: Any) -> None:
        if request.method == "PUT":
            arrived.set()
            go_on.wait(30)

    storage.fault = wait

    async def scenario() -> None:
        task = asyncio.create_task(bucket.sync_directory(source))
        await asyncio.to_thread(arrived.wait, 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go_on.set()

    asyncio.run(scenario())  # ends when the worker threads have ended
    assert storage.count("PUT") < 60
