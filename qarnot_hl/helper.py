"""Documented module ``helper``: loggers that can be given to a connection. It configures only the loggers asked for."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

from qarnot_hl._console import FORMAT

__all__ = ["DEFAULT_LOG_FORMAT", "DETAILED_LOG_FORMAT", "Log"]

DEFAULT_LOG_FORMAT = FORMAT
DETAILED_LOG_FORMAT = (
    "%(asctime)s|%(process)d(%(processName)s):%(thread)d|%(name)s:%(filename)s:%(lineno)s|"
    "%(funcName)s|%(levelname)s|%(message)s"
)


class Log:
    """Makes loggers for a connection."""

    @staticmethod
    def get_logger_for_stream(
        stream: TextIO | None = None, name: str | None = None, log_format: str = DEFAULT_LOG_FORMAT
    ) -> logging.Logger:
        """The logger of that name (default: this module's), at level INFO, that writes to ``stream`` (default: stdout).

        Asking again for the same name and stream changes the format instead of printing every line twice.
        """
        target = sys.stdout if stream is None else stream
        logger = logging.getLogger(__name__ if name is None else name)
        handler = _handler_of(logger, target) or _added(logger, target)
        handler.setFormatter(logging.Formatter(log_format))
        logger.setLevel(logging.INFO)
        return logger


def _handler_of(logger: logging.Logger, stream: TextIO) -> logging.Handler | None:
    return next((handler for handler in logger.handlers if getattr(handler, "stream", None) is stream), None)


def _added(logger: logging.Logger, stream: TextIO) -> logging.Handler:
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    return handler
