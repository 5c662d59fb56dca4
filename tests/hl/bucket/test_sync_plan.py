"""The plan, carried out on dictionaries: whatever the two sides hold, the bucket ends up as it should, and no plan
deletes beside its prefix.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl._core.etag import etag_of, etags_of, own_layout
from qarnot_hl._core.sync_actions import LocalFile, RemoteFile, SyncPlan
from qarnot_hl._core.sync_plan import (
    changes,
    comparison_layouts,
    copy_layouts,
    plan_download,
    plan_upload,
    possible_twins,
    twin_layouts,
)

CONTENTS = st.sampled_from([b"", b"x", b"y", b"zz", b"ww"])
NAMES = st.sampled_from(["a", "b", "d/a", "d/b", "d/e/f", "d2/a", "data", "x y"])
FILES = st.dictionaries(NAMES, CONTENTS, max_size=6)


def remote_of(files: dict[str, bytes]) -> list[RemoteFile]:
    return [RemoteFile(key, len(content), etag_of(content)) for key, content in files.items()]


def plan_of(
    local: dict[str, bytes], remote: dict[str, bytes], prefix: str = "", protected: tuple[str, ...] = ()
) -> SyncPlan:
    """Plans as the shell does, and gives it no ETag that it did not ask for."""
    files = {prefix + name: LocalFile(name, len(content)) for name, content in local.items()}
    there = {file.key: file for file in remote_of(remote)}
    etags: dict[str, dict[int, str]] = {}

    def answer(layouts: dict[str, frozenset[int]]) -> None:
        for path, asked in layouts.items():
            for layout in asked:
                (etag,) = etags_of([local[path]], [layout])
                etags.setdefault(path, {})[layout] = etag

    answer(comparison_layouts((file, there[key]) for key, file in files.items() if key in there))
    changed = changes(files, there, etags)
    answer(copy_layouts(changed, there))
    answer(twin_layouts(possible_twins(changed), {name: content[:1] for name, content in local.items()}))
    return plan_upload(files, there, changed, etags, prefix=prefix, protected=protected)


def carried_out(plan: SyncPlan, local: dict[str, bytes], remote: dict[str, bytes], prefix: str) -> dict[str, bytes]:
    result = dict(remote)
    for upload in plan.uploads:
        result[upload.key] = local[upload.key.removeprefix(prefix)]
    for copy in plan.copies:
        assert copy.etag in (None, etag_of(result[copy.source])), "the source was overwritten before the copy"
        result[copy.key] = result[copy.source]
    for deletion in plan.deletions:
        del result[deletion.key]
    return result


@given(FILES, FILES, st.sampled_from(["", "d/", "data/", "new/"]))
def test_the_bucket_becomes_the_directory_below_the_prefix_and_stays_beside_it(
    local: dict[str, bytes], remote: dict[str, bytes], prefix: str
) -> None:
    result = carried_out(plan_of(local, remote, prefix), local, remote, prefix)
    beside = {key: content for key, content in remote.items() if not key.startswith(prefix)}
    assert result == {**beside, **{prefix + name: content for name, content in local.items()}}


@given(FILES, FILES, st.sampled_from(["", "d/", "data/"]))
def test_nothing_is_deleted_outside_the_prefix(local: dict[str, bytes], remote: dict[str, bytes], prefix: str) -> None:
    for deletion in plan_of(local, remote, prefix).deletions:
        assert deletion.key.startswith(prefix)
        assert deletion.key not in {prefix + name for name in local}


@given(FILES)
def test_a_second_time_there_is_nothing_to_do(files: dict[str, bytes]) -> None:
    plan = plan_of(files, files)
    assert (plan.uploads, plan.copies, plan.deletions, plan.bytes) == ((), (), (), 0)
    assert {skip.key for skip in plan.skips} == set(files)


def test_a_renamed_file_is_copied_and_its_old_name_deleted() -> None:
    plan = plan_of({"new": b"content"}, {"old": b"content"})
    assert [(copy.key, copy.source, copy.reason) for copy in plan.copies] == [("new", "old", "same content as 'old'")]
    assert [deletion.key for deletion in plan.deletions] == ["old"]


def test_two_names_that_swap_are_uploaded_because_a_copy_could_read_the_wrong_one() -> None:
    plan = plan_of({"a": b"2", "b": b"1"}, {"a": b"1", "b": b"2"})
    assert ([upload.key for upload in plan.uploads], plan.copies) == (["a", "b"], ())


def test_equal_local_files_go_up_once() -> None:
    plan = plan_of({"a": b"same", "b": b"same"}, {})
    assert [upload.key for upload in plan.uploads] == ["a"]
    assert [(copy.key, copy.source, copy.etag) for copy in plan.copies] == [("b", "a", None)]


def test_every_action_tells_why() -> None:
    plan = plan_of({"n": b"new", "c": b"12", "s": b"123"}, {"c": b"34", "s": b"1", "gone": b"?"})
    assert {(type(action).__name__, action.key, action.reason) for action in plan} == {
        ("Upload", "n", "new"),
        ("Upload", "c", "content differs"),
        ("Upload", "s", "size differs"),
        ("Delete", "gone", "not in the local directory"),
    }


def test_a_plan_can_be_read() -> None:
    plan = plan_of({"n": b"new", "same": b"", "moved": b"1"}, {"same": b"", "old": b"1"})
    assert str(plan).splitlines() == [
        "upload n (new)",
        "copy moved (same content as 'old')",
        "delete old (not in the local directory)",
        "1 unchanged, 3 bytes to move",
    ]


def test_what_could_not_be_read_is_not_deleted_nor_what_lies_below_it() -> None:
    remote = {"pipe": b"1", "link/x": b"2", "linked": b"3"}
    plan = plan_of({"a": b""}, remote, protected=("pipe", "link"))
    assert [deletion.key for deletion in plan.deletions] == ["linked"]


def test_the_marker_of_a_directory_that_exists_is_kept() -> None:
    plan = plan_of({"d/x": b"1"}, {"d/": b"", "gone/": b"", "d/x": b"1"})
    assert [deletion.key for deletion in plan.deletions] == ["gone/"]


def test_only_files_that_could_be_equal_are_hashed() -> None:
    files = {name: LocalFile(name, size) for name, size in (("one", 1), ("two", 2), ("big", 10), ("big too", 10))}
    there = {"two": RemoteFile("two", 2, etag_of(b"xx")), "one": RemoteFile("one", 3, etag_of(b"xxx"))}
    assert set(comparison_layouts((files[key], there[key]) for key in there)) == {"two"}
    assert [file.path for file in possible_twins(files)] == ["big", "big too"]
    assert twin_layouts(files.values(), {}) == dict.fromkeys(("big", "big too"), frozenset({own_layout(10)}))
    assert twin_layouts(files.values(), {"big": b"x", "big too": b"y"}) == {}
    assert set(copy_layouts({"new": LocalFile("new", 2), "else": LocalFile("else", 7)}, there)) == {"new"}


def test_content_sent_by_another_tool_in_other_parts_is_recognised() -> None:
    foreign = RemoteFile("x", 20 * 1024**2, "a" * 32 + "-4")
    local = LocalFile("x", 20 * 1024**2)
    assert 5 * 1024**2 in comparison_layouts([(local, foreign)])["x"]
    assert changes({"x": local}, {"x": foreign}, {"x": {5 * 1024**2: foreign.etag}}) == {}


@given(FILES, FILES)
def test_a_download_fetches_what_differs_and_no_more(remote: dict[str, bytes], local: dict[str, bytes]) -> None:
    wanted = {file.key: file for file in remote_of(remote)}
    existing = {name: LocalFile(name, len(content)) for name, content in local.items()}
    pairs = ((file, wanted[name]) for name, file in existing.items() if name in wanted)
    etags = {name: {0: etag_of(local[name])} for name in comparison_layouts(pairs)}
    plan = plan_download(wanted, existing, changes(existing, wanted, etags))
    fetched = {action.key for action in plan.downloads}
    assert fetched == {key for key, content in remote.items() if local.get(key) != content}
    assert {action.key for action in plan.skips} == set(remote) - fetched
