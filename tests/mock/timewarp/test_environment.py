"""What a command is told about time, in each of the ways time can pass; libfaketime for other languages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from qarnot_mock.clock import SECOND, RealClock, ScaledClock, VirtualClock
from qarnot_mock.timewarp.environment import meeting_place, timed_environment
from qarnot_mock.timewarp.faketime import faketime_environment, find_library

NOW = 1_767_225_600 * SECOND
PYTHON, SHELL = [sys.executable], ["sh"]
LIBRARY = Path("/somewhere/libfaketimeMT.so.1")


def scaled(factor: float = 60) -> ScaledClock:
    return ScaledClock(factor, lambda: NOW, NOW + SECOND // 2)


def test_real_time_needs_nothing() -> None:
    assert timed_environment(RealClock(lambda: NOW), None, [], PYTHON, {}) == {}


def test_real_time_from_another_date_is_told() -> None:
    told = timed_environment(RealClock(lambda: NOW, 5 * SECOND), None, [], PYTHON, {})
    assert told == {"QARNOT_MOCK_TIME": f"x1 {NOW} {5 * SECOND}"}


def test_a_python_command_has_its_scaled_time_by_the_hook_alone() -> None:
    told = timed_environment(scaled(), None, [], PYTHON, {}, lambda: LIBRARY)
    assert told == {"QARNOT_MOCK_TIME": f"x60 {NOW} {NOW + SECOND // 2}"}


def test_another_command_has_it_by_libfaketime_alone() -> None:
    told = timed_environment(scaled(2.5), None, [], SHELL, {"LD_PRELOAD": "/mine.so"}, lambda: LIBRARY)
    assert told == {
        "LD_PRELOAD": f"{LIBRARY} /mine.so",
        "FAKETIME": "@1767225600 x2.5",
        "FAKETIME_FMT": "%s",
        "FAKETIME_DONT_RESET": "1",
    }


def test_without_libfaketime_python_processes_of_another_command_have_it() -> None:
    assert list(timed_environment(scaled(), None, [], SHELL, {}, lambda: None)) == ["QARNOT_MOCK_TIME"]


def test_virtual_time_is_found_at_its_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / ("long" * 30)))
    with meeting_place() as place:
        told = timed_environment(VirtualClock(), place, [1, 2], PYTHON, {})
        assert told == {"QARNOT_MOCK_TIME": f"virtual 1,2 {place}"}
        assert len(str(place / "coordinator")) < 107
        assert place.stat().st_mode & 0o777 == 0o700
    assert not place.exists()


def test_the_library_is_probed_where_it_is_installed(tmp_path: Path) -> None:
    pattern = f"{tmp_path}/*/faketime/libfaketimeMT.so.1"
    assert find_library([pattern]) is None
    library = tmp_path / "x86_64-linux-gnu" / "faketime" / "libfaketimeMT.so.1"
    library.parent.mkdir(parents=True)
    library.touch()
    assert find_library([pattern]) == library


@pytest.mark.skipif(find_library() is None, reason="libfaketime is not installed")
def test_the_real_library_scales_a_shell() -> None:
    library = find_library()
    assert library is not None
    environment = {**os.environ, **faketime_environment(library, 600, NOW, {})}
    done = subprocess.run(
        ["sh", "-c", "date +%s; sleep 60; sh -c 'date +%s'"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    before, after = map(int, done.stdout.split())
    assert before - NOW // SECOND < 600
    assert 60 <= after - before < 3600
