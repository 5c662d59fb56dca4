"""The engine behind the synchronisation calls, against the mock's own S3: what it reads, sends, resumes and leaves."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qarnot_hl._core.etag import etag_of
from qarnot_hl._s3.unfinished import replacing
from qarnot_hl._sync.bucket import Bucket
from qarnot_hl._sync.connection import Connection
from qarnot_hl.bucket import SyncPlan
from qarnot_hl.exceptions import TransferException
from qarnot_mock.messages import Request, Response

MIB = 1024 * 1024
BROKEN = Response(500, (("content-type", "application/xml"),), b"<Error><Code>InternalError</Code></Error>")
LONG_AGO = 1_000_000_000_123_456_789  # ns


@pytest.fixture
def bucket(storage: Any) -> Bucket:
    return Bucket(storage.connect(Connection), "data", create=False)


@pytest.fixture
def old_tree(tree: Any) -> Callable[[dict[str, bytes]], str]:
    """A tree whose files were written long ago."""

    def build(files: dict[str, bytes]) -> str:
        root: str = tree(files)
        for name in files:
            os.utime(f"{root}/{name}", ns=(LONG_AGO, LONG_AGO))
        return root

    return build


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are opened from now on."""
    names: list[str] = []
    real = open

    def noting(path: Any, *args: Any, **options: Any) -> Any:
        names.append(os.path.basename(str(path)))
        return real(path, *args, **options)

    monkeypatch.setattr("builtins.open", noting)
    return names


def unfinished_uploads(bucket: Bucket) -> list[str]:
    answer = bucket._connection._s3client().list_multipart_uploads(Bucket="data")
    return [upload["Key"] for upload in answer.get("Uploads", ())]


def parts_sent(storage: Any) -> int:
    return sum("partNumber=" in request for request in storage.requests)


def test_an_unchanged_tree_costs_a_listing_and_no_reading(
    storage: Any, bucket: Bucket, old_tree: Any, opened: Any
) -> None:
    source = old_tree({"a": b"1", "d/b": b"22", "twin": b"1"})
    bucket.sync_directory(source)
    storage.requests.clear()
    opened.clear()
    assert len(bucket.sync_directory(source).unchanged) == 3
    assert (opened, len(storage.requests)) == ([], 1)


def test_verify_reads_everything_again(bucket: Bucket, old_tree: Any, opened: Any) -> None:
    source = old_tree({"a": b"1", "b": b"22"})
    bucket.sync_directory(source)
    opened.clear()
    assert len(bucket.sync_directory(source, verify=True).unchanged) == 2
    assert sorted(opened) == ["a", "b"]


def test_a_file_rewritten_with_its_old_size_and_time_is_noticed(storage: Any, bucket: Bucket, old_tree: Any) -> None:
    source = old_tree({"a": b"old"})
    bucket.sync_directory(source)
    assert bucket.sync_directory(old_tree({"a": b"new"})).uploaded == ("a",)
    assert storage.content() == {"a": b"new"}
    assert source


def test_a_file_written_again_in_the_same_moment_is_noticed(storage: Any, bucket: Bucket, tree: Any) -> None:
    for content in (b"1", b"2", b"3", b"4"):
        bucket.sync_directory(tree({"a": content}))
        assert storage.content() == {"a": content}


