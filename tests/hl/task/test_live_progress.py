"""The progress bar: drawn on a terminal, silent elsewhere."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from qarnot_hl._live_progress import live_percent


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("TERM", "xterm")
    with live_percent("my task", True) as show:
        show(250)
    assert "my task" in screen.getvalue()
    assert "100%" in screen.getvalue()


@pytest.mark.parametrize(("stream", "enabled"), [(Terminal, False), (io.StringIO, True)])
def test_nothing_is_drawn_unasked_or_into_a_file(
    stream: type[io.StringIO], enabled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = stream()
    monkeypatch.setattr(sys, "stdout", screen)
    with live_percent("my task", enabled) as show:
        show(50)
    assert screen.getvalue() == ""


def test_rich_is_not_loaded_for_nothing() -> None:
    code = (
        "import sys, qarnot_hl._live_progress as p\nwith p.live_percent('t', True): pass\nprint('rich' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
