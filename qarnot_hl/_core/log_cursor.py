"""Where a reader of an output stands, and what it has not read yet of what the server keeps. Pure.

The API has no positions: a reader is found again by how many characters it has read and by the last of them.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

from attrs import frozen

from qarnot_hl._core.logs import GAP, split_line, unseen_part

REMEMBERED = 8192
WRITTEN = 1024
REPLACEMENT = "\ufffd"


@frozen
class Position:
    """The end of a line. ``total``: characters before it, as far as known; ``tail``: the last of them."""

    total: int = 0
    tail: str = ""

    def after(self, text: str) -> Position:
        """The place behind this text."""
        return Position(self.total + len(text), (self.tail + text)[-REMEMBERED:])

    def written(self) -> str:
        """As a short text to be kept, of letters, digits, ``-``, ``_`` and ``=``."""
        return urlsafe_b64encode(json.dumps([1, self.total, self.tail[-WRITTEN:]]).encode()).decode("ascii")

    @classmethod
    def read(cls, cursor: str | None) -> Position:
        """The place that ``written`` wrote; the beginning for None. Raises ValueError for any other text."""
        if cursor is None:
            return cls()
        try:
            version, total, tail = json.loads(urlsafe_b64decode(cursor.encode("ascii")))
            usable = version == 1 and isinstance(total, int) and isinstance(tail, str)
        except (ValueError, TypeError):
            usable = False
        if not usable:
            raise ValueError(f"{cursor[:40]!r} is no cursor of a followed line of this version")
        return cls(total, tail)


@frozen
class OutputLine:
    """A line of output, or, with ``is_gap``, the place where the server had dropped lines before they were read.

    ``text``: without its end and without the prefix that names its instance. ``instance_id``: None where nothing tells
    it. ``str`` gives the line as the server has it.
    """

    instance_id: int | None
    text: str
    raw: str
    is_gap: bool
    position: Position

    @property
    def cursor(self) -> str:
        """A text by which ``follow(cursor=...)`` goes on behind this line, in any process, at any later time."""
        return self.position.written()

    def __str__(self) -> str:
        return self.raw


class OutputReader:
    """Turns what the server keeps, asked for again and again, into lines, each once. ``instance_id``: whose output it
    is; None for that of all, whose lines have prefixes.
    """

    def __init__(self, position: Position, instance_id: int | None = None) -> None:
        self._position, self._instance_id = position, instance_id

    def take(self, kept: str, *, is_all: bool = False) -> list[OutputLine]:
        """The complete lines that are new. ``is_all``: nothing more will come, so a line without an end is one too."""
        whole = kept.lstrip(REPLACEMENT)  # a character of which the server had dropped the first bytes
        found = unseen_part(self._position.tail, whole, self._position.total)
        behind_first = whole.partition("\n")[2]
        if found is None and behind_first:  # the first line may be the rest of one that the server has cut
            found = unseen_part(self._position.tail, behind_first, 0)
        lines: list[OutputLine] = []
        if found is None:
            self._position = Position()
            lines.append(OutputLine(self._instance_id, GAP, GAP, True, self._position))
        *complete, rest = (whole if found is None else found).split("\n")
        lines += [self._line(text, "\n") for text in complete]
        return [*lines, self._line(rest, "")] if is_all and rest else lines

    def _line(self, raw: str, end: str) -> OutputLine:
        self._position = self._position.after(raw + end)
        if self._instance_id is not None:
            return OutputLine(self._instance_id, raw, raw, False, self._position)
        told = split_line(raw)
        return OutputLine(told.instance_id, told.text, raw, False, self._position)
