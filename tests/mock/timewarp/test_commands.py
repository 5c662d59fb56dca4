"""Which commands can have virtual time, and what the lines of their processes say."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from qarnot_mock.timewarp.commands import why_not
from qarnot_mock.timewarp.coordinator import Idle, Process
from qarnot_mock.timewarp.wire import WireError, line, parse_hello, parse_idle


@pytest.mark.parametrize(
    "options", [[], ["script.py"], ["-c", "import this -I"], ["-m", "pytest", "-S"], ["-W", "-I"], ["-Werror", "-u"],
                ["-X", "importtime", "x.py"], ["-"]],
)  # fmt: skip
def test_an_interpreter_can(options: list[str]) -> None:
    assert why_not([sys.executable, *options]) is None


@pytest.mark.parametrize("option", ["-I", "-S", "-E", "-uS"])
def test_an_interpreter_without_the_hook_cannot(option: str) -> None:
    reason = why_not([sys.executable, option, "script.py"])
    assert reason is not None
    assert f"with {option}; leave that out" in reason


@pytest.mark.parametrize(
    ("head", "can"),
    [
        ("#!/usr/bin/env python3\n", True),
        ("#!/opt/place/bin/python3.12 -u\n", True),
        ('#!/bin/sh\n\'\'\'exec\' "/a very/long path/bin/python" "$0" "$@"\n', True),
        ("#!/usr/bin/env -S python3 -u\n", True),
        ("#!/bin/sh\npython script.py\n", True),
        ("#!/bin/sh\necho nice\n", False),
        ("#!/bin/bash\nset -e\npython script.py\n", False),
        ("#!/usr/bin/perl\n", False),
        ("\x7fELF", False),
        ("", False),
    ],
)
def test_a_script_can_when_its_first_lines_name_python(tmp_path: Path, head: str, can: bool) -> None:
    script = tmp_path / "tool"
    script.write_text(head)
    script.chmod(0o755)
    reason = why_not([str(script)])
    assert (reason is None) is can
    if reason is not None:
        assert "--time x60" in reason
        assert "python script.py" in reason


def test_a_command_that_is_not_there_is_left_to_its_start() -> None:
    assert why_not(["no-such-command-anywhere"]) is None


def test_lines_are_read_as_they_are_written() -> None:
    assert parse_hello("12 3,1 member -c import this") == Process(12, (3, 1), True, "-c import this")
    assert parse_hello("12  bystander ") == Process(12, (), False, "")
    assert parse_idle("7 1767225600000000 sealed") == Idle(7, 1767225600000000, True)
    assert parse_idle("8 - open") == Idle(8, None, False)
    assert line("ask", 1, 2) == b"ask 1 2\n"


@pytest.mark.parametrize("text", ["", "x 1 member t", "1 x member t", "1"])
def test_a_hello_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        parse_hello(text)


@pytest.mark.parametrize("text", ["", "1 2", "1 x open", "a - open"])
def test_a_rest_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        parse_idle(text)
