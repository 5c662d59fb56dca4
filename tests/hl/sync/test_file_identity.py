"""The rule of the local index: which files may be remembered, where the index lies."""

from __future__ import annotations

from pathlib import PurePath, PurePosixPath, PureWindowsPath

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl._core import file_identity
from qarnot_hl._core.file_identity import SECOND, cache_directory, identity, is_settled, same_file
from qarnot_hl._core.sync_actions import LocalFile

TIMES = st.integers(0, 4 * SECOND)


def written_at(now: int, tick: int) -> int:
    """The mtime that a file system gives whose times move in ticks."""
    return now - now % tick


@given(TIMES, TIMES, TIMES, st.sampled_from([1, 1_000_000, 4_000_000, 16_000_000, SECOND, 2 * SECOND]))
def test_no_later_write_escapes_a_settled_file(first: int, wait: int, later: int, tick: int) -> None:
    mtime, stamp = written_at(first, tick), first + wait
    if is_settled(mtime, stamp):
        assert written_at(stamp + later, tick) != mtime


def test_a_file_is_settled_soon_after_it_was_written() -> None:
    assert not is_settled(123_456_789, 123_456_789)
    assert is_settled(123_456_789, 123_456_789 + SECOND // 10)


def test_whole_seconds_are_taken_for_a_coarse_file_system() -> None:
    assert not is_settled(8 * SECOND, 9 * SECOND)
    assert is_settled(8 * SECOND, 10 * SECOND)


@pytest.mark.parametrize("changed", ["size", "mtime_ns", "ctime_ns", "inode"])
def test_a_file_is_another_when_anything_of_it_changed(changed: str) -> None:
    file = LocalFile("x", 1, 2, 3, 4)
    assert same_file(file, LocalFile("elsewhere", 1, 2, 3, 4))
    assert not same_file(file, evolve(file, **{changed: 9}))


def test_every_inode_fits_into_a_signed_integer() -> None:
    assert identity(LocalFile("x", 1, 2, 3, 2**64 - 1))[-1] == -1


@pytest.mark.parametrize(
    ("environment", "platform", "home", "expected"),
    [
        ({}, "linux", "/home/me", PurePosixPath("/home/me/.cache/qarnot-hl")),
        ({"XDG_CACHE_HOME": "/c"}, "linux", "/home/me", PurePosixPath("/c/qarnot-hl")),
        ({"XDG_CACHE_HOME": "relative"}, "linux", "/home/me", PurePosixPath("/home/me/.cache/qarnot-hl")),
        ({}, "darwin", "/Users/me", PurePosixPath("/Users/me/Library/Caches/qarnot-hl")),
    ],
)
def test_the_place_of_the_cache(environment: dict[str, str], platform: str, home: str, expected: PurePath) -> None:
    assert cache_directory(environment, platform, home) == expected


def test_the_place_of_the_cache_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_identity, "PurePath", PureWindowsPath)
    expected = PureWindowsPath(r"D:\Local\qarnot-hl\Cache")
    assert cache_directory({"LOCALAPPDATA": r"D:\Local"}, "win32", r"C:\Users\me") == expected
