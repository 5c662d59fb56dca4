"""Keys as paths: whatever a bucket holds, nothing lies outside the directory, and no two keys share a file."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl._core.safe_paths import Refusal, as_prefix, local_path, place, sanitised

KEYS = st.lists(st.sampled_from(["..", ".", "", "a", "b", "a\0", "C:", "\\", "é", " "]), max_size=6).map("/".join)


@given(KEYS | st.text(max_size=20))
def test_a_path_never_escapes(key: str) -> None:
    path = local_path(key)
    if isinstance(path, Refusal):
        return
    root = "/target/directory"
    assert os.path.normpath(os.path.join(root, path)).startswith(root + "/")
    assert "\0" not in path


@given(st.lists(KEYS, max_size=8, unique=True))
def test_every_key_is_placed_once_or_refused(keys: list[str]) -> None:
    placement = place(keys)
    placed = list(placement.files.values())
    refused = [refusal.name for refusal in placement.refused]
    assert len(set(placed)) == len(placed)
    assert not set(placed) & set(refused)
    assert {key for key in keys if key and not key.endswith("/")} <= {*placed, *refused}
    for path in placement.files:
        assert not any(other.startswith(path + "/") for other in placement.files)
        assert path not in placement.directories


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("../x", "'..'"),
        ("a/../../x", "'..'"),
        ("..//x", "'..'"),
        ("a/..", "'..'"),
        ("a\0b", "NUL"),
        ("/", "names no file"),
        ("./.", "names no file"),
        ("\ud800", "Unicode"),
    ],
)
def test_dangerous_keys_are_refused_by_name(key: str, reason: str) -> None:
    refusal = local_path(key)
    assert isinstance(refusal, Refusal)
    assert refusal.name == key
    assert reason in refusal.reason


@pytest.mark.parametrize(
    ("key", "path"),
    [("/abs", "abs"), ("a//b", "a/b"), ("./d", "d"), ("...", "..."), ("..x/y", "..x/y"), (" lead", " lead")],
)
def test_odd_keys_stay_inside(key: str, path: str) -> None:
    assert local_path(key) == path


@pytest.mark.parametrize("key", ["a\\b", "C:/x", "C:", "con", "NUL.txt", "dir/com1", "x ", "x.", "a?"])
def test_windows_refuses_what_its_names_cannot_hold(key: str) -> None:
    assert isinstance(local_path(key, windows=True), Refusal)
    assert local_path(key) == key


def test_of_two_keys_with_one_path_the_exact_one_wins() -> None:
    placement = place(["/x", "x", "//x"])
    assert placement.files == {"x": "x"}
    assert [refusal.name for refusal in placement.refused] == ["/x", "//x"]


def test_a_file_that_is_also_a_directory_gives_way_to_the_contents() -> None:
    placement = place(["a", "a/b"])
    assert placement.files == {"a/b": "a/b"}
    assert [refusal.name for refusal in placement.refused] == ["a"]


def test_a_directory_marker_is_a_directory() -> None:
    placement = place(["d/", "d/e/"])
    assert placement.directories == ("d", "d/e")
    assert not placement.files


@pytest.mark.parametrize("directory", ["data", "data/", "data//"])
def test_a_prefix_ends_at_a_directory_boundary(directory: str) -> None:
    prefix = as_prefix(directory)
    assert prefix == "data/"
    assert place(["data/a", "data2/b", "database", "data"], prefix).files == {"a": "data/a"}


@pytest.mark.parametrize("nothing", [None, "", "/"])
def test_no_directory_is_the_whole_bucket(nothing: str | None) -> None:
    assert as_prefix(nothing) == ""


@pytest.mark.parametrize(
    ("path", "clean"),
    [
        ("a/b", "a/b"),
        ("/a", "a"),
        ("a///b//", "a/b/"),
        ("\\\\a\\\\b", "a\\b"),
        ("/\\a", "a"),
        (" a ", "a"),
        ("", ""),
    ],
)
def test_paths_are_cleaned_as_the_official_package_does(path: str, clean: str) -> None:
    assert sanitised(path)[0] == clean
    assert bool(sanitised(path)[1]) == (path != clean)
