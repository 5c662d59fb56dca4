"""Bytes of a pipe into whole lines of text. Pure; one buffer per stream."""

from __future__ import annotations

import codecs

LONGEST_PARTIAL = 64 * 1024  # characters kept back while waiting for the end of a line


class LineBuffer:
    """Collects what a process writes and gives it back in complete lines.

    Bytes that are no UTF-8 become U+FFFD. A line beyond :data:`LONGEST_PARTIAL` is given back in pieces, so that a
    process that never ends its line costs no memory.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._partial = ""

    def feed(self, chunk: bytes) -> str:
        """The complete lines known so far and not yet given back, with their line ends; maybe empty."""
        text = self._partial + self._decoder.decode(chunk)
        end = text.rfind("\n") + 1
        if len(text) - end > LONGEST_PARTIAL:
            end = len(text)
        self._partial = text[end:]
        return text[:end]

    def flush(self) -> str:
        """What is left when the stream has ended: a line without an end, or nothing."""
        text, self._partial = self._partial + self._decoder.decode(b"", final=True), ""
        return text
