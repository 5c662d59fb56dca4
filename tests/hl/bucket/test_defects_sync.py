# Generated from tests/hl/bucket/test_defects_async.py by scripts/unasync.py. Do not edit.
"""What the official package's synchronisation gets wrong (reference sync-facts 5, reference 8.5), and what ours does.

The number of each defect is in the name of its test. The blocking twin is made from this.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from qarnot_hl._sync.bucket import Bucket
from qarnot_hl._sync.connection import Connection
from qarnot_hl.bucket import BucketSyncWarning
from qarnot_hl.exceptions import ConnectionFailed, QarnotGenericException, TransferException
from qarnot_mock.messages import Request, Response

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024
BROKEN = Response(500, (("content-type", "application/xml"),), b"<Error><Code>InternalError</Code></Error>")


@pytest.fixture
def bucket(storage: Any) -> Bucket:
    return Bucket(storage.connect(Connection), "data", create=False)


@pytest.mark.parametrize("key", ["../escape.txt", "a/../../x", "..//x"])
def test_01_a_key_cannot_leave_the_directory(
    storage: Any, bucket: Bucket, out: Path, tmp_path: Path, found: Any, key: str
) -> None:
    storage.put({"good": b"1", key: b"evil"})
    with pytest.raises(TransferException) as caught:
        bucket.get_all_files(out)
    assert list(caught.value.failures) == [key]
    assert found() == {"good": b"1"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_01_not_even_through_a_link(storage: Any, bucket: Bucket, out: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    out.mkdir()
    (out / "link").symlink_to(outside)
    (out / "file").symlink_to(outside / "target")
    storage.put({"link/x": b"evil", "link/deep/y": b"evil", "file": b"replaces the link", "marker": b""})
    with pytest.raises(TransferException, match="through a link") as caught:
        bucket.get_all_files(out)
    assert sorted(caught.value.failures) == ["link/deep/y", "link/x"]
    assert list(outside.iterdir()) == []
    assert not (out / "file").is_symlink()


def test_02_a_remote_directory_ends_at_its_boundary(storage: Any, bucket: Bucket, tree: Any) -> None:
    storage.put({"data/old": b"1", "data2/precious": b"2", "database/precious": b"3", "data": b"4"})
    report = bucket.sync_directory(tree({"new": b"n"}), remote="data")
    assert report.deleted == ("data/old",)
    assert set(storage.content()) == {"data/new", "data2/precious", "database/precious", "data"}


def test_03_a_missing_source_is_an_error_and_empties_nothing(storage: Any, bucket: Bucket) -> None:
    storage.put({"precious": b"1"})
    with pytest.raises(FileNotFoundError, match="/does/not/exist"):
        bucket.sync_directory("/does/not/exist")
    assert set(storage.content()) == {"precious"}


def test_04_nothing_is_deleted_when_an_upload_fails(storage: Any, bucket: Bucket, tree: Any) -> None:
    storage.put({f"f{number}": b"old" for number in range(10)} | {"to delete": b"x"})
    storage.fault = lambda request: BROKEN if request.path.endswith("/f3") and request.method == "PUT" else None
    with pytest.raises(TransferException, match="'f3'") as caught:
        bucket.sync_directory(tree({f"f{number}": b"new content" for number in range(10)}))
    assert list(caught.value.failures) == ["f3"]
    content = storage.content()
    assert (content["f3"], content["to delete"]) == (b"old", b"x")
    assert [content[f"f{number}"] for number in (0, 1, 2, 4, 5, 6, 7, 8, 9)] == [b"new content"] * 9


def test_04_deletions_come_after_all_uploads(storage: Any, bucket: Bucket, tree: Any) -> None:
    storage.put({"gone": b"1", "gone too": b"2"})
    bucket.sync_directory(tree({"a": b"1new", "b": b"2new"}))
    assert [request.split()[0] for request in storage.requests] == ["GET", "PUT", "PUT", "POST"]


def test_05_a_file_that_vanishes_fails_alone(storage: Any, bucket: Bucket, tree: Any) -> None:
    source = tree({f"f{number}": str(number).encode() for number in range(5)})
    files = {f"f{number}": f"{source}/f{number}" for number in range(5)}
    os.unlink(files["f2"])
    storage.put({"f2": b"kept", "other": b"kept too"})
    with pytest.raises(TransferException) as caught:
        bucket.sync_files(files)
    assert isinstance(caught.value.failures["f2"], FileNotFoundError)
    assert set(storage.content()) == {"f0", "f1", "f2", "f3", "f4", "other"}


def test_06_a_broken_download_goes_on_where_it_stopped(storage: Any, bucket: Bucket, out: Path, found: Any) -> None:
    content = os.urandom(5 * MIB)
    storage.put({"x": content})
    storage.cut = lambda request: 2 * MIB if request.method == "GET" and not request.query else None
    bucket.get_file("x", out / "x")
    assert found() == {"x": content}
    assert storage.count("GET") == 3


def test_06_the_old_file_stays_when_a_download_fails(storage: Any, bucket: Bucket, out: Path, found: Any) -> None:
    out.mkdir()
    (out / "x").write_bytes(b"good old version")
    storage.put({"x": b"n" * MIB})
    storage.cut = lambda request: 0 if request.path.endswith("/x") else None
    with pytest.raises(ConnectionFailed, match=f"0 of {MIB} bytes"):
        bucket.get_file("x", out / "x")
    assert found() == {"x": b"good old version"}


def test_06_damaged_bytes_are_not_kept(storage: Any, bucket: Bucket, out: Path, found: Any) -> None:
    storage.put({"x": b"right"})
    etag = '"' + "0" * 32 + '"'
    storage.fault = lambda request: Response(200, (("etag", etag),), b"wrong") if request.path.endswith("/x") else None
    with pytest.raises(QarnotGenericException, match="damaged"):
        bucket.get_file("x", out / "x")
    assert found() == {}


def test_06_an_object_replaced_during_its_download_is_not_mixed(
    storage: Any, bucket: Bucket, out: Path, found: Any
) -> None:
    storage.put({"x": b"1" * 2 * MIB})

    def cut(request: Request) -> int:
        storage.put({"x": b"2" * 2 * MIB})
        return MIB

    storage.cut = cut
    with pytest.raises(QarnotGenericException, match="PreconditionFailed"):
        bucket.get_file("x", out / "x")
    assert found() == {}


def test_07_what_is_there_already_is_not_downloaded_again(storage: Any, bucket: Bucket, out: Path) -> None:
    storage.put({f"f{number}": b"content" for number in range(5)})
    bucket.sync_remote_to_local(out)
    (out / "f1").write_bytes(b"CONTENT")
    (out / "mine").write_bytes(b"kept")
    storage.requests.clear()
    report = bucket.sync_remote_to_local(out)
    assert (report.downloaded, len(report.unchanged)) == (("f1",), 4)
    assert len(storage.requests) == 2
    assert (out / "mine").exists()


def test_08_a_download_of_a_directory_ends_at_its_boundary(storage: Any, bucket: Bucket, out: Path, found: Any) -> None:
    storage.put({"data/a": b"1", "data/d/": b"", "database/b": b"2", "data2/k": b"3"})
    bucket.sync_remote_to_local(out, "data")
    assert found() == {"a": b"1"}
    assert (out / "d").is_dir()


def test_09_a_file_that_is_also_a_directory_is_named_and_the_rest_comes(
    storage: Any, bucket: Bucket, out: Path, found: Any
) -> None:
    storage.put({"a": b"file", "a/b": b"inner", "c": b"3"})
    with pytest.raises(TransferException, match="'a': its key is also the directory 'a/'"):
        bucket.get_all_files(out)
    assert found() == {"a/b": b"inner", "c": b"3"}


def test_09_a_local_directory_in_the_way_of_a_file_is_named(
    storage: Any, bucket: Bucket, out: Path, found: Any
) -> None:
    (out / "a").mkdir(parents=True)
    (out / "d").write_bytes(b"file")
    storage.put({"a": b"file", "d/x": b"2", "c": b"3"})
    with pytest.raises(TransferException) as caught:
        bucket.get_all_files(out)
    assert set(caught.value.failures) == {"a", "d/x"}
    assert found() == {"c": b"3", "d": b"file"}


def test_10_to_12_special_files_are_left_aside_by_name_and_kept_in_the_bucket(
    storage: Any, bucket: Bucket, tree: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tree({"good": b"1", "real/x": b"2"})
    os.mkfifo(f"{source}/pipe")
    os.symlink("/does/not/exist", f"{source}/broken")
    os.symlink(f"{source}/real", f"{source}/linked")
    os.symlink(f"{source}/good", f"{source}/alias")
    with open(os.fsencode(source) + b"/\xff\xfe", "wb"):
        pass
    monkeypatch.chdir(source)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("sock")
        storage.put({"pipe": b"kept", "linked/x": b"kept", "gone": b"deleted"})
        with pytest.warns(BucketSyncWarning, match=r"'pipe' \(a FIFO\)"):
            report = bucket.sync_directory(source)
    assert report.skipped == {
        "pipe": "a FIFO",
        "broken": "a broken link",
        "linked": "a link to a directory",
        "sock": "a socket",
        "\\udcff\\udcfe": "its name is not UTF-8, and keys are",
    }
    assert report.deleted == ("gone",)
    assert set(storage.content()) == {"good", "alias", "real/x", "pipe", "linked/x"}


def test_10_a_fifo_does_not_hang(storage: Any, bucket: Bucket, tree: Any) -> None:
    source = tree({"good": b"1"})
    os.mkfifo(f"{source}/pipe")
    with pytest.warns(BucketSyncWarning, match="a FIFO"):
        bucket.sync_directory(source)
    assert storage.content() == {"good": b"1"}


def test_11_a_broken_link_is_left_aside(storage: Any, bucket: Bucket, tree: Any) -> None:
    source = tree({"good": b"1"})
    os.symlink("/does/not/exist", f"{source}/broken")
    with pytest.warns(BucketSyncWarning, match="a broken link"):
        bucket.sync_directory(source)
    assert storage.content() == {"good": b"1"}


def test_12_a_name_that_is_not_utf_8_is_left_aside(storage: Any, bucket: Bucket, tree: Any) -> None:
    source = tree({"good": b"1", "z": b"2"})
    with open(os.fsencode(source) + b"/m\xff", "wb"):
        pass
    with pytest.warns(BucketSyncWarning, match="not UTF-8"):
        bucket.sync_directory(source)
    assert storage.content() == {"good": b"1", "z": b"2"}


def test_13_an_unreadable_file_fails_alone(
    storage: Any, bucket: Bucket, tree: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tree({f"f{number}": str(number).encode() for number in range(6)})
    opened = open

    def refusing(path: Any, *args: Any, **options: Any) -> Any:
        if str(path).endswith("/f4"):  # as root every file is readable
            raise PermissionError(13, "Permission denied", path)
        return opened(path, *args, **options)

    monkeypatch.setattr("builtins.open", refusing)
    with pytest.raises(TransferException, match="Permission denied") as caught:
        bucket.sync_directory(source)
    assert list(caught.value.failures) == ["f4"]
    assert len(caught.value.report.uploaded) == 5  # type: ignore[attr-defined]
    assert set(storage.content()) == {"f0", "f1", "f2", "f3", "f5"}


def test_14_a_file_uploaded_in_other_parts_is_recognised(storage: Any, bucket: Bucket, tree: Any, out: Path) -> None:
    content = os.urandom(12 * MIB)
    client = bucket._connection._s3client()
    upload = client.create_multipart_upload(Bucket="data", Key="x")["UploadId"]
    parts = []
    for number in range(3):
        part = content[number * 5 * MIB : (number + 1) * 5 * MIB]
        sent = client.upload_part(Bucket="data", Key="x", UploadId=upload, PartNumber=number + 1, Body=part)
        parts.append({"PartNumber": number + 1, "ETag": sent["ETag"]})
    client.complete_multipart_upload(Bucket="data", Key="x", UploadId=upload, MultipartUpload={"Parts": parts})
    assert (bucket.sync_directory(tree({"x": content}))).unchanged == ("x",)
    bucket.get_all_files(out)
    assert (bucket.sync_remote_to_local(out)).unchanged == ("x",)


def test_15_names_with_blanks_keep_them(storage: Any, bucket: Bucket, tree: Any, out: Path) -> None:
    names = {"sp ace ": b"1", " lead": b"2", "dots...": b"3", "nfc é": b"4", "nfd e\u0301": b"5", "a#?%+&b": b"6"}
    bucket.sync_directory(tree(names))
    assert storage.content() == names
    bucket.get_all_files(out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == names


@pytest.mark.parametrize("size", [10, 9 * MIB])
def test_16_a_file_that_changes_while_it_is_uploaded_is_an_error(
    storage: Any, bucket: Bucket, tree: Any, size: int
) -> None:
    source = tree({"x": b"1" * size})

    def touch(request: Request) -> None:
        if request.method == "PUT":
            os.truncate(f"{source}/x", os.path.getsize(f"{source}/x") - 1)

    storage.put({"to delete": b""})
    storage.fault = touch
    with pytest.raises(TransferException, match=r"changed while it was uploaded|the file has"):
        bucket.sync_directory(source)
    assert "to delete" in storage.content()


@pytest.mark.parametrize("size", [10, 9 * MIB])
def test_16_a_file_that_changes_once_is_sent_as_it_is_then(storage: Any, bucket: Bucket, tree: Any, size: int) -> None:
    source = tree({"x": b"1" * size, "y": b"1" * size})
    changes = [b"2" * (size - 1)]

    def touch(request: Request) -> None:
        if request.method == "PUT" and changes:
            Path(source, "x").write_bytes(changes.pop())

    storage.fault = touch
    bucket.sync_directory(source)
    assert storage.content() == {"x": b"2" * (size - 1), "y": b"1" * size}


def test_17_empty_directories_survive_the_round_trip(storage: Any, bucket: Bucket, tree: Any, out: Path) -> None:
    source = tree({"d/x": b"1"})
    Path(source, "empty", "deep").mkdir(parents=True)
    bucket.sync_directory(source)
    assert set(storage.content()) == {"d/x", "empty/deep/"}
    bucket.get_all_files(out)
    assert (out / "empty" / "deep").is_dir()
    assert (bucket.sync_directory(out)).unchanged == ("d/x", "empty/deep/")


def test_a_copy_that_the_server_refuses_becomes_an_upload(storage: Any, bucket: Bucket, tree: Any) -> None:
    storage.put({"old": b"content"})
    storage.fault = lambda request: BROKEN if request.header("x-amz-copy-source") else None
    report = bucket.sync_directory(tree({"new": b"content"}))
    assert (report.uploaded, report.copied, report.deleted) == (("new",), (), ("old",))
    assert storage.content() == {"new": b"content"}


def test_a_duplicate_of_a_file_that_failed_is_not_copied_from_what_was_there(
    storage: Any, bucket: Bucket, tree: Any
) -> None:
    storage.put({"a": b"stale!"})
    storage.fault = lambda request: BROKEN if request.method == "PUT" and request.path.endswith("/a") else None
    with pytest.raises(TransferException, match="'a'"):
        bucket.sync_directory(tree({"a": b"fresh!", "b": b"fresh!"}))
    assert storage.content() == {"a": b"stale!", "b": b"fresh!"}


def test_deletions_that_the_server_refuses_are_named(storage: Any, bucket: Bucket, tree: Any) -> None:
    refusal = (
        b"<DeleteResult><Error><Key>old</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>"
    )
    storage.put({"old": b"1"})
    storage.fault = lambda request: Response(200, (), refusal) if request.method == "POST" else None
    with pytest.raises(TransferException, match="AccessDenied: no"):
        bucket.sync_directory(tree({"new": b"2"}))


def test_deletions_refused_while_a_bucket_is_emptied_are_named(storage: Any, bucket: Bucket) -> None:
    refusal = (
        b"<DeleteResult><Error><Key>old</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>"
    )
    storage.put({"old": b"1"})
    storage.fault = lambda request: Response(200, (), refusal) if request.method == "POST" else None
    with pytest.raises(TransferException, match="AccessDenied: no"):
        bucket.delete()
    assert set(storage.content()) == {"old"}


def test_downloads_leave_no_unfinished_files(storage: Any, bucket: Bucket, out: Path) -> None:
    storage.put({"a": b"1", "b": b"2"})
    storage.fault = lambda request: BROKEN if request.path.endswith("/b") else None
    with pytest.raises(TransferException, match="'b'"):
        bucket.get_all_files(out)
    assert [path.name for path in out.iterdir()] == ["a"]


def test_downloaded_files_get_ordinary_permissions(storage: Any, bucket: Bucket, out: Path) -> None:
    storage.put({"a": b"1"})
    before = os.umask(0o022)
    try:
        bucket.get_all_files(out)
    finally:
        os.umask(before)
    assert (out / "a").stat().st_mode & 0o777 == 0o644
