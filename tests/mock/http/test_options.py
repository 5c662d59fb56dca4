"""The command line: what is understood, and what is refused with advice."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from qarnot_mock.cli import main, parser
from qarnot_mock.clock import FIXED_EPOCH, SECOND
from qarnot_mock.options import OptionError, Options, check
from qarnot_mock.storage.remote import RemoteStorage


def options(*words: str) -> Options:
    return check(parser().parse_args(["serve", *words]))


def test_the_defaults_are_those_of_the_design() -> None:
    given = options()
    assert (given.host, given.port, given.storage_port) == ("127.0.0.1", 8088, 8089)
    assert (given.time, given.executor, given.accounts, given.seed) == ("real", "simulated", None, None)


@pytest.mark.parametrize(
    ("words", "storage_port"),
    [(["--port", "0"], 0), (["--port", "9000"], 9001), (["--port", "0", "--storage-port", "7"], 7)],
)
def test_the_storage_port_follows_the_rest_port(words: list[str], storage_port: int) -> None:
    assert options(*words).storage_port == storage_port


@pytest.mark.parametrize(
    ("words", "mode", "start"),
    [
        (["--time", "virtual"], "virtual", FIXED_EPOCH),
        (["--time", "virtual", "--epoch", "2030-01-01"], "virtual", 1_893_456_000 * SECOND),
        (["--time", "x2.5", "--epoch", "2030-01-01T00:00:00Z"], "x2.5", 1_893_456_000 * SECOND),
        (["--time", "real"], "real", 42),
    ],
)
def test_clocks_are_made_as_told(words: list[str], mode: str, start: int) -> None:
    clock = options(*words).clock(lambda: 42)
    assert (clock.mode, clock.now()) == (mode, start)


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["--host", "0.0.0.0"], "--account"),
        (["--port", "80", "--storage-port", "80"], "--storage-port"),
        (["--port", "65535"], "--storage-port"),
        (["--account", "nonsense"], "TOKEN=EMAIL"),
        (["--scenario", "busy"], "busy-cloud"),
        (["--storage-url", "s3.example.com"], "expected the address of an S3 server"),
        (["--storage-url", "http://s3/bucket"], "expected the address of an S3 server"),
        (["--storage-credentials", "a:b"], "--storage-url, which is missing"),
        (["--storage-url", "http://s3", "--storage-credentials", "hidden"], "expected KEY:SECRET"),
        (["--storage-url", "http://s3", "--storage-credentials", "@/no/such/file"], "cannot read the file"),
    ],
)
def test_the_impossible_is_refused_with_advice(words: list[str], advice: str) -> None:
    with pytest.raises(OptionError, match=advice):
        options(*words)


@pytest.mark.parametrize(
    "words",
    [
        ["--time", "x0"],
        ["--time", "fast"],
        ["--time", "x-1"],
        ["--epoch", "yesterday"],
        ["--port", "70000"],
        ["--port", "-1"],
        ["--executor", "magic"],
        ["--seed", "s"],
        ["--por", "1"],
        ["extra"],
    ],
)
def test_nonsense_is_a_usage_error(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parser().parse_args(["serve", *words])
    assert end.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_a_storage_elsewhere_is_taken_with_its_credentials(tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text("key@example.com:a:secret\n", encoding="utf-8")
    for given in ("key@example.com:a:secret", f"@{file}"):
        storage = options("--storage-url", "http://s3:9000", "--storage-credentials", given).storage
        assert storage == RemoteStorage("http://s3:9000", "key@example.com", "a:secret")
    assert options("--storage-url", "http://s3:9000").storage == RemoteStorage("http://s3:9000")
    assert options().storage is None


def test_both_commands_advertise_what_they_share() -> None:
    for command in ("serve", "run"):
        subparsers = next(a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
        text = subparsers.choices[command].format_help()
        assert [option for option in ("--time", "--data", "--scenario") if option not in text] == []


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["run"], "say what to run"),
        (["run", "--"], "say what to run"),
        (["run", "--time", "virtual", "--", "true"], "Name the Python command itself"),
        (["serve", "--host", "0.0.0.0"], "--account"),
    ],
)
def test_main_says_it_in_one_line(words: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("qarnot-mock: ")
    assert text in line
