"""The ``executor_*`` commands of one instance, and the lines that the executor itself puts on its stderr.

The shapes are those that :class:`qarnot_mock.sim.commands.Command` documents; decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from qarnot_mock.executors.base import Report
from qarnot_mock.executors.local.process import Exit, Stream
from qarnot_mock.sim.commands import Command, Json
from qarnot_mock.sim.effects import InstanceKey

_MOST_NAMES = 10


@attrs.frozen
class InstanceReports:
    """Speaks for ``key`` through ``send``."""

    key: InstanceKey
    send: Report

    def started(self) -> None:
        self._send("executor_started", None)

    def output(self, stream: Stream, text: str) -> None:
        self._send("executor_output", {"stream": stream, "text": text})

    def say(self, sentence: str) -> None:
        """One line of the executor's own on the instance's stderr."""
        self.output("stderr", f"qarnot-mock: {sentence}\n")

    def say_all(self, sentences: Sequence[str]) -> None:
        """Several lines; of a long list only the first ones and how many more there are."""
        for sentence in sentences[:_MOST_NAMES]:
            self.say(sentence)
        if len(sentences) > _MOST_NAMES:
            self.say(f"... and {len(sentences) - _MOST_NAMES} more like this")

    def exited(self, end: Exit) -> None:
        body: Json = {"exitCode": end.code, "error": None, "peakMemoryMB": end.peak_memory_mb}
        self._send("executor_exited", body)

    def failed(self, code: str, message: str) -> None:
        self._send("executor_failed", {"code": code, "message": message})

    def uploaded(self, upload: str, keys: Sequence[str], size: int, error: str | None) -> None:
        body: Json = {"upload": upload, "keys": list(keys), "sizeBytes": size, "error": error}
        self._send("executor_uploaded", body)

    def _send(self, operation: str, body: Json) -> None:
        arguments: dict[str, Json] = {
            "task": self.key.task,
            "instanceId": self.key.instance_id,
            "attempt": self.key.attempt,
        }
        self.send(Command(operation=operation, arguments=arguments, body=body))
