"""The pure parts of the local executor: commands, layouts, changes, filters, environments, lines."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qarnot_mock.executors.local.changes import Changes, FileMark, FileStat, find_changes
from qarnot_mock.executors.local.command import CommandError, mentions_job, parse_command, runs_a_shell
from qarnot_mock.executors.local.confinement import Bubblewrap, Place, Unconfined
from qarnot_mock.executors.local.environment import (
    Directories,
    directory_variables,
    instance_environment,
    substitute,
    working_directory,
)
from qarnot_mock.executors.local.filters import FilterError, path_selector, translate
from qarnot_mock.executors.local.layout import UnsafeKey, ancestors, plan_layout, relative_path
from qarnot_mock.executors.local.lines import LONGEST_PARTIAL, LineBuffer
from qarnot_mock.sim.effects import FileFilter, Resource
from qarnot_mock.storage.store import ObjectInfo

keys = st.text(st.sampled_from("ab./ü\0"), max_size=8)


def info(key: str) -> ObjectInfo:
    return ObjectInfo(key, 1, f"etag of {key}", 0)


def laid_out(*buckets: tuple[Resource, list[str]]) -> dict[str, str]:
    plan = plan_layout([(resource, map(info, names)) for resource, names in buckets])
    return {planned.path: planned.bucket for planned in plan.files}


# commands


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        ("echo hello world", ("echo", "hello", "world")),
        ("""sh -c "echo 'a b'" """, ("sh", "-c", "echo 'a b'")),
        (r"a\ b 'c d' # no comment", ("a b", "c d", "#", "no", "comment")),
        ("''", ("",)),
    ],
)
def test_a_command_is_split_like_a_shell_splits_words(command, argv):
    assert parse_command(command).argv == argv


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("cat a | sort > b", "| >"),
        ("echo $HOME", "$"),
        ('echo "$HOME"', "$"),
        ("echo `date`", "`"),
        ("rm *.txt; ls", "* ;"),
        ("first\nsecond", "newline"),
        ("sh -c echo && ls", "&"),
        ("python3 run.py && echo done", "&"),
    ],
)
def test_what_counts_on_a_shell_that_is_not_there_is_named(command, named):
    (warning,) = parse_command(command).warnings
    assert f"contains {named} outside" in warning


@pytest.mark.parametrize(
    "command",
    [
        "echo hello world from 3!",
        "echo 'a|b' 5$ \\$HOME a\\;b \"x|y\"",
        "sh -c 'cat *.txt | sort && echo $HOME'",
        'bash -lc "echo $HOME"',
        "/bin/sh -ec 'a; b'",
    ],
)
def test_a_command_that_means_what_it_says_gets_no_warning(command):
    assert parse_command(command).warnings == ()


@pytest.mark.parametrize("command", ["", "   ", "\n"])
def test_an_empty_command_is_refused(command):
    with pytest.raises(CommandError, match="DOCKER_CMD is empty"):
        parse_command(command)


@pytest.mark.parametrize("command", ["echo 'open", 'echo "open', "echo \\", "echo a\0b"])
def test_a_command_that_is_no_argument_vector_is_refused(command):
    with pytest.raises(CommandError) as caught:
        parse_command(command)
    assert caught.value.code == "InvalidCommand"


@given(st.text(max_size=40))
def test_any_text_is_a_command_or_refused(command):
    try:
        outcome: object = parse_command(command).argv
    except CommandError as error:
        outcome = error.message
    assert outcome


@given(st.lists(st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=6), min_size=1))
def test_a_quoted_command_comes_back_word_by_word_and_silently(words):
    quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
    assert parse_command(quoted).argv == tuple(words)
    assert parse_command(quoted).warnings == ()


def test_only_a_shell_with_c_runs_a_script():
    assert runs_a_shell(["/bin/bash", "-x", "-c", "ls"])
    assert not runs_a_shell(["sh", "script.sh"])
    assert not runs_a_shell(["bash", "--rcfile", "x"])
    assert not runs_a_shell(["python3", "-c", "pass"])


@pytest.mark.parametrize(
    ("word", "named"),
    [
        ("/job", True),
        ("/job/x", True),
        ("--out=/job/x", True),
        ("cat /job", True),
        ("/jobs", False),
        ("/my/job", False),
    ],
)
def test_the_clouds_working_directory_is_recognised_in_arguments(word, named):
    assert mentions_job(["tool", word]) is named


# layout


@given(keys, keys)
def test_no_key_ever_leaves_the_directory(key, strip):
    try:
        path = relative_path(key, strip)
    except UnsafeKey:
        return
    assert not PurePosixPath(path).is_absolute()
    assert not {"..", ".", ""} & set(path.split("/")) or path == ""
    assert "\0" not in path


@given(st.lists(st.tuples(st.sampled_from(["x", "y", "z"]), st.lists(keys, max_size=6)), max_size=4))
def test_a_plan_can_always_be_written_and_forgets_nothing_silently(buckets):
    listings = [(Resource(bucket), list(map(info, names))) for bucket, names in buckets]
    plan = plan_layout(listings)
    files = {planned.path for planned in plan.files}
    for path in [*files, *plan.directories]:
        assert not any(above in files for above in ancestors(path))
    assert not files & set(plan.directories)
    said = " ".join(plan.refused)
    for name in (name for _, names in buckets for name in names if not name.endswith("/")):
        assert repr(name) in said or relative_path(name) in files or repr(relative_path(name)) in said


def test_the_later_bucket_wins():
    assert laid_out((Resource("one"), ["a", "b"]), (Resource("two"), ["b", "c"])) == {
        "a": "one",
        "b": "two",
        "c": "two",
    }


def test_a_prefix_filters_and_a_strip_prefix_shortens_what_has_it():
    resource = Resource("one", prefix="data/", strip_prefix="data/in")
    assert set(laid_out((resource, ["data/in-a", "data/b", "database", "c"]))) == {"-a", "data/b"}


def test_a_file_below_a_file_wins_when_it_is_later_and_the_loser_is_named():
    plan = plan_layout([(Resource("one"), [info("a")]), (Resource("two"), [info("a/b")])])
    assert [planned.path for planned in plan.files] == ["a/b"]
    assert "object 'a' of bucket one is not laid out" in plan.refused[0]
    assert laid_out((Resource("one"), ["a/b"]), (Resource("two"), ["a"])) == {"a": "two"}


def test_a_directory_marker_makes_a_directory_unless_a_file_is_there():
    plan = plan_layout([(Resource("one"), map(info, ["empty/", "file", "file/", "in/", "in/x"]))])
    assert plan.directories == ("empty", "in")
    assert plan.refused == ()


@pytest.mark.parametrize(
    ("key", "reason"),
    [("../x", "'..'"), ("a/../../x", "'..'"), ("/x", "starts with '/'"), ("a\0", "NUL"), ("n" * 256, "255 bytes"),
     ("ü" * 128, "255 bytes")],
)  # fmt: skip
def test_an_unsafe_key_is_refused_with_its_reason(key, reason):
    with pytest.raises(UnsafeKey, match=re.escape(reason)):
        relative_path(key)


def test_a_key_that_is_nothing_but_its_strip_prefix_is_refused():
    plan = plan_layout([(Resource("one", "data", "data"), [info("data")])])
    assert plan.files == ()
    assert "nothing is left of it" in plan.refused[0]


def test_a_strip_prefix_without_its_slash_cannot_make_an_absolute_path():
    with pytest.raises(UnsafeKey):
        relative_path("data/x", "data")


# changes


def test_new_and_resized_files_are_changed_and_a_new_time_asks_for_a_look():
    mark = FileMark(FileStat(3, 100), b"digest")
    found = {"same": FileStat(3, 100), "time": FileStat(3, 101), "size": FileStat(4, 100), "new": FileStat(0, 0)}
    baseline = dict.fromkeys(("same", "time", "size", "gone"), mark)
    assert find_changes(baseline, found) == Changes(changed=("new", "size"), touched=("time",))


# filters


@pytest.mark.parametrize(
    ("white", "black", "taken"),
    [
        (None, None, ["a.png", "sub/b.png", "sub/c.txt"]),
        ("", "", ["a.png", "sub/b.png", "sub/c.txt"]),
        (r"\.png", None, ["a.png", "sub/b.png"]),
        ("^b", None, []),
        (None, "^sub/", ["a.png"]),
        ("png", "b", ["a.png"]),
        (r"^(?<dir>\w+)/\w\.(?<ext>png|txt)$", None, ["sub/b.png", "sub/c.txt"]),
        (r"(?<c>[bc])\.(png|txt)\z", None, ["sub/b.png", "sub/c.txt"]),
    ],
)
def test_filters_search_relative_paths(white, black, taken):
    selected = path_selector(FileFilter(white, black))
    assert [path for path in ("a.png", "sub/b.png", "sub/c.txt") if selected(path)] == taken


@pytest.mark.parametrize(
    ("dotnet", "python"),
    [
        (r"(?<n>a)\k<n>", r"(?P<n>a)(?P=n)"),
        (r"(?'n'a)\k'n'", r"(?P<n>a)(?P=n)"),
        (r"(?<=a)(?<!b)(?:c)(?=d)", r"(?<=a)(?<!b)(?:c)(?=d)"),
        (r"a\Z", r"a(?=\n?\Z)"),
        (r"\\(?<n>a)", r"\\(?P<n>a)"),
        (r"\(?<n>", r"\(?<n>"),
        (r"[(?<n>]", r"[(?<n>]"),
        (r"\<n>", r"\<n>"),
        (r"[[a|b\]&&]", r"[\[a\|b\]\&\&]"),
    ],
)
def test_dotnet_spellings_are_translated_and_the_rest_is_left_alone(dotnet, python):
    assert translate(dotnet) == python


def test_subtraction_of_sets_is_refused_because_python_would_read_it_otherwise():
    with pytest.raises(FilterError, match="subtracts a set"):
        path_selector(FileFilter("[a-z-[aeiou]]"))


def test_a_pattern_beyond_python_is_refused_with_the_pattern():
    with pytest.raises(FilterError, match=r"blacklist '\\\\p\{L\}'"):
        path_selector(FileFilter(None, r"\p{L}"))


@given(st.text(st.sampled_from("a?<>()'[]\\kzZ|*"), max_size=10))
@example("[[")
@example("[[\\")
def test_any_pattern_is_understood_or_refused(pattern):
    refusal = repr(pattern)
    try:
        path_selector(FileFilter(pattern))("some/path")
    except FilterError as error:
        refusal = str(error)
    assert repr(pattern) in refusal


# environment and confinement


def test_only_directory_variables_are_substituted():
    variables = directory_variables(Directories("/real/job", "/real/tmp"))
    assert substitute("${TASK_PATH}/x ${TMP_PATH} ${OTHER} $TASK_PATH", variables) == (
        "/real/job/x /real/tmp ${OTHER} $TASK_PATH"
    )


def test_constants_win_over_the_base_and_directories_over_constants():
    made = instance_environment(
        {"LANG": "fr_FR.UTF-8", "TASK_PATH": "/x", "OUT": "${TASK_PATH}/o"}, Directories("/j", "/t"), "in", "/py"
    )
    assert (made["LANG"], made["TASK_PATH"], made["OUT"], made["HOME"]) == ("fr_FR.UTF-8", "/j", "/j/o", "/t")
    assert made["PATH"].startswith("/py:")
    assert made["DOCKER_WORKDIR"] == "/j/in"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [(None, ""), ("", ""), ("${DOCKER_WORKDIR}", ""), ("/job", ""), ("/job/a/b/", "a/b"), ("/opt", None),
     ("/job/../etc", None), ("/jobs", None), ("relative", None)],
)  # fmt: skip
def test_the_working_directory_is_below_job_or_refused(wanted, found):
    assert working_directory({} if wanted is None else {"DOCKER_WORKDIR": wanted}) == found


def test_a_confined_path_is_found_on_the_host():
    place = Place(Path("/host/job"), Path("/host/tmp"))
    on_host = Bubblewrap("bwrap").on_host
    assert on_host(PurePosixPath("/job/a"), place) == Path("/host/job/a")
    assert on_host(PurePosixPath("/tmp"), place) == Path("/host/tmp")
    assert on_host(PurePosixPath("/usr/bin/x"), place) == Path("/usr/bin/x")


@pytest.mark.parametrize("network", [True, False])
def test_bubblewrap_writes_only_to_the_instance_and_unshares_the_network_on_request(network):
    place = Place(Path("/host/job"), Path("/host/tmp"), "sub")
    wrapped = Bubblewrap("bwrap", ("/venv",)).wrap(["tool", "--bind"], place, network=network)
    options = wrapped[: wrapped.index("--")]
    writable = [options[at + 1 : at + 3] for at, word in enumerate(options) if word == "--bind"]
    assert writable == [["/host/tmp", "/tmp"], ["/host/job", "/job"]]
    assert ("--unshare-net" in options) is not network
    assert options[-2:] == ["--chdir", "/job/sub"]
    assert wrapped[-2:] == ["tool", "--bind"]


def test_without_confinement_the_reason_is_in_the_warning():
    assert "bwrap is missing" in (Unconfined("bwrap is missing").warning or "")


# lines


@given(st.lists(st.binary(max_size=20)))
def test_lines_come_whole_and_nothing_is_lost(chunks):
    buffer = LineBuffer()
    parts = [buffer.feed(chunk) for chunk in chunks]
    assert all(part == "" or part.endswith("\n") for part in parts)
    assert "".join(parts) + buffer.flush() == b"".join(chunks).decode("utf-8", "replace")
    assert buffer.flush() == ""


def test_a_line_that_never_ends_is_given_back_in_pieces():
    buffer = LineBuffer()
    assert buffer.feed(b"x" * LONGEST_PARTIAL) == ""
    assert buffer.feed(b"y") == "x" * LONGEST_PARTIAL + "y"
