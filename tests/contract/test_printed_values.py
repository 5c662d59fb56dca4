"""One script over all value classes prints the same with the official package and with ours under its name.

What differs on purpose is in ``DIFFERENT``, each with its reason, and an entry that became needless fails. Sentences
such as ``str(constraint)`` are not compared: they are for people, and ours are in our own words.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "scripts" / "official_printed.py"
EMPTY = "empty lists are kept, so that what the server said is written back whole"
TEXT = "the class is named, and fields without a value are left out"
DIFFERENT: Mapping[str, str] = {
    "scaling JSON": EMPTY,
    "scaling back": EMPTY,
    "empty scaling JSON": EMPTY,
    "SnapshotStatus NewState": "an unknown state keeps its name instead of becoming Triggered (defect 19)",
    "error": "code and message, as in a sentence",
    "forward": TEXT,
    "vpn": TEXT,
    "time": TEXT,
    "time in GHz": TEXT,
    "status": TEXT,
    "completed": TEXT,
}
"""Labels of lines that differ, and why."""


def printed(*runner: str) -> dict[str, list[str]]:
    """What the script prints, by label."""
    command = [sys.executable, "-W", "ignore", *runner, str(SCRIPT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        label, value = line.split(": ", 1)
        found.setdefault(label, []).append(value)
    return found


@pytest.fixture(scope="module")
def both() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    return printed(), printed("-m", "qarnot_hl.compat")


Both = tuple[dict[str, list[str]], dict[str, list[str]]]


def test_the_same_is_printed_but_for_what_is_listed(both: Both) -> None:
    official, ours = both
    assert list(official) == list(ours)
    assert len(official) > 100
    differing = {label for label in official if not label.endswith(" equal") and official[label] != ours[label]}
    assert differing - DIFFERENT.keys() == set()
    assert DIFFERENT.keys() - differing == set(), "these do not differ any more"
    assert all(DIFFERENT.values())


def test_values_are_equal_by_value_as_only_some_are_in_the_official_package(both: Both) -> None:
    official, ours = ({k: v for k, v in seen.items() if k.endswith(" equal")} for seen in both)
    assert set(map(str, ours.values())) == {"['(True, False)']"}
    assert set(map(str, official.values())) == {"['(True, False)']", "['(False, False)']"}
