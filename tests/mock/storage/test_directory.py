"""What only a store over a directory does: it lasts, it keeps bytes once, and it leaves nothing lying about."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys

import pytest

from qarnot_mock.storage.directory import INLINE, DirectoryStore
from qarnot_mock.storage.directory_uploads import DirectoryUploads
from qarnot_mock.storage.errors import S3Error
from qarnot_mock.storage.uploads import Part, combined_etag

LARGE = bytes(range(256)) * (INLINE // 128)
MD5 = "d41d8cd98f00b204e9800998ecf8427e"


@pytest.fixture
def store(directories):
    store = directories()
    store.create_bucket("data", 5)
    return store


@pytest.fixture
def folder(directories, store):
    return directories.root / "0"


@pytest.fixture
def reopened(directories, folder):
    """The store as a later process finds it; what was not committed is gone."""

    def reopen():
        directories.connections[-1].close()
        return directories.open(folder)

    return reopen


def files(folder):
    return [path for path in (folder / "objects").rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", [b"small", LARGE], ids=["inline", "file"])
def test_a_committed_object_survives_and_an_uncommitted_one_does_not(store, reopened, folder, content):
    kept = store.put("data", "../k\x00é", content, 7, content_type="t/u", metadata={"m": "é"}, headers={"expires": "1"})
    store.commit()
    store.put("data", "lost", content + b"!", 8)
    later = reopened()
    assert list(later.list("data")) == [kept]
    assert later.get("data", "../k\x00é") == content
    assert later.bucket("data").bytes_used == len(content) == later.bytes_used()
    assert len(files(folder)) == (len(content) > INLINE)


def test_a_content_is_kept_once_and_until_its_last_object_goes(store, folder):
    for key in ("a", "b"):
        store.put("data", key, LARGE, 0)
    store.copy(store.head("data", "a"), "data", "data", "c", 1)
    assert len(files(folder)) == 1
    for key in ("a", "b", "c"):
        store.commit()
        assert len(files(folder)) == 1
        store.delete("data", key)
    assert len(files(folder)) == 1, "until the deletion is committed"
    store.commit()
    assert files(folder) == []


@pytest.mark.parametrize("successor", [b"small", LARGE + b"!", LARGE])
def test_the_bytes_of_a_replaced_object_go(store, folder, successor):
    store.put("data", "k", LARGE, 0)
    store.commit()
    store.put("data", "k", successor, 0)
    store.commit()
    assert len(files(folder)) == (len(successor) > INLINE)
    assert store.get("data", "k") == successor


def test_the_bytes_of_an_object_that_is_being_read_go_after_its_readers(store, folder):
    store.put("data", "k", LARGE, 0)
    readers = [store.read("data", "k", 0, 5), store.read("data", "k", 0, 5)]
    store.delete("data", "k")
    store.commit()
    assert list(readers.pop()) == [LARGE[:5]]
    store.create_bucket("more", 0)
    store.commit()
    assert len(files(folder)) == 1
    readers.clear()
    store.create_bucket("and more", 0)
    store.commit()
    assert files(folder) == []


def test_a_deletion_that_was_never_committed_loses_nothing(store, reopened):
    store.put("data", "k", LARGE, 0)
    store.commit()
    store.delete("data", "k")
    assert reopened().get("data", "k") == LARGE


def test_what_a_dead_process_left_over_is_removed_at_the_next_opening(store, reopened, folder):
    store.put("data", "k", LARGE, 0)
    store.commit()
    store.keep(LARGE + b"never named")
    (folder / "objects" / "unfinished-1").write_bytes(b"half")
    assert len(files(folder)) == 3
    later = reopened()
    assert len(files(folder)) == 1
    assert later.get("data", "k") == LARGE


def test_an_upload_goes_on_after_the_death_of_the_process(store, reopened, folder):
    uploads = DirectoryUploads(store)
    upload = uploads.begin("data", "k", 3, "t/u", {"m": "1"}, {})
    sizes = 5 * 1024**2, 10
    uploads.add(upload, Part(1, MD5, sizes[0], 4), bytes(sizes[0]))
    store.commit()
    later = reopened()
    uploads = DirectoryUploads(later)
    assert uploads.of_bucket("data") == [upload] == [uploads.get("data", "k", upload.upload_id)]
    uploads.add(upload, Part(2, MD5, sizes[1], 5), b"0123456789")
    info = uploads.complete(upload, uploads.parts(upload), 6)
    later.commit()
    assert (info.etag, info.size, info.metadata) == (combined_etag([MD5, MD5]), sum(sizes), {"m": "1"})
    assert later.get("data", "k", sizes[0] - 2, sizes[0] + 3) == b"\0\x00012"
    assert uploads.bytes_used() == 0
    assert uploads.of_bucket("data") == []
    assert DirectoryUploads(reopened()).completed_etag("data", "k", upload.upload_id) == info.etag
    assert len(files(folder)) == 2


def test_the_parts_of_an_aborted_upload_go(store, folder):
    uploads = DirectoryUploads(store)
    upload = uploads.begin("data", "k", 3, "t/u", {}, {})
    uploads.add(upload, Part(1, MD5, 3, 4), b"old")
    uploads.add(upload, Part(1, MD5, 3, 4), b"new")
    store.commit()
    assert len(files(folder)) == 1
    uploads.abort(upload)
    store.commit()
    assert files(folder) == []
    with pytest.raises(S3Error, match="completed, aborted or never begun"):
        uploads.add(upload, Part(1, MD5, 3, 4), b"late")


def test_upload_ids_never_repeat_after_a_restart(store, reopened):
    first = DirectoryUploads(store).begin("data", "k", 0, "", {}, {})
    DirectoryUploads(store).abort(first)
    store.commit()
    assert DirectoryUploads(reopened()).begin("data", "k", 0, "", {}, {}).upload_id != first.upload_id


WRITER = """
import sqlite3, sys, os
from pathlib import Path
from qarnot_mock.storage.directory import DirectoryStore
folder = Path(sys.argv[1])
connection = sqlite3.connect(folder / "index.sqlite3")
connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF")
store = DirectoryStore(connection, folder / "objects")
store.create_bucket("data", 0)
for number in range(10**6):
    store.put("data", f"{number % 7}", str(number).encode() * 9000, number)
    store.commit()
    print(number, flush=True)
"""


def test_a_killed_process_leaves_everything_that_it_had_told(tmp_path):
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as writer:
        told = next(int(line) for line in writer.stdout if int(line) >= 20)
        writer.send_signal(signal.SIGKILL)
    connection = sqlite3.connect(tmp_path / "index.sqlite3")
    store = DirectoryStore(connection, tmp_path / "objects")
    found = {info.key: info.last_modified for info in store.list("data")}
    assert max(found.values()) >= told
    assert sorted(found) == [str(number) for number in range(7)]
    for key, number in found.items():
        assert store.get("data", key) == str(number).encode() * 9000
    assert len(files(tmp_path)) == 7
    connection.close()
