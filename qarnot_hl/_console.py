"""The default loggers of a connection: what a task says while it is followed goes to the terminal, as
documented.

One logger per stream for the whole process, with one handler each, so that a second connection does not print
twice.
"""

from __future__ import annotations

import logging
import sys
from typing import TextIO

FORMAT = "%(asctime)s|%(levelname)s|%(message)s"


class StreamNow(logging.StreamHandler[TextIO]):
    """Writes to what ``sys.stdout`` or ``sys.stderr`` is at that moment, so that redirections are
    honoured.
    """

    def __init__(self, name: str) -> None:
        self._stream_name = name
        super().__init__()
        self.setFormatter(logging.Formatter(FORMAT))

    @property
    def stream(self) -> TextIO:
        """The present stream of that name."""
        found: TextIO = getattr(sys, self._stream_name)
        return found

    @stream.setter
    def stream(self, value: TextIO) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The base class assigns one; it is looked up instead."""


def console_logger(stream_name: str) -> logging.Logger:
    """The logger that prints to ``stdout`` or ``stderr``."""
    logger = logging.getLogger(f"qarnot_hl.{stream_name}")
    if not any(isinstance(handler, StreamNow) for handler in logger.handlers):
        logger.addHandler(StreamNow(stream_name))
        logger.setLevel(logging.INFO)
        logger.propagate = False
    return logger