def test_what_was_downloaded_has_the_objects_time_and_is_not_read_again(
    storage: Any, bucket: Bucket, out: Path, opened: Any
) -> None:
    storage.store.put("data", "a", b"content", LONG_AGO // 1000)
    bucket.get_all_files(out)
    assert (out / "a").stat().st_mtime_ns // 10**9 == LONG_AGO // 10**9
    opened.clear()
    assert bucket.sync_remote_to_local(out).unchanged == ("a",)
    assert opened == []
    assert bucket.sync_remote_to_local(out, verify=True).unchanged == ("a",)
    assert opened == ["a"]


def test_an_object_from_the_future_does_not_give_its_time(storage: Any, bucket: Bucket, out: Path) -> None:
    storage.store.put("data", "a", b"content", storage.now() + 10**12)
    bucket.get_all_files(out)
    assert (out / "a").stat().st_mtime * 1e6 < storage.now() + 10**9


def test_a_plan_tells_what_a_sync_would_do_and_changes_nothing(storage: Any, bucket: Bucket, tree: Any) -> None:
    storage.put({"same": b"s", "old": b"moved", "gone": b"x"})
    source = tree({"same": b"s", "new": b"n!", "renamed": b"moved"})
    os.mkfifo(f"{source}/pipe")
    before = storage.content()
    plan = bucket.plan_sync(source)
    assert isinstance(plan, SyncPlan)
    assert [(type(action).__name__, action.key, action.reason) for action in plan] == [
        ("Upload", "new", "new"),
        ("Copy", "renamed", "same content as 'old'"),
        ("Delete", "gone", "not in the local directory"),
        ("Delete", "old", "not in the local directory"),
        ("Skip", "same", "unchanged"),
        ("Skip", "pipe", "a FIFO"),
    ]
    report = bucket.sync_directory(source, dry_run=True)
    assert (report.uploaded, report.copied, report.deleted) == (("new",), ("renamed",), ("gone", "old"))
    assert (report.dry_run, report.bytes, report.skipped) == (True, 2, {"pipe": "a FIFO"})
    assert storage.content() == before


def test_a_plan_of_a_download_touches_nothing_local(storage: Any, bucket: Bucket, out: Path) -> None:
    storage.put({"a": b"1", "d/": b"", "../x": b"evil"})
    plan = bucket.plan_sync(out, download=True)
    assert [(action.key, action.reason) for action in plan] == [("a", "new")]
    assert list(plan.failures) == ["../x"]
    assert bucket.sync_remote_to_local(out, dry_run=True).downloaded == ("a",)
    assert not out.exists()


def test_a_report_adds_up(storage: Any, bucket: Bucket, tree: Any) -> None:
    report = bucket.sync_directory(tree({"a": b"123", "b": b"4567"}))
    assert report.bytes == 7
    assert report.seconds > 0
    assert str(report).startswith("2 uploaded; 7 bytes in ")
    assert not report.failures


def test_an_interrupted_upload_goes_on_where_it_stopped(storage: Any, bucket: Bucket, old_tree: Any) -> None:
    content = os.urandom(30 * MIB)
    source = old_tree({"big": content})
    storage.fault = lambda request: BROKEN if "partNumber=3" in request.query else None
    with pytest.raises(TransferException):
        bucket.sync_directory(source)
    assert unfinished_uploads(bucket) == ["big"]
    storage.fault = lambda request: None
    storage.requests.clear()
    bucket.sync_directory(source)
    assert parts_sent(storage) == 1
    assert storage.content() == {"big": content}
    assert storage.store.head("data", "big").etag == etag_of(content)
    assert unfinished_uploads(bucket) == []


def test_parts_that_do_not_hold_what_the_file_holds_are_sent_again(storage: Any, bucket: Bucket, old_tree: Any) -> None:
    source = old_tree({"big": os.urandom(17 * MIB)})
    storage.fault = lambda request: BROKEN if request.method == "POST" and "uploadId=" in request.query else None
    with pytest.raises(TransferException):
        bucket.sync_directory(source)
    storage.fault = lambda request: None
    client = bucket._connection._s3client()
    upload = client.list_multipart_uploads(Bucket="data")["Uploads"][0]["UploadId"]
    client.upload_part(Bucket="data", Key="big", UploadId=upload, PartNumber=2, Body=b"x" * 8 * MIB)
    storage.requests.clear()
    bucket.sync_directory(source)
    assert parts_sent(storage) == 1
    assert storage.content() == {"big": Path(source, "big").read_bytes()}


def test_an_upload_that_somebody_else_dropped_begins_anew(storage: Any, bucket: Bucket, old_tree: Any) -> None:
    source = old_tree({"big": os.urandom(17 * MIB)})
    storage.fault = lambda request: BROKEN if "partNumber=3" in request.query else None
    with pytest.raises(TransferException):
        bucket.sync_directory(source)
    storage.fault = lambda request: None
    client = bucket._connection._s3client()
    upload = client.list_multipart_uploads(Bucket="data")["Uploads"][0]["UploadId"]
    client.abort_multipart_upload(Bucket="data", Key="big", UploadId=upload)
    bucket.sync_directory(source)
    assert storage.content() == {"big": Path(source, "big").read_bytes()}


@pytest.mark.parametrize("change", ["rewritten", "removed"])
def test_an_upload_that_nobody_will_finish_is_dropped(storage: Any, bucket: Bucket, old_tree: Any, change: str) -> None:
    source = old_tree({"big": os.urandom(17 * MIB), "other": b"1"})
    storage.fault = lambda request: BROKEN if "partNumber=3" in request.query else None
    with pytest.raises(TransferException):
        bucket.sync_directory(source)
    storage.fault = lambda request: None
    if change == "rewritten":
        Path(source, "big").write_bytes(os.urandom(9 * MIB))
    else:
        Path(source, "big").unlink()
    bucket.sync_directory(source)
    assert unfinished_uploads(bucket) == []


def test_uploads_of_others_are_left_alone(storage: Any, bucket: Bucket, old_tree: Any) -> None:
    bucket._connection._s3client().create_multipart_upload(Bucket="data", Key="theirs")
    bucket.sync_directory(old_tree({"a": b"1"}))
    assert unfinished_uploads(bucket) == ["theirs"]


def test_an_upload_of_a_file_that_changes_leaves_nothing_behind(storage: Any, bucket: Bucket, tree: Any) -> None:
    source = tree({"big": b"1" * 20 * MIB})

    def touch(request: Request) -> None:
        if "partNumber=2" in request.query:
            Path(source, "big").write_bytes(b"2" * 19 * MIB)

    storage.fault = touch
    with pytest.raises(TransferException, match=r"changed|became shorter"):
        bucket.sync_directory(source)
    assert unfinished_uploads(bucket) == []


class Tap(io.RawIOBase):
    """A stream of unknown length that gives little at a time, and perhaps breaks."""

    def __init__(self, content: bytes, breaks: bool = False) -> None:
        self._rest, self._breaks = io.BytesIO(content), breaks

    def read(self, size: int = -1) -> bytes:
        piece = self._rest.read(min(size, 3 * MIB))
        if self._breaks and not piece:
            raise OSError("the tap broke")
        return piece


@pytest.mark.parametrize("size", [0, 5, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 20 * MIB])
def test_a_stream_of_unknown_length_is_stored_as_a_file_would_be(storage: Any, bucket: Bucket, size: int) -> None:
    content = os.urandom(size)
    bucket.add_file(Tap(content), "x")  # type: ignore[arg-type]
    assert storage.content() == {"x": content}
    assert storage.store.head("data", "x").etag == etag_of(content)


def test_a_stream_that_breaks_leaves_nothing_behind(storage: Any, bucket: Bucket) -> None:
    with pytest.raises(OSError, match="the tap broke"):
        bucket.add_file(Tap(b"1" * 20 * MIB, breaks=True), "x")  # type: ignore[arg-type]
    assert (storage.content(), unfinished_uploads(bucket)) == ({}, [])


def test_a_large_object_is_copied_in_parts_and_compares_equal(
    storage: Any, bucket: Bucket, old_tree: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qarnot_hl._s3.transfer.LARGEST_COPY", 10 * MIB)
    content = os.urandom(20 * MIB)
    source = old_tree({"a": content, "b": content})
    report = bucket.sync_directory(source)
    assert (report.uploaded, report.copied, report.bytes) == (("a",), ("b",), 20 * MIB)
    assert storage.store.head("data", "b").etag == etag_of(content)
    bucket.copy_file("a", "c")
    assert storage.content()["c"] == content
    assert unfinished_uploads(bucket) == []


def test_a_large_object_comes_in_ranges(storage: Any, bucket: Bucket, out: Path, old_tree: Any, found: Any) -> None:
    content = os.urandom(67 * MIB + 3)
    bucket.sync_directory(old_tree({"big": content}))
    storage.requests.clear()
    storage.cut = lambda request: 5 * MIB if request.header("range").startswith("bytes=33554432") else None
    report = bucket.sync_remote_to_local(out)
    assert (report.bytes, found()) == (len(content), {"big": content})
    assert storage.count("GET") == 5  # the listing, three ranges, and what was missing of one


def test_an_object_that_is_replaced_while_its_ranges_come_is_not_mixed(
    storage: Any, bucket: Bucket, out: Path, old_tree: Any, found: Any
) -> None:
    bucket.sync_directory(old_tree({"big": os.urandom(67 * MIB)}))

    def replace(request: Request) -> None:
        if request.header("range"):
            storage.put({"big": b"another"})

    storage.fault = replace
    with pytest.raises(TransferException, match="PreconditionFailed"):
        bucket.sync_remote_to_local(out)
    assert found() == {}


def test_what_a_killed_download_left_is_removed_and_what_runs_is_not(storage: Any, bucket: Bucket, out: Path) -> None:
    storage.put({"a": b"1", "d/b": b"2"})
    (out / "d").mkdir(parents=True)
    (out / "d" / ".qarnot-0123456789abcdef.part").write_bytes(b"left behind")
    (out / ".mine.part").write_bytes(b"not ours")
    with replacing(str(out / "elsewhere")):
        bucket.get_all_files(out)
        names = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
        running = {name for name in names if name.startswith(".qarnot-")}
        assert names - running == {".mine.part", "a", "d/b"}
        assert len(running) == 1


def test_a_single_download_takes_over_what_a_killed_one_left(storage: Any, bucket: Bucket, out: Path) -> None:
    storage.put({"a": b"new"})
    out.mkdir()
    with replacing(str(out / "a")) as file:
        left = Path(file.name)
    left.write_bytes(b"much more than the object holds")
    bucket.get_file("a", out / "a")
    assert [(path.name, path.read_bytes()) for path in out.iterdir()] == [("a", b"new")]


def test_two_downloads_of_one_file_do_not_share_a_temporary_one(out: Path) -> None:
    out.mkdir()
    with replacing(str(out / "a")) as first, replacing(str(out / "a")) as second:
        first.write(b"first")
        second.write(b"second")
        assert first.name != second.name
    assert [(path.name, path.read_bytes()) for path in out.iterdir()] == [("a", b"first")]


@pytest.mark.parametrize("threads", [1, 3])
def test_no_more_transfers_run_at_a_time_than_asked_for(
    storage: Any, bucket: Bucket, tree: Any, out: Path, threads: int
) -> None:
    running, most, lock = 0, 0, threading.Lock()
    together = threading.Barrier(threads)

    def count(request: Request) -> None:
        nonlocal running, most
        if request.method != "PUT":
            return
        with lock:
            running += 1
            most = max(most, running)
        together.wait(60)
        with lock:
            running -= 1
        together.wait(60)

    storage.fault = count
    bucket.sync_directory(tree({f"f{number}": str(number).encode() for number in range(6)}), threads=threads)
    assert most == threads


def test_progress_of_an_upload_tells_bytes_and_keys(bucket: Bucket, tree: Any) -> None:
    calls: list[tuple[float, float, str]] = []
    source = tree({"a": b"123", "big": b"x" * 9 * MIB})
    bucket.sync_directory(source, progress=lambda *call: calls.append(call))
    assert [call for call in calls if call[2] == "a"] == [(0, 3, "a"), (3, 3, "a")]
    assert max(call for call in calls if call[2] == "big") == (9 * MIB, 9 * MIB, "big")


def test_a_progress_callback_that_fails_fails_its_file_only(storage: Any, bucket: Bucket, tree: Any) -> None:
    def refusing(done: float, total: float, key: str) -> None:
        if key == "b":
            raise RuntimeError("no")

    with pytest.raises(TransferException) as caught:
        bucket.sync_directory(tree({"a": b"1", "b": b"2", "c": b"3"}), progress=refusing)
    assert list(caught.value.failures) == ["b"]


@pytest.mark.parametrize("etag", ["0" * 32, "not-even-hex"])
def test_content_whose_etag_is_no_md5_is_recognised_by_the_etag_it_was_given(
    storage: Any, bucket: Bucket, old_tree: Any, out: Path, etag: str
) -> None:
    kms = (("etag", f'"{etag}"'), ("x-amz-server-side-encryption", "aws:kms"))

    def encrypting(request: Request) -> Response | None:
        if not request.path.endswith("/x"):
            return None
        if request.method == "PUT":
            storage.store.put("data", "x", b"content", LONG_AGO // 1000, etag=etag)
            return Response(200, kms)
        return Response(200, kms, b"content")

    storage.fault = encrypting
    source = old_tree({"x": b"content"})
    bucket.sync_directory(source)
    assert bucket.sync_directory(source).unchanged == ("x",)
    assert bucket.sync_remote_to_local(out).downloaded == ("x",)
    assert bucket.sync_remote_to_local(out).unchanged == ("x",)
    (out / "x").write_bytes(b"CONTENT")
    assert bucket.sync_remote_to_local(out).downloaded == ("x",)


def test_keys_that_a_file_system_takes_for_one_name_are_not_mixed(
    storage: Any, bucket: Bucket, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    storage.put({"Readme": b"1", "readme": b"2", "d/\u00e9": b"3", "d/e\u0301": b"4", "other": b"5"})
    plan = bucket.plan_sync(out, download=True)
    assert [action.key for action in plan.downloads] == ["Readme", "d/e\u0301", "other"]
    assert sorted(plan.failures) == ["d/\u00e9", "readme"]
