"""``--data`` as processes: a command that finds its cloud again, and what is refused in one line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

SUBMIT = """
import qarnot_hl
connection = qarnot_hl.Connection()
task = connection.create_task("again", "docker-batch", 1)
task.submit()
print(len(connection.tasks()))
"""


def test_a_second_run_finds_the_account_of_the_first(run: Callable[..., Any], tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    script = [sys.executable, "-c", SUBMIT]
    assert [run(script, "--data", data).stdout for _ in range(2)] == ["1\n", "2\n"]
    replayed = subprocess.run(
        [sys.executable, "-m", "qarnot_mock", "replay", data], capture_output=True, text=True, check=True
    )
    assert "commands 2, tasks_create 2" in replayed.stdout


def test_a_directory_that_cannot_be_used_is_refused_in_one_line(
    mock_server: Callable[..., Any], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    mock_server("--data", str(data))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("years of work")
    for directory, reason in ((data, "in use by another qarnot-mock"), (tmp_path / "full", "holds other things")):
        refused = subprocess.run(
            [sys.executable, "-m", "qarnot_mock", "serve", "--port", "0", "--data", str(directory)],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr.startswith("qarnot-mock: ")
        assert refused.stderr.count("\n") == 1
        assert reason in refused.stderr
