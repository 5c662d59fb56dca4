"""The outputs of a task: circular buffers, and fresh reads that consume (reference 2.2, 2.6)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from qarnot_mock.sim.commands import Json


class Ring:
    """A text of bounded length: when it grows beyond ``cap`` characters the oldest pieces are dropped.

    Positions count characters since the beginning, dropped ones included, so a reader that fell behind simply
    gets what is left.
    """

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._pieces: deque[str] = deque()
        self._start = 0
        self._end = 0
        self._read = 0

    def append(self, text: str) -> None:
        """Add text; pieces are whole lines, except an unfinished last one."""
        for piece in text.splitlines(keepends=True):
            self._pieces.append(piece[-self._cap :])
            self._start += len(piece) - len(self._pieces[-1])
            self._end += len(piece)
            while self._end - self._start > self._cap:
                self._start += len(self._pieces.popleft())

    def text(self) -> str:
        """All that is kept."""
        return "".join(self._pieces)

    def fresh(self) -> str:
        """What came since the previous fresh read, as far as it is kept; consumes it."""
        unread = self._end - self._read
        self._read = self._end
        return self.text()[-unread:] if unread else ""

    def dump(self) -> Json:
        """The text, how much of it was dropped, and how far it has been read."""
        return [self.text(), self._end, self._read]


class TaskOutput:
    """One stream of one task: the whole, whose lines are prefixed by the instance, and each instance's own.

    A line enters the whole when it is complete, so that lines of different instances never mix.
    """

    def __init__(self, instance_ids: Iterable[int], cap: int) -> None:
        self._cap = cap
        self._width = len(str(max(instance_ids, default=0)))
        self._whole = Ring(cap)
        self._instances: dict[int, Ring] = {}
        self._unfinished: dict[int, str] = {}

    def write(self, instance_id: int, text: str) -> None:
        """Append what an instance printed."""
        if not text:
            return
        self._ring(instance_id).append(text)
        *lines, rest = (self._unfinished.pop(instance_id, "") + text).split("\n")
        for line in lines:
            self._whole.append(self._line(instance_id, line))
        if rest:
            self._unfinished[instance_id] = rest

    def finish(self, instance_id: int) -> None:
        """An instance has stopped printing: its unfinished line counts as a line."""
        rest = self._unfinished.pop(instance_id, "")
        if rest:
            self._whole.append(self._line(instance_id, rest))

    def whole(self) -> Ring:
        """The stream of the task, each line prefixed by ``<id>> `` with the ids padded to one width."""
        return self._whole

    def instance(self, instance_id: int) -> Ring:
        """The stream of one instance, without prefix."""
        return self._instances.get(instance_id) or Ring(self._cap)

    def dump(self) -> Json:
        """Everything kept, canonical."""
        return {
            "whole": self._whole.dump(),
            "instances": {str(key): self._instances[key].dump() for key in sorted(self._instances)},
            "unfinished": {str(key): self._unfinished[key] for key in sorted(self._unfinished)},
        }

    def _ring(self, instance_id: int) -> Ring:
        return self._instances.setdefault(instance_id, Ring(self._cap))

    def _line(self, instance_id: int, line: str) -> str:
        return f"{instance_id:>{self._width}}> {line}\n"
