"""Whether a command is Python's: only there can waits be tied to the mock's clock. Reads the file, runs nothing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

PYTHON = re.compile(r"python(w|\d+(\.\d+)*t?)?(\.exe)?$")
HEAD = 512
BLINDFOLDS = frozenset("IES")
"""Options under which Python does not load the hook."""

ADVICE = (
    "Name the Python command itself (qarnot-mock run --time virtual -- python script.py), or let time run faster "
    "for any command with --time x60"
)


def why_not(command: Sequence[str], path: str | None = None) -> str | None:
    """Why virtual time cannot work for a command, with advice; None when it can, or when there is no such command."""
    found = shutil.which(command[0], path=path)
    if found is None:
        return None  # The start of the command says that better.
    if not is_python(Path(found)):
        return f"--time virtual moves time when a Python program waits, and {command[0]} is none. {ADVICE}"
    blind = [word for word in _own_options(command) if BLINDFOLDS & set(word)]
    if blind and PYTHON.search(Path(found).name):
        return f"--time virtual needs a hook that Python does not load with {blind[0]}; leave that out"
    return None


def is_python_command(name: str, path: str | None = None) -> bool:
    """Whether a command, if there is one of that name, is Python's."""
    found = shutil.which(name, path=path)
    return found is not None and is_python(Path(found))


def is_python(file: Path) -> bool:
    """An interpreter, or a script that names one, through env too, or in the second line, where pip puts long paths."""
    if PYTHON.search(file.name) or PYTHON.search(file.resolve().name):
        return True
    with file.open("rb") as opened:
        head = opened.read(HEAD)
    if not head.startswith(b"#!"):
        return False
    lines = head.decode("utf-8", "replace").splitlines()
    return _names_python(lines[0]) or ("sh" in lines[0] and len(lines) > 1 and _names_python(lines[1]))


def _names_python(line: str) -> bool:
    return any(PYTHON.search(Path(word.strip("'\"")).name) for word in line.removeprefix("#!").split())


def _own_options(command: Sequence[str]) -> list[str]:
    """The short options of an interpreter, up to the script, the module or the code."""
    options = []
    for word in command[1:]:
        if not word.startswith("-") or word.startswith("--") or word == "-":
            break
        if word[1] in "cm":
            break
        if word[1] in "WX":
            if len(word) == 2:
                break
            continue
        options.append(word)
    return options
