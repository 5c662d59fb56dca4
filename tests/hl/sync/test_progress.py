"""The stream of events and who listens to it: a callback, a log, bars where a person looks."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from rich.console import Console

from qarnot_hl._core.sync_actions import Copy, Delete, Download, LocalFile, Skip, Upload
from qarnot_hl._core.sync_events import Began, Ended, Event, Moved, Planned, told
from qarnot_hl._s3.progress import listening
from qarnot_hl._s3.progress_bars import LARGE, bars

LOCAL = LocalFile("/d/a", 3)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Began(Upload("a", LOCAL, "new")), "Upload: /d/a -> a (new)"),
        (Began(Copy("b", "a", None, LOCAL, "same")), "Copy a to b"),
        (Began(Download("k", "p/k", 3, "e", "size differs")), "Download: k -> p/k (size differs)"),
        (Began(Delete("k", "gone")), "Remove: k"),
        (Began(Skip("k", "unchanged")), None),
        (Moved("a", 1, 3, 1), None),
        (Planned(1, 3), None),
        (Ended(Delete("k", "gone")), None),
    ],
)
def test_a_log_gets_a_line_per_action(event: Event, line: str | None) -> None:
    assert told(event) == line


def test_callback_and_log_hear_the_same_events() -> None:
    calls: list[tuple[float, float, str]] = []
    lines: list[str] = []
    with listening(lambda *call: calls.append(call), lines.append) as tell:
        tell(Planned(1, 3))
        tell(Began(Upload("a", LOCAL, "new")))
        tell(Moved("a", 3, 3, 3))
    assert (calls, lines) == ([(3, 3, "a")], ["Upload: /d/a -> a (new)"])


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


def test_bars_show_files_bytes_rate_and_time(screen: io.StringIO) -> None:
    console = Console(file=screen, force_terminal=True, width=120)
    with bars(console) as tell:
        tell(Planned(2, LARGE + 3))
        tell(Moved("a", 3, 3, 3))
        tell(Ended(Upload("a", LOCAL, "new")))
        tell(Moved("folder/big", LARGE // 2, LARGE, LARGE // 2))
        tell(Ended(Delete("old", "gone")))
    shown = screen.getvalue()
    for expected in ("1/2 files", "folder/big", "MB", "/s"):
        assert expected in shown


def test_a_single_file_needs_no_plan_for_its_bar(screen: io.StringIO) -> None:
    with bars(Console(file=screen, force_terminal=True, width=120)) as tell:
        tell(Moved("a", 2, 4, 2))
    assert "0/1 files" in screen.getvalue()


def test_nothing_is_drawn_when_there_is_nothing_to_move(screen: io.StringIO) -> None:
    with bars(Console(file=screen, force_terminal=True, width=120)) as tell:
        tell(Planned(0, 0))
    assert "files" not in screen.getvalue()


def test_where_nobody_looks_nothing_is_drawn_and_rich_is_not_imported() -> None:
    code = (
        "import sys\nfrom qarnot_hl._s3.progress import listening\nfrom qarnot_hl._core.sync_events import *\n"
        "with listening(None, None) as tell: tell(Planned(1, 2)); tell(Moved('a', 2, 2, 2))\n"
        "print('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("False\n", "")


@pytest.mark.parametrize(("watched", "progress", "drawn"), [(True, None, 1), (True, False, 0), (False, True, 1)])
def test_bars_are_for_terminals_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, watched: bool, progress: bool | None, drawn: int
) -> None:
    made: list[Event] = []
    monkeypatch.setattr("qarnot_hl._s3.progress._is_watched", lambda: watched)
    monkeypatch.setattr("qarnot_hl._s3.progress_bars._Bars.__call__", lambda self, event: made.append(event))
    with listening(progress, None) as tell:
        tell(Planned(1, 1))
    assert len(made) == drawn
