"""From ``DOCKER_CMD`` to an argument vector, and what to tell a user whose command counts on a shell.

The cloud appends the command to the image's entry point, so nothing expands ``|``, ``*`` or ``$NAME`` unless the
command names a shell itself (reference 7.1). Pure: nothing is looked up or run here.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Literal

import attrs

SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh"})
OPERATORS = frozenset("|&;<>*?`\n")
_EXPANSION = re.compile(r"\$[A-Za-z_0-9{(?@#!$]")
_JOB_PATH = re.compile(r"(?<![\w./-])/job(?![\w.-])")


class CommandError(Exception):
    """A command that cannot be turned into an argument vector. ``code`` goes into the task's error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@attrs.frozen
class ParsedCommand:
    """``argv`` is never empty; ``warnings`` are sentences for the instance's stderr."""

    argv: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def parse_command(command: str) -> ParsedCommand:
    """Split a command as the cloud does, without a shell. Raises :class:`CommandError`."""
    try:
        argv = tuple(shlex.split(command))
    except ValueError as error:
        message = f"DOCKER_CMD cannot be split into arguments ({error}): {command!r}; check its quotes"
        raise CommandError("InvalidCommand", message) from None
    if not argv:
        message = "DOCKER_CMD is empty: the local executor runs no container image, so there is no default command"
        raise CommandError("EmptyCommand", message)
    if any("\0" in argument for argument in argv):
        raise CommandError("InvalidCommand", "DOCKER_CMD holds a NUL character, which no argument can")
    return ParsedCommand(argv, tuple(_shell_warnings(command, argv)))


def runs_a_shell(argv: Sequence[str]) -> bool:
    """True for ``sh -c ...`` and its kin, whatever the directory of the shell or its other options."""
    options = [argument for argument in argv[1:] if argument.startswith("-") and not argument.startswith("--")]
    return PurePosixPath(argv[0]).name in SHELLS and any("c" in option for option in options)


def mentions_job(argv: Sequence[str]) -> bool:
    """True when an argument names ``/job``, the working directory on the cloud."""
    return any(_JOB_PATH.search(argument) for argument in argv)


def unexpanded(command: str, *, in_double_quotes: bool) -> tuple[str, ...]:
    """What a shell would act on in ``command``, in order of appearance and without repeats.

    With ``in_double_quotes`` also the expansions that a shell performs between double quotes.
    """
    found: dict[str, None] = {}
    text = command.strip()
    for index, character, quoted in _unescaped(text):
        expansion = character == "`" or _EXPANSION.match(text, index) is not None
        if (expansion and (in_double_quotes or not quoted)) or (character in OPERATORS and not quoted):
            found[character] = None
    return tuple(found)


def _unescaped(command: str) -> Iterator[tuple[int, str, bool]]:
    """Index and character of everything outside single quotes and escapes; True when inside double quotes."""
    quote: Literal["", "'", '"'] = ""
    skip = False
    for index, character in enumerate(command):
        if skip:
            skip = False
        elif character == "\\" and quote != "'":
            skip = True
        elif character == quote:
            quote = ""
        elif character in ("'", '"') and not quote:
            quote = "'" if character == "'" else '"'
        elif quote != "'":
            yield index, character, quote == '"'


def _shell_warnings(command: str, argv: Sequence[str]) -> Iterator[str]:
    found = unexpanded(command, in_double_quotes=not runs_a_shell(argv))
    if found:
        names = " ".join("newline" if character == "\n" else character for character in found)
        yield (
            f"the command contains {names} outside a shell's script: neither the cloud nor this executor expands "
            "them; wrap the whole command as sh -c '...' if you meant the shell's meaning"
        )
