"""What goes into a world and what comes back: commands, answers, refusals.

A command is everything the simulation may depend on besides its own state: no clock, no file, no network is
consulted while it is applied. It is also the unit of the journal, so it must stay plain JSON data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import attrs

from qarnot_mock.sim.confidential import shown

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
"""JSON data, read-only. Commands and answers hold nothing else."""

Instant = int
"""A point of (virtual) time: microseconds since 1970-01-01T00:00:00Z."""


def _empty() -> Mapping[str, Json]:
    return {}


@attrs.frozen
class Command:
    """One request to a world.

    ``operation`` is an operationId of ``spec/openapi.yaml``, or one of the executor's reports (see below).
    ``arguments`` are path and query parameters under the names the spec gives them, already converted
    (integers are ``int``; a repeatable query parameter is a list). ``body`` is the request body in the spec's
    own spelling (the HTTP shell has undone letter case and other tolerances), without unknown keys.
    ``facts`` are what the shell looked up because the world does no I/O: ``buckets`` maps each bucket name that
    the body mentions, or the definition that it copies, to whether it exists.

    Reports of an external executor (arguments: ``task`` uuid, ``instanceId`` int, ``attempt`` int):

    ==================== ==========================================================================
    ``executor_started`` resources are laid out, the process runs
    ``executor_output``  body ``{"stream": "stdout"|"stderr", "text": str}``
    ``executor_exited``  body ``{"exitCode": int, "error": str|None, "peakMemoryMB": int}``
    ``executor_failed``  could not start or was lost; body ``{"code": str, "message": str}``
    ``executor_uploaded`` body ``{"upload": str, "keys": [str], "sizeBytes": int, "error": str|None}``: an
                         :class:`~qarnot_mock.sim.effects.UploadFiles` is done
    ==================== ==========================================================================
    """

    operation: str
    arguments: Mapping[str, Json] = attrs.field(factory=_empty)
    body: Json = attrs.field(default=None, repr=lambda body: repr(shown(body)))
    facts: Mapping[str, Json] = attrs.field(factory=_empty)


@attrs.frozen
class Answer:
    """The successful outcome of a command, before the HTTP shell gives it bytes.

    ``media`` says how the shell renders ``body``: ``json``, ``text`` (a str; negotiated to a JSON string when
    the client asks for JSON), or ``empty``. ``location`` is the path of a created resource, or None.
    """

    body: Json = None
    media: Literal["json", "text", "empty"] = "json"
    status: int = 200
    location: str | None = None


class Refusal(Exception):
    """The world refuses a command; its state is as if the command had never come.

    ``shape`` names the server's error dialect (reference, section 1.4): ``message`` (A), ``problem`` (C; with
    ``errors``, field to messages), ``error`` (D), ``list`` (F; ``body`` is the list of bulk results).
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        shape: Literal["message", "problem", "error", "list"] = "message",
        errors: Mapping[str, Sequence[str]] | None = None,
        body: Json = None,
    ) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.shape = shape
        self.errors = errors
        self.body = body
