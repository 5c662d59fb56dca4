"""What Ctrl-C does to a wait: leave the object to itself (detach), end it (abort), or ask the person at the terminal.

Only talks: what is chosen is done by whoever waits.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import Enum

QUESTION = "Leave it running [D], abort it [a], or go on waiting [w]? "


class Choice(Enum):
    """What to do now."""

    DETACH = "d"
    ABORT = "a"
    WAIT = "w"


def chosen(on_interrupt: str, subject: object) -> Choice:
    """What the setting says, or the person. Without a terminal, or without an answer, nothing is aborted."""
    if on_interrupt != "ask":
        return Choice.ABORT if on_interrupt == "abort" else Choice.DETACH
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return Choice.DETACH
    say(f"\nInterrupted while waiting for {subject!r}.")
    try:
        answer = input_from_terminal(QUESTION).strip().lower()[:1]
    except (EOFError, KeyboardInterrupt):
        say("")
        return Choice.DETACH
    return next((choice for choice in Choice if choice.value == answer), Choice.DETACH)


def input_from_terminal(question: str) -> str:
    """A line from the person, asked on stderr, so that a redirected stdout stays clean."""
    print(question, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line


def say(text: str) -> None:
    """A line for the person."""
    print(text, file=sys.stderr, flush=True)


def reattach_line(noun: str, uuid: str | None) -> str:
    """The code that comes back to an object."""
    call = {"task": "resume('output')", "pool": "wait_ready()"}.get(noun, "update(True)")
    return f"connection.retrieve_{noun}({uuid!r}).{call}"


def tell_detached(subject: object, noun: str, uuid: str | None) -> None:
    """Say that an object goes on, and how to come back to it."""
    say(f"\n{subject!r} goes on in the cloud. To come back to it:\n    {reattach_line(noun, uuid)}")


def tell_many_detached(found: Sequence[tuple[str, str | None]], most: int = 5) -> None:
    """The same of many."""
    lines = [f"    {reattach_line(noun, uuid)}" for noun, uuid in found[:most]]
    more = [f"    ... and {len(found) - most} more"] if len(found) > most else []
    say("\n".join([f"\n{len(found)} objects go on in the cloud. To come back to them:", *lines, *more]))
