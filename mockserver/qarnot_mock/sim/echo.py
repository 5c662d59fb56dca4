"""What the simulated executor can really run: a plain ``echo``, alone or inside ``sh -c``, and nothing else.

Without a shell ``$NAME`` is not expanded, as in the cloud; ``${NAME}`` has been substituted before by the platform.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

_SHELLS = frozenset({"sh", "bash", "/bin/sh", "/bin/bash"})
_NAME = re.compile(r"(?<!\\)\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_WORD = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)"|((?:[^\s'"\\;&|<>()`#*?\[\]{}~$]|\\.|\$\{?\w+\}?)+)|(\s+)""")
_ESCAPE = re.compile(r"""\\(["\\$`])""")


def placeholder(command: str) -> str:
    """The line printed instead of the output of a command that was not run."""
    return f"[qarnot-mock] simulated executor, not run: {command or '(no command)'}\n"


def simulate(command: str, environment: Mapping[str, str]) -> str | None:
    """What the command prints to stdout; None when it is more than an ``echo``."""
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    if len(words) == 3 and words[0] in _SHELLS and words[1] == "-c":
        expanded = _shell_words(words[2], environment)
        return _echo(expanded) if expanded is not None else None
    return _echo(words)


def _echo(words: list[str]) -> str | None:
    if not words or words[0] not in ("echo", "/bin/echo"):
        return None
    if len(words) > 1 and words[1] == "-n":
        return " ".join(words[2:])
    return " ".join(words[1:]) + "\n"


def _shell_words(script: str, environment: Mapping[str, str]) -> list[str] | None:
    """The words of a script without operators, variables expanded; None when it needs a real shell."""
    words: list[str] = [""]
    position = 0
    script = script.strip()
    while position < len(script):
        match = _WORD.match(script, position)
        if match is None:
            return None
        position = match.end()
        single, double, bare, space = match.groups()
        if space is not None:
            words.append("")
        elif single is not None:
            words[-1] += single
        elif double is not None:
            if "`" in double or "$(" in double:
                return None
            words[-1] += _ESCAPE.sub(r"\1", _expand(double, environment))
        else:
            words[-1] += " ".join(re.sub(r"\\(.)", r"\1", _expand(bare, environment)).split())
    return words


def _expand(text: str, environment: Mapping[str, str]) -> str:
    return _NAME.sub(lambda match: environment.get(match[1] or match[2], ""), text)
