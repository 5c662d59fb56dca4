"""The local index as a file: what it remembers, whom it believes, and that no state of it breaks a transfer."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from qarnot_hl._core.file_identity import local_file_of
from qarnot_hl._core.sync_actions import LocalFile
from qarnot_hl._s3.index import Index

OLD = 1_000_000_000_123_456_789  # an mtime (ns) long past


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "made" / "index.sqlite")


@pytest.fixture
def file(tmp_path: Path) -> LocalFile:
    return written(tmp_path / "file", b"content", OLD)


def written(path: Path, content: bytes, mtime_ns: int) -> LocalFile:
    path.write_bytes(content)
    os.utime(path, ns=(mtime_ns, mtime_ns))
    return local_file_of(str(path), path.stat())


def note(path: str, file: LocalFile, etag: str = "etag") -> None:
    with Index(path) as index:
        index.remember(file, 0, etag)


def recall(path: str, file: LocalFile) -> list[tuple[str, int, str]]:
    with Index(path) as index:
        return list(index.known([file]))


def test_what_was_noted_is_known_to_the_next(path: str, file: LocalFile) -> None:
    note(path, file)
    note(path, file, "newer")
    with Index(path) as index:
        index.remember(file, 8, "in parts")
    assert sorted(recall(path, file)) == [(file.path, 0, "newer"), (file.path, 8, "in parts")]


@pytest.mark.parametrize("change", ["size", "mtime", "ctime", "inode"])
def test_a_changed_file_is_not_known(path: str, file: LocalFile, change: str) -> None:
    note(path, file)
    there = Path(file.path)
    match change:
        case "size":
            found = written(there, b"other content", OLD)
        case "mtime":
            found = written(there, b"content", OLD + 1)
        case "ctime":
            found = written(there, b"CONTENT", OLD)  # the same size, its mtime set back
        case _:
            there.rename(there.with_name("kept"))
            found = written(there, b"content", OLD)
    assert recall(path, found) == []


def test_a_file_written_at_the_moment_of_its_reading_is_not_believed(path: str, tmp_path: Path) -> None:
    with Index(path) as index:
        renewed = Path(path).stat().st_mtime_ns
        for mtime in (renewed, renewed + 10**9, renewed - 1):
            racy = written(tmp_path / "racy", b"x", mtime)
            index.remember(racy, 0, "etag")
            index._write()
            assert list(index.known([racy])) == []


def test_the_moment_is_the_index_files_own_and_no_clocks(
    path: str, file: LocalFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed: list[str] = []
    touch = os.utime
    monkeypatch.setattr("time.time", lambda: 0.0)
    monkeypatch.setattr(os, "utime", lambda name, *a, **o: (renewed.append(name), touch(name, *a, **o)))
    note(path, file)
    assert renewed == [path]
    assert recall(path, file)


@pytest.mark.parametrize("content", [b"", b"this is no database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_index_is_made_anew(path: str, file: LocalFile, content: bytes) -> None:
    note(path, file)
    Path(path).write_bytes(content)
    assert recall(path, file) == []
    note(path, file)
    assert recall(path, file) == [(file.path, 0, "etag")]


def test_an_index_damaged_in_the_middle_is_made_anew(path: str, file: LocalFile) -> None:
    with Index(path) as index:
        for number in range(2000):
            index.remember(LocalFile(f"{file.path}{number}", 1, OLD), 0, "e" * 32)
    size = os.path.getsize(path)
    with open(path, "r+b") as damaged:
        damaged.seek(4096)
        damaged.write(os.urandom(size - 4096))
    assert recall(path, LocalFile(f"{file.path}7", 1, OLD)) == []
    note(path, file)
    assert recall(path, file) == [(file.path, 0, "etag")]


def test_where_no_index_can_be_kept_nothing_is_known_and_nothing_fails(tmp_path: Path, file: LocalFile) -> None:
    (tmp_path / "not a directory").touch()
    note(str(tmp_path / "not a directory" / "index"), file)
    assert recall(str(tmp_path / "not a directory" / "index"), file) == []


def test_an_index_that_another_process_holds_is_done_without(
    path: str, file: LocalFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qarnot_hl._s3.index.PATIENCE", 0.0)
    note(path, file)
    holder = sqlite3.connect(path)
    holder.execute("BEGIN EXCLUSIVE")
    note(path, file, "lost")
    assert recall(path, file) == []
    holder.close()
    assert recall(path, file) == [(file.path, 0, "etag")]


def test_processes_may_write_at_the_same_time(path: str, file: LocalFile) -> None:
    code = (
        "import sys; from qarnot_hl._s3.index import Index; from qarnot_hl._core.sync_actions import LocalFile\n"
        "with Index(sys.argv[1]) as index:\n"
        "    for n in range(3000): index.remember(LocalFile(f'/{sys.argv[2]}/{n}', 1, 1), 0, 'e')"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, path, str(number)]) for number in range(4)]
    assert [writer.wait() for writer in writers] == [0] * 4
    files = [LocalFile(f"/{number}/{n}", 1, 1) for number in range(4) for n in range(3000)]
    with Index(path) as index:
        assert len(list(index.known(files))) == len(files)


def test_threads_may_write_at_the_same_time(path: str, race: Callable[[Callable[[int], None]], None]) -> None:
    with Index(path) as index:

        def one(number: int) -> None:
            for n in range(700):
                index.remember(LocalFile(f"/{number}/{n}", 1, 1), 0, "e")

        race(one)
        index._write()
        assert len(list(index.known(LocalFile(f"/{i}/{n}", 1, 1) for i in range(8) for n in range(700)))) == 5600


def test_an_index_that_grew_too_large_begins_anew(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Index(path) as index:
        for number in range(1000):
            index.remember(LocalFile(f"/{number}", 1, 1), 0, "e" * 32)
        index.execute("INSERT INTO uploads (storage, bucket, key, upload) VALUES ('s', 'b', 'k', 'u')")
    size = os.path.getsize(path)
    assert recall(path, LocalFile("/7", 1, 1))
    monkeypatch.setattr("qarnot_hl._s3.index.LARGEST", size - 1)
    assert recall(path, LocalFile("/7", 1, 1)) == []
    assert os.path.getsize(path) < size
    with Index(path) as index:
        assert index.execute("SELECT key FROM uploads") == [("k",)]


@pytest.fixture
def race() -> Callable[[Callable[[int], None]], None]:
    def run(work: Callable[[int], None]) -> None:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return run
