"""Buckets against the mock's own S3, call by call. The blocking twin is made from this."""

# ruff: noqa: ASYNC230, ASYNC240  # async only

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import pytest

from qarnot_hl._async.bucket import AsyncBucket
from qarnot_hl._async.connection import AsyncConnection
from qarnot_hl.advanced_bucket import BucketPathWarning, BucketPrefixFiltering, PrefixResourcesTransformation
from qarnot_hl.bucket import SyncReport
from qarnot_hl.exceptions import (
    EmptySourceException,
    MissingBucketException,
    MissingFileException,
    QarnotGenericException,
    UnauthorizedException,
)

pytestmark = pytest.mark.anyio

BIG = bytes(range(256)) * 4096 * 9  # 9 MiB: two parts


@pytest.fixture
def bucket(storage: Any) -> AsyncBucket:
    return AsyncBucket(storage.connect(AsyncConnection), "data", create=False)


async def test_making_the_object_asks_nothing(storage: Any, bucket: AsyncBucket) -> None:
    assert (bucket.uuid, bucket.name, bucket.description) == ("data", "data", "data")
    assert repr(bucket) == "AsyncBucket('data')"
    assert bucket == AsyncBucket(bucket._connection, "data", create=False)
    assert bucket != AsyncBucket(bucket._connection, "other", create=False)
    assert len({bucket, AsyncBucket(bucket._connection, "data", create=False)}) == 1
    assert storage.requests == []


async def test_the_connection_creates_a_bucket(storage: Any) -> None:
    connection = storage.connect(AsyncConnection, bucket=None)
    for _ in range(2):
        assert (await connection.create_bucket("fresh")).uuid == "fresh"
    assert [info.name for info in storage.store.buckets()] == ["fresh"]


async def test_a_pickled_bucket_has_no_token(bucket: AsyncBucket) -> None:
    assert b"s3cr3t" not in pickle.dumps(bucket)


async def test_listed_files_have_the_attributes_of_an_object_summary(storage: Any, bucket: AsyncBucket) -> None:
    storage.add_resource(bucket._connection)
    storage.put({"b": b"hello", "a/ü": b""})
    first, second = await bucket.list_files()
    assert (first.key, first.size, first.bucket_name) == ("a/ü", 0, "data")
    assert second.e_tag == '"5d41402abc4b2a76b9719d911017c592"'
    assert second.last_modified is not None
    assert second.last_modified.tzinfo is not None
    assert (await second.Object()).get()["Body"].read() == b"hello"


async def test_more_files_than_a_page_holds_are_all_listed(storage: Any, bucket: AsyncBucket) -> None:
    names = {f"f{number:04}": b"" for number in range(1003)}
    storage.put(names)
    assert [file.key for file in await bucket.list_files()] == sorted(names)
    assert len(storage.requests) == 2


async def test_a_directory_is_listed_by_its_literal_prefix(storage: Any, bucket: AsyncBucket) -> None:
    storage.put({"d/x": b"", "d2": b"", "e": b""})
    assert [file.key for file in await bucket.directory("d")] == ["d/x", "d2"]
    assert [file.key for file in await bucket.directory("d/")] == ["d/x"]
    assert [file.key for file in await bucket.directory()] == ["d/x", "d2", "e"]


async def test_a_file_goes_up_and_comes_back(storage: Any, bucket: AsyncBucket, tree: Any, out: Path) -> None:
    source = tree({"in.bin": b"content"})
    await bucket.add_file(f"{source}/in.bin")
    await bucket.add_file(Path(source, "in.bin"), "d/other name")
    assert storage.content() == {"in.bin": b"content", "d/other name": b"content"}
    assert await bucket.get_file("d/other name", out / "deep" / "file") == str(out / "deep" / "file")
    assert (out / "deep" / "file").read_bytes() == b"content"


async def test_a_large_file_goes_in_parts_and_compares_equal(
    storage: Any, bucket: AsyncBucket, tree: Any, out: Path
) -> None:
    source = tree({"big": BIG, "exact": BIG[: 8 * 1024**2]})
    await bucket.sync_directory(source)
    assert storage.content()["big"] == BIG
    assert {file.key: file.e_tag[-3:-1] for file in await bucket.list_files()} == {"big": "-2", "exact": "-1"}
    assert (await bucket.sync_directory(source)).unchanged == ("big", "exact")
    await bucket.get_all_files(out)
    assert (out / "big").read_bytes() == BIG


