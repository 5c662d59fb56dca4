"""Lines of output from chunks of it: joins what was cut, tells instances apart, and finds what was missed. Pure.

Output of a whole task has ``<instance id>> `` in front of each line (reference 2.6), sometimes padded with blanks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

PREFIX = re.compile(r" *(\d+)> ?(.*)", re.DOTALL)
REMEMBERED = 64 * 1024
ANCHOR = 64
GAP = "[... output was lost here: the server keeps only the newest part ...]"


@frozen
class Line:
    """A line of output without its end; ``instance_id`` is None where no prefix tells it."""

    instance_id: int | None
    text: str


def split_line(line: str) -> Line:
    """Take the prefix off a line of a task's output."""
    match = PREFIX.fullmatch(line)
    return Line(int(match[1]), match[2]) if match else Line(None, line)


def by_instance(output: str) -> dict[int | None, list[str]]:
    """The lines of a task's output, for each instance in order; under None those without a prefix."""
    result: dict[int | None, list[str]] = {}
    for line in map(split_line, whole_lines(output)):
        result.setdefault(line.instance_id, []).append(line.text)
    return result


def whole_lines(output: str) -> list[str]:
    """Lines without their ends. Only line feeds end a line: a progress bar's carriage returns do not."""
    lines = output.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def last_lines(output: str, count: int = 20) -> str:
    """The end of an output."""
    return "\n".join(whole_lines(output)[-count:])


class LineMerger:
    """Turns chunks into complete lines, holding back a line that a chunk cuts, and remembers what it has seen.

    When chunks were lost, :meth:`catch_up` takes the server's whole buffer and goes on where it stopped.
    """

    def __init__(self) -> None:
        self._partial = ""
        self._seen = ""
        self._total = 0

    def feed(self, chunk: str) -> list[str]:
        """The lines that this chunk completes."""
        self._total += len(chunk)
        self._seen = (self._seen + chunk)[-REMEMBERED:]
        *lines, self._partial = (self._partial + chunk).split("\n")
        return lines

    def catch_up(self, whole: str) -> list[str]:
        """The lines in the whole buffer that were not seen yet; with a gap marked where the buffer has overrun."""
        unseen = unseen_part(self._seen, whole, self._total)
        if unseen is not None:
            return self.feed(unseen)
        return [*self.rest(), GAP, *self.feed(whole)]

    def rest(self) -> list[str]:
        """What was held back, when nothing more will come."""
        lines = [self._partial] if self._partial else []
        self._partial = ""
        return lines


def unseen_part(seen: str, whole: str, total: int) -> str | None:
    """What follows in ``whole`` after ``seen``, the end of ``total`` characters; None when the two do not touch.

    Where nothing was dropped, the count decides. Else the first place where ``seen`` stands, which may repeat lines
    but loses none, and else the longest end of ``seen`` with which ``whole`` begins.
    """
    if not whole:
        return ""
    if whole[:total].endswith(seen) and len(whole) >= total:
        return whole[total:]
    position = whole.find(seen)
    if position >= 0:
        return whole[position + len(seen) :]
    return next((whole[size:] for size in overlaps(seen, whole)), None)


def overlaps(seen: str, whole: str) -> Iterator[int]:
    """Lengths at which an end of ``seen`` is the beginning of ``whole``, longest first.

    An end counts from the start of a line, or from anywhere when it is long enough to be no coincidence.
    """
    anchor = whole[:ANCHOR]
    for match in re.finditer(f"(?={re.escape(anchor)})|(?<=\n)", seen) if anchor else ():
        if match.start() < len(seen) and whole.startswith(seen[match.start() :]):
            yield len(seen) - match.start()
