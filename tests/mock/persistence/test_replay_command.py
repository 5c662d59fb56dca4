"""``qarnot-mock replay``: the state of a live cloud from its files alone, and where two of them part."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qarnot_mock.cli import main

Open = Callable[..., Any]


def run_of(driver: Any, names: str) -> Any:
    for name in names:
        driver.submit(name=name, constants=[{"key": "QARNOT_SECRET__X", "value": f"hush-{name}"}])
        driver.advance(1)
    return driver


@pytest.fixture
def live(open_cloud: Open, tmp_path: Path) -> Any:
    return run_of(open_cloud(tmp_path / "data"), "abc")


def test_a_replay_gives_the_state_of_a_server_that_still_runs(live: Any, tmp_path: Path, capsys: Any) -> None:
    before = {path: path.read_bytes() for path in (tmp_path / "data").rglob("*.sqlite3*") if path.is_file()}
    assert main(["replay", str(tmp_path / "data"), "--state", str(tmp_path / "state.json")]) == 0
    said = capsys.readouterr().out
    assert json.loads((tmp_path / "state.json").read_text()) == live.state()
    assert "commands 3, tasks_create 3" in said
    assert "tasks 3" in said
    assert "state sha256" in said
    assert "hush" not in said + (tmp_path / "state.json").read_text()
    changed = [path for path, content in before.items() if path.suffix == ".sqlite3" and path.read_bytes() != content]
    assert changed == []


def test_every_form_of_a_recording_gives_the_same_state(live: Any, tmp_path: Path, capsys: Any) -> None:
    export = tmp_path / "export.json"
    export.write_bytes(live.rest("GET", "/_mock/export").body)
    (file,) = (tmp_path / "data").rglob("tenant.sqlite3")
    digests = set()
    for path in (tmp_path / "data", file.parent, file, export):
        assert main(["replay", str(path)]) == 0
        digests.add(capsys.readouterr().out.split("sha256 ")[1])
    assert len(digests) == 1
    assert main(["replay", str(export), "--compare", str(tmp_path / "data")]) == 0
    assert capsys.readouterr().out.endswith("the same\n")


def test_a_replay_stops_where_it_is_told_to(live: Any, tmp_path: Path, capsys: Any) -> None:
    assert main(["replay", str(tmp_path / "data"), "--until", "2026-01-01T00:00:01.5Z"]) == 0
    said = capsys.readouterr().out
    assert "to 2026-01-01T00:00:01.500000Z" in said
    assert "commands 2" in said


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("abX", 'command 2: tasks_create at 2026-01-01T00:00:02.000000Z | tasks_create at'),
        ("ab", "command 2: one ends here"),
    ],
)  # fmt: skip
def test_a_comparison_says_where_two_first_differ(
    live: Any, open_cloud: Open, tmp_path: Path, capsys: Any, names: str, expected: str
) -> None:
    run_of(open_cloud(tmp_path / "other"), names)
    assert main(["replay", str(tmp_path / "data"), "--compare", str(tmp_path / "other")]) == 1
    said = capsys.readouterr().out
    assert expected in said
    assert "hush" not in said


def test_a_comparison_notices_a_secret_that_differs_without_telling_it(live: Any, tmp_path: Path, capsys: Any) -> None:
    export = json.loads(live.rest("GET", "/_mock/export").body)
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    one.write_text(json.dumps(export))
    other.write_text(json.dumps(export).replace("hush-b", "hush-Z"))
    assert main(["replay", str(one), "--compare", str(other)]) == 1
    said = capsys.readouterr().out
    assert "command 1" in said
    assert "hush" not in said


def test_what_cannot_be_replayed_is_refused_in_one_line(live: Any, tmp_path: Path, capsys: Any) -> None:
    live.cloud.close()
    (file,) = (tmp_path / "data").rglob("tenant.sqlite3")
    garbage, empty = tmp_path / "garbage.json", tmp_path / "empty"
    garbage.write_text("{")
    empty.mkdir()
    broken = tmp_path / "broken.sqlite3"
    broken.write_bytes(file.read_bytes()[:5000])
    gap = tmp_path / "gap.sqlite3"
    gap.write_bytes(file.read_bytes())
    with sqlite3.connect(gap) as connection:
        connection.execute("DELETE FROM command WHERE ordinal = 1")
    connection.close()
    for path in (garbage, empty, broken, gap, tmp_path / "nowhere"):
        assert main(["replay", str(path)]) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("qarnot-mock: ")
        assert said.err.count("\n") == 1
        assert str(tmp_path) in said.err
