"""The lines between the mock and the processes of a run, over a Unix socket. Pure: from bytes to values and back.

From a process: ``hello PID ANCESTORS member|bystander TITLE``, ``idle SEQUENCE DEADLINE|- sealed|open``, ``roused``,
``yes|no PROPOSAL``, ``stuck waited-for|- TEXT|-``, ``signalled PID``. To a process: ``wake``,
``ask PROPOSAL SEQUENCE``, ``joined PID ANCESTOR...``, ``left PID``, ``explain``, ``signalled``.
"""

from __future__ import annotations

from qarnot_mock.timewarp.coordinator import Idle, Process


class WireError(ValueError):
    """A line that no hook of this version sends."""


def parse_hello(rest: str) -> Process:
    """The words after ``hello``."""
    try:
        pid, ancestors, kind, title = rest.split(" ", 3)
        return Process(int(pid), tuple(int(one) for one in ancestors.split(",") if one), kind == "member", title)
    except ValueError as error:
        raise WireError(f"hello {rest}") from error


def parse_idle(rest: str) -> Idle:
    """The words after ``idle``."""
    try:
        sequence, deadline, kind = rest.split(" ")
        return Idle(int(sequence), None if deadline == "-" else int(deadline), kind == "sealed")
    except ValueError as error:
        raise WireError(f"idle {rest}") from error


def line(*words: object) -> bytes:
    """A line to send."""
    return (" ".join(map(str, words)) + "\n").encode()