async def test_a_file_object_is_stored_from_where_it_stands(storage: Any, bucket: AsyncBucket, tree: Any) -> None:
    with open(tree({"named": b"0123"}) + "/named", "rb") as file:
        file.seek(2)
        await bucket.add_file(file)
    await bucket.add_file(io.BytesIO(b"bytes"), "from memory")
    await bucket.add_string("grüezi", "text")
    assert storage.content() == {"named": b"23", "from memory": b"bytes", "text": "grüezi".encode()}


async def test_what_cannot_be_stored_is_refused(storage: Any, bucket: AsyncBucket, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="give `remote`"):
        await bucket.add_file(io.BytesIO(b"nameless"))
    with pytest.raises(TypeError, match="binary mode"):
        await bucket.add_file(io.StringIO("text"), "x")  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        await bucket.add_file(tmp_path / "absent")
    with pytest.raises(OSError, match="directory"):
        await bucket.add_file(tmp_path, "x")
    assert storage.requests == []


async def test_without_a_local_name_the_last_part_of_the_key_is_used(
    storage: Any, bucket: AsyncBucket, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.put({"d/name": b"1"})
    out.mkdir()
    monkeypatch.chdir(out)
    assert await bucket.get_file("d/name") == "name"
    assert await bucket.get_file("d/name", str(out)) == str(out / "name")
    assert (out / "name").read_bytes() == b"1"


@pytest.mark.parametrize("key", ["d/", "a/..", ".."])
async def test_a_key_that_names_no_file_needs_a_local_name(bucket: AsyncBucket, key: str) -> None:
    with pytest.raises(ValueError, match="give the local path"):
        await bucket.get_file(key)


async def test_a_missing_file_is_a_value_error_that_names_both(bucket: AsyncBucket, out: Path) -> None:
    with pytest.raises(MissingFileException, match="file 'nope' in bucket 'data'") as caught:
        await bucket.get_file("nope", out / "x")
    assert isinstance(caught.value, ValueError)
    assert (caught.value.status, caught.value.object_id) == (404, "data")
    assert list(out.iterdir()) == []


async def test_a_missing_file_that_was_cleaned_on_the_way_up_is_hinted_at(bucket: AsyncBucket, out: Path) -> None:
    with pytest.raises(MissingFileException) as caught:
        await bucket.get_file("/x", out / "x")
    assert "perhaps it is 'x'" in " ".join(caught.value.__notes__)


async def test_progress_tells_bytes_and_the_key(storage: Any, bucket: AsyncBucket, out: Path) -> None:
    storage.put({"a": b"12345", "empty": b""})
    calls: list[tuple[float, float, str]] = []
    await bucket.get_file("a", out / "a", lambda *call: calls.append(call))
    assert calls == [(0, 5, "a"), (5, 5, "a")]
    calls.clear()
    await bucket.get_all_files(out / "all", lambda *call: calls.append(call))
    assert set(calls) == {(0, 5, "a"), (5, 5, "a"), (0, 0, "empty")}


async def test_progress_true_shows_a_bar(storage: Any, bucket: AsyncBucket, out: Path) -> None:
    storage.put({"a": b"12345"})
    await bucket.get_all_files(out, True)
    assert (out / "a").read_bytes() == b"12345"


async def test_a_directory_is_added_with_its_hierarchy(storage: Any, bucket: AsyncBucket, tree: Any) -> None:
    storage.put({"kept": b"k"})
    source = tree({"a": b"1", "d/e": b"2"})
    assert await bucket.add_directory(source) == SyncReport(uploaded=("a", "d/e"))
    await bucket.add_directory(source + "/", "to/here")
    assert set(storage.content()) == {"kept", "a", "d/e", "to/here/a", "to/here/d/e"}


async def test_adding_something_else_than_a_directory_is_an_io_error(bucket: AsyncBucket, tree: Any) -> None:
    for path in ("/does/not/exist", tree({"file": b""}) + "/file"):
        with pytest.raises(OSError, match="Not a valid directory"):
            await bucket.add_directory(path)


async def test_copy_delete_and_contains(storage: Any, bucket: AsyncBucket) -> None:
    storage.put({"a": b"1", "ab": b"2"})
    await bucket.copy_file("a", "c")
    await bucket.delete_file("a")
    await bucket.delete_file("never there")
    assert storage.content() == {"ab": b"2", "c": b"1"}
    assert [await bucket.contains(name) for name in ("a", "ab", "c")] == [False, True, True]
    with pytest.raises(MissingFileException, match="'a'"):
        await bucket.copy_file("a", "d")


async def test_legacy_calls_do_nothing(storage: Any, bucket: AsyncBucket) -> None:
    await bucket.update()
    await bucket.update(flush=True)
    await bucket.flush()
    assert storage.requests == []


async def test_deleting_a_bucket_deletes_its_files(storage: Any, bucket: AsyncBucket) -> None:
    storage.put({f"f{number}": b"" for number in range(1001)})
    await bucket.delete()
    assert storage.store.buckets() == []


@pytest.mark.parametrize(
    "call",
    [
        lambda bucket, out: bucket.list_files(),
        lambda bucket, out: bucket.directory("d"),
        lambda bucket, out: bucket.delete(),
        lambda bucket, out: bucket.add_string("x", "y"),
        lambda bucket, out: bucket.add_file(io.BytesIO(b"x"), "y"),
        lambda bucket, out: bucket.get_file("x", out / "x"),
        lambda bucket, out: bucket.get_all_files(out),
        lambda bucket, out: bucket.sync_files({}),
        lambda bucket, out: bucket.sync_files({"x": __file__}),
        lambda bucket, out: bucket.add_directory(Path(__file__).parent),
        lambda bucket, out: bucket.delete_file("x"),
        lambda bucket, out: bucket.copy_file("x", "y"),
        lambda bucket, out: bucket.contains("x"),
    ],
)
async def test_a_missing_bucket_is_named_with_the_way_out(storage: Any, out: Path, call: Any) -> None:
    bucket = AsyncBucket(storage.connect(AsyncConnection), "absent", create=False)
    with pytest.raises(MissingBucketException, match="'absent'") as caught:
        await call(bucket, out)
    assert "create_bucket" in (caught.value.next_step or "")


async def test_a_wrong_token_is_unauthorized_and_never_shown(storage: Any) -> None:
    bucket = AsyncBucket(storage.connect(AsyncConnection, token="wr0ng-t0ken"), "data", create=False)
    with pytest.raises(UnauthorizedException) as caught:
        await bucket.list_files()
    assert "wr0ng" not in f"{caught.value} {caught.value.__notes__} {caught.value.__cause__}"
    assert "token" in (caught.value.next_step or "")


async def test_an_impossible_name_is_refused_with_the_rule(storage: Any) -> None:
    bucket = AsyncBucket(storage.connect(AsyncConnection), "x", create=False)
    with pytest.raises(QarnotGenericException, match=r"Error: .*bucket 'x'"):
        await bucket.create()


async def test_a_sync_reports_what_it_did(storage: Any, bucket: AsyncBucket, tree: Any) -> None:
    storage.put({"same": b"s", "changed": b"old", "gone": b"moved", "deleted": b"d"})
    source = tree({"same": b"s", "changed": b"new", "new": b"n", "renamed": b"moved", "new too": b"n"})
    report = await bucket.sync_directory(source)
    assert report == SyncReport(
        uploaded=("changed", "new"),
        copied=("new too", "renamed"),
        deleted=("deleted", "gone"),
        unchanged=("same",),
    )
    expected = {"same": b"s", "changed": b"new", "new": b"n", "renamed": b"moved", "new too": b"n"}
    assert storage.content() == expected


async def test_a_plan_and_a_trial_change_nothing(storage: Any, bucket: AsyncBucket, tree: Any, out: Path) -> None:
    storage.put({"gone": b"x", "same": b"s"})
    source = tree({"same": b"s", "new": b"n"})
    plan = await bucket.plan_sync(source)
    assert [action.key for action in plan] == ["new", "gone", "same"]
    report = await bucket.sync_directory(source, dry_run=True)
    assert (report.uploaded, report.deleted, report.dry_run) == (("new",), ("gone",), True)
    assert [action.key for action in await bucket.plan_sync(out, download=True)] == ["gone", "same"]
    assert (await bucket.sync_remote_to_local(out, dry_run=True)).downloaded == ("gone", "same")
    assert (set(storage.content()), out.exists()) == ({"gone", "same"}, False)


async def test_a_second_sync_sends_one_listing(storage: Any, bucket: AsyncBucket, tree: Any) -> None:
    source = tree({"a": b"1", "d/b": b"2"})
    await bucket.sync_directory(source)
    storage.requests.clear()
    await bucket.sync_directory(source)
    assert len(storage.requests) == 1


async def test_verbose_tells_every_action(
    bucket: AsyncBucket, tree: Any, storage: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    storage.put({"old": b"x", "gone": b"y"})
    await bucket.sync_directory(tree({"new": b"x", "up": b"z"}), verbose=True)
    lines = capsys.readouterr().out
    for expected in ("Copy old to new", "Upload: ", "-> up", "Remove: gone", "Remove: old"):
        assert expected in lines
    await bucket.sync_directory(tree({}))
    assert capsys.readouterr().out == ""


async def test_files_are_synced_under_the_given_names(storage: Any, bucket: AsyncBucket, tree: Any) -> None:
    source = tree({"a": b"1", "b": b"2"})
    storage.put({"p/old": b"", "beside": b""})
    await bucket.sync_files({"x/a": f"{source}/a", "b": f"{source}/b"}, remote="p/")
    assert storage.content() == {"p/x/a": b"1", "p/b": b"2", "beside": b""}


async def test_two_files_under_one_name_are_refused(storage: Any, bucket: AsyncBucket, tree: Any) -> None:
    path = tree({"a": b"1"}) + "/a"
    with pytest.warns(BucketPathWarning), pytest.raises(ValueError, match="stored as 'a'"):
        await bucket.sync_files({"a": path, "/a": path})
    assert storage.requests == []


async def test_an_empty_source_empties_nothing_unless_told_so(storage: Any, bucket: AsyncBucket, tree: Any) -> None:
    storage.put({"precious": b"1", "d/x": b"2"})
    with pytest.raises(EmptySourceException, match="2 would be deleted from bucket 'data'"):
        await bucket.sync_directory(tree({}))
    with pytest.raises(EmptySourceException, match="1 would be deleted from 'd/' of bucket 'data'"):
        await bucket.sync_files({}, remote="d")
    assert set(storage.content()) == {"precious", "d/x"}
    assert (await bucket.sync_files({}, remote="absent")).deleted == ()
    assert (await bucket.sync_directory(tree({}), allow_empty=True)).deleted == ("d/x", "precious")
    assert storage.content() == {}


async def test_retrieving_a_missing_bucket_names_it(storage: Any) -> None:
    with pytest.raises(MissingBucketException, match="absent") as caught:
        await storage.connect(AsyncConnection).retrieve_bucket("absent")
    assert caught.value.object_id == "absent"


async def test_needless_slashes_are_dropped_with_a_warning(
    storage: Any, bucket: AsyncBucket, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.warns(BucketPathWarning, match="'//a///b ' is used as 'a/b'"):
        await bucket.add_string("x", "//a///b ")
    assert set(storage.content()) == {"a/b"}
    with pytest.warns(BucketPathWarning):
        await bucket.delete_file("/a/b")
    assert storage.content() == {}
    assert capsys.readouterr() == ("", "")


async def test_the_warning_and_the_dropping_can_be_switched_off(storage: Any) -> None:
    quiet = AsyncBucket(storage.connect(AsyncConnection, show_bucket_warnings=False), "data", create=False)
    await quiet.add_string("x", "/a")
    exact = AsyncBucket(storage.connect(AsyncConnection, sanitize_bucket_paths=False), "data", create=False)
    await exact.add_string("x", "/b//c ")
    assert set(storage.content()) == {"a", "/b//c "}


async def test_the_wire_form_travels_there_and_back(bucket: AsyncBucket) -> None:
    full = (
        bucket.with_filtering(BucketPrefixFiltering("in/"))
        .with_resource_transformation(PrefixResourcesTransformation("in"))
        .with_cache_ttl(60)
    )
    json = full.to_json()
    assert json == {
        "bucketName": "data",
        "filtering": {"prefixFiltering": {"prefix": "in/"}},
        "resourcesTransformation": {"stripPrefix": {"prefix": "in"}},
        "cacheTTLSec": 60,
    }
    assert AsyncBucket.from_json(bucket._connection, json).to_json() == json
    assert AsyncBucket.from_json(bucket._connection, {"bucketName": "b", "filtering": None, "news": 1}).uuid == "b"
    assert bucket.to_json() == {
        "bucketName": "data",
        "filtering": {},
        "resourcesTransformation": {},
        "cacheTTLSec": None,
    }


async def test_a_settings_copy_keeps_the_other_settings(bucket: AsyncBucket) -> None:
    slow = bucket.with_cache_ttl(60)
    assert slow.with_filtering(BucketPrefixFiltering("x")).to_json()["cacheTTLSec"] == 60
    changed = slow.with_resource_transformation(PrefixResourcesTransformation("x"))
    assert changed.to_json()["cacheTTLSec"] == 60
    assert changed.with_cache_ttl(1).to_json()["resourcesTransformation"] == {"stripPrefix": {"prefix": "x"}}
    assert bucket.to_json()["cacheTTLSec"] is None


async def test_prefixes_are_cleaned_without_touching_the_users_object(bucket: AsyncBucket) -> None:
    mine = BucketPrefixFiltering("/a")
    with pytest.warns(BucketPathWarning):
        cleaned = bucket.with_filtering(mine)
    assert cleaned.to_json()["filtering"] == {"prefixFiltering": {"prefix": "a"}}
    assert mine.prefix == "/a"
