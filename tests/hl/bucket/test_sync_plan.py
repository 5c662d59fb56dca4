"""The plan, carried out on dictionaries: whatever the two sides hold, the bucket ends up as it should, and no plan
deletes beside its prefix.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl._core.etag import etag_of, own_layout
from qarnot_hl._core.sync_plan import (
    Copy,
    Download,
    LocalFile,
    RemoteFile,
    Skip,
    Upload,
    UploadPlan,
    download_layouts,
    plan_download,
    plan_upload,
    upload_layouts,
)

CONTENTS = st.sampled_from([b"", b"x", b"y", b"zz", b"ww"])
NAMES = st.sampled_from(["a", "b", "d/a", "d/b", "d/e/f", "d2/a", "data", "x y"])
FILES = st.dictionaries(NAMES, CONTENTS, max_size=6)


def remote_of(files: dict[str, bytes]) -> list[RemoteFile]:
    return [RemoteFile(key, len(content), etag_of(content)) for key, content in files.items()]


def plan_of(
    local: dict[str, bytes], remote: dict[str, bytes], prefix: str = "", protected: tuple[str, ...] = ()
) -> UploadPlan:
    files = {prefix + name: LocalFile(f"/local/{name}", len(content)) for name, content in local.items()}
    listing = remote_of(remote)
    wanted = upload_layouts(files.values(), listing)
    etags = {f"/local/{name}": frozenset({etag_of(content)}) for name, content in local.items()}
    asked = {path: etags[path] for path in wanted}
    return plan_upload(files, listing, asked, prefix=prefix, protected=protected)


def carried_out(plan: UploadPlan, local: dict[str, bytes], remote: dict[str, bytes], prefix: str) -> dict[str, bytes]:
    result = dict(remote)
    for action in plan.transfers:
        if isinstance(action, Upload):
            result[action.key] = local[action.key.removeprefix(prefix)]
    for copy in [action for action in plan.transfers if isinstance(action, Copy)]:
        assert etag_of(result[copy.source]) == copy.etag, "the source was overwritten before the copy"
        result[copy.key] = result[copy.source]
    for copy in plan.duplicates:
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
    assert (plan.transfers, plan.duplicates, plan.deletions) == ((), (), ())
    assert {skip.key for skip in plan.skips} == set(files)


def test_a_renamed_file_is_copied_and_its_old_name_deleted() -> None:
    plan = plan_of({"new": b"content"}, {"old": b"content"})
    assert [(a.key, a.source) for a in plan.transfers if isinstance(a, Copy)] == [("new", "old")]
    assert [deletion.key for deletion in plan.deletions] == ["old"]


def test_two_names_that_swap_are_uploaded_because_a_copy_could_read_the_wrong_one() -> None:
    plan = plan_of({"a": b"2", "b": b"1"}, {"a": b"1", "b": b"2"})
    assert [type(action) for action in plan.transfers] == [Upload, Upload]


def test_equal_local_files_go_up_once() -> None:
    plan = plan_of({"a": b"same", "b": b"same"}, {})
    assert [action.key for action in plan.transfers] == ["a"]
    assert [(copy.key, copy.source) for copy in plan.duplicates] == [("b", "a")]


def test_every_action_tells_why() -> None:
    plan = plan_of({"n": b"new", "c": b"12", "s": b"123"}, {"c": b"34", "s": b"1", "gone": b"?"})
    assert {action.key: action.reason for action in plan.transfers} == {
        "n": "new",
        "c": "content differs",
        "s": "size differs",
    }
    assert plan.deletions[0].reason == "not in the local directory"


def test_what_could_not_be_read_is_not_deleted_nor_what_lies_below_it() -> None:
    remote = {"pipe": b"1", "link/x": b"2", "linked": b"3"}
    plan = plan_of({"a": b""}, remote, protected=("pipe", "link"))
    assert [deletion.key for deletion in plan.deletions] == ["linked"]


def test_the_marker_of_a_directory_that_exists_is_kept() -> None:
    plan = plan_of({"d/x": b"1"}, {"d/": b"", "gone/": b"", "d/x": b"1"})
    assert [deletion.key for deletion in plan.deletions] == ["gone/"]


def test_only_files_that_could_be_equal_are_hashed() -> None:
    files = [LocalFile("one", 1), LocalFile("two", 2), LocalFile("big", 10), LocalFile("big too", 10)]
    wanted = upload_layouts(files, [RemoteFile("x", 2, etag_of(b"xx")), RemoteFile("z", 3, etag_of(b"xxx"))])
    assert set(wanted) == {"two", "big", "big too"}
    assert wanted["big"] == {own_layout(10)}


def test_content_sent_by_another_tool_in_other_parts_is_recognised() -> None:
    foreign = RemoteFile("x", 20 * 1024**2, "a" * 32 + "-4")
    local = LocalFile("x", 20 * 1024**2)
    assert 5 * 1024**2 in upload_layouts([local], [foreign])["x"]
    plan = plan_upload({"x": local}, [foreign], {"x": frozenset({foreign.etag})})
    assert plan.transfers == ()


@given(FILES, FILES)
def test_a_download_fetches_what_differs_and_no_more(remote: dict[str, bytes], local: dict[str, bytes]) -> None:
    wanted = {file.key: file for file in remote_of(remote)}
    existing = {name: LocalFile(name, len(content)) for name, content in local.items()}
    etags = {name: frozenset({etag_of(local[name])}) for name in download_layouts(wanted, existing)}
    plan = plan_download(wanted, existing, etags)
    fetched = {action.key for action in plan if isinstance(action, Download)}
    assert fetched == {key for key, content in remote.items() if local.get(key) != content}
    assert {action.key for action in plan if isinstance(action, Skip)} == set(remote) - fetched
