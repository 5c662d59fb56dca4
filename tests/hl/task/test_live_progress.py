"""The progress bar: drawn on a terminal, silent elsewhere."""

from __future__ import annotations

import io
import subprocess
import sys
import types

import pytest

from qarnot_hl._live_progress import is_watched, live_percent


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, told = Terminal(), list[str]()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("TERM", "xterm")
    with live_percent("my task", True, told.append) as show:
        show(250, "3 running")
    assert "3 running" in screen.getvalue()
    assert told == []
    assert "my task" in screen.getvalue()
    assert "100%" in screen.getvalue()


@pytest.mark.parametrize(
    ("stream", "enabled", "lines"),
    [(Terminal, False, []), (io.StringIO, True, ["** Progress| my task a, 50 %", "** Progress| my task b, 52 %"])],
)
def test_nothing_is_drawn_unasked_and_a_file_gets_a_line_for_each_change(
    stream: type[io.StringIO], enabled: bool, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen, told = stream(), list[str]()
    monkeypatch.setattr(sys, "stdout", screen)
    with live_percent("my task", enabled, told.append) as show:
        for percent, text in (50, "a"), (51, "a"), (52, "b"):
            show(percent, text)
    assert screen.getvalue() == ""
    assert told == lines


def test_a_notebook_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = type("ZMQInteractiveShell", (), {})()
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert is_watched() is False
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: kernel))
    assert is_watched() is True


def test_rich_is_not_loaded_for_nothing() -> None:
    code = "import sys, qarnot_hl._live_progress as p\nwith p.live_percent('t', True, print): pass\n"
    code += "print('rich' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
