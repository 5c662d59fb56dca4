"""Loggers for a stream, as documented, without the repeated lines."""

from __future__ import annotations

import io
import logging

import pytest

from qarnot_hl.helper import DETAILED_LOG_FORMAT, Log


def test_a_line_of_level_info_is_written_once_however_often_the_logger_is_asked_for() -> None:
    stream = io.StringIO()
    for _ in range(3):
        logger = Log.get_logger_for_stream(stream, "test.helper.once", "%(levelname)s|%(message)s")
    logger.info("hello")
    logger.debug("not this")
    assert stream.getvalue() == "INFO|hello\n"


def test_a_second_stream_gets_the_lines_too_and_the_format_can_be_changed() -> None:
    first, second = io.StringIO(), io.StringIO()
    Log.get_logger_for_stream(first, "test.helper.two", "%(message)s")
    logger = Log.get_logger_for_stream(second, "test.helper.two", "%(name)s|%(message)s")
    logger.info("hello")
    assert (first.getvalue(), second.getvalue()) == ("hello\n", "test.helper.two|hello\n")


def test_the_defaults_are_stdout_and_the_module_s_logger(capsys: pytest.CaptureFixture[str]) -> None:
    logger = Log.get_logger_for_stream(log_format=DETAILED_LOG_FORMAT)
    try:
        logger.info("hello")
    finally:
        logger.handlers.clear()
    assert logger is logging.getLogger("qarnot_hl.helper")
    assert capsys.readouterr().out.endswith("|INFO|hello\n")
