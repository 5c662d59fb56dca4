# Generated from qarnot_hl/_async/log_following.py by scripts/unasync.py. Do not edit.
"""Following an output without consuming it: each line once, in order, whoever else reads.

What the server keeps is asked for as a whole. All followers of one output on one connection share what is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from qarnot_hl._core.limits import current
from qarnot_hl._core.log_cursor import OutputLine, OutputReader, Position
from qarnot_hl._core.poll import log_pause, outlives
from qarnot_hl._core.watch import has_ended
from qarnot_hl._sync.fanout import OneAtATime, sleep
from qarnot_hl.exceptions import QarnotException

if TYPE_CHECKING:
    from qarnot_hl._sync.output import Output


class SharedOutput:
    """What was last fetched of one output; ``version`` counts how often. ``is_all``: the object had ended before."""

    def __init__(self, kind: str, instance_id: int | None) -> None:
        self._kind, self._instance_id = kind, instance_id
        self._turn = OneAtATime()
        self.version, self.kept, self.is_all = 0, "", False

    def beyond(self, version: int, subject: Output) -> None:
        """Have a later version than that, fetched by this caller or by another."""
        with self._turn:
            if self.version > version:
                return
            if not has_ended(subject.NOUN, subject._peek("state")):
                subject.update(True)
            ended = has_ended(subject.NOUN, subject._peek("state"))
            self.kept = subject._output(self._kind, self._instance_id)
            self.version, self.is_all = self.version + 1, ended


def lines(subject: Output, stream: str, instance_id: int | None, cursor: str | None) -> Iterator[OutputLine]:
    """The lines behind the cursor, until the object has ended."""
    reader, clock = OutputReader(Position.read(cursor), instance_id), subject._connection._clock
    shared, version = subject._connection._shared_output(subject, f"{stream}_get", instance_id), 0
    heard = news = clock.monotonic()
    while True:
        try:
            shared.beyond(version, subject)
        except QarnotException as error:
            policy = subject._connection._api.policy
            if not outlives(error, clock.monotonic() - heard, policy, current().left()):
                raise
        else:
            heard, version, is_all = clock.monotonic(), shared.version, shared.is_all
            for line in reader.take(shared.kept, is_all=is_all):
                news = heard
                yield line
            if is_all:
                return
        sleep(clock, current().pause(log_pause(clock.monotonic() - news)))
