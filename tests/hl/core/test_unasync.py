"""The making of the blocking flavour: what is exchanged, what is left alone, and that nothing is stale."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def unasync() -> ModuleType:
    spec = importlib.util.spec_from_file_location("unasync", ROOT / "scripts" / "unasync.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("async def f(self) -> AsyncTask:\n", "def f(self) -> Task:\n"),
        ("return await self.g()\n", "return self.g()\n"),
        ("async with a as b:\n", "with a as b:\n"),
        ("[t async for t in x]\n", "[t for t in x]\n"),
        ("from collections.abc import AsyncIterator\n", "from collections.abc import Iterator\n"),
        ("from qarnot_hl._async.task import AsyncTask\n", "from qarnot_hl._sync.task import Task\n"),
        ('"""Call ``await task.update()``."""\n', '"""Call ``task.update()``."""\n'),
        ("async def __aenter__(self): ...\n", "def __enter__(self): ...\n"),
        ("await client.aclose()\n", "client.close()\n"),
        ("    # sync: @property\n    async def x(self): ...\n", "    @property\n    def x(self): ...\n"),
        ("a = 1  # async only\nb = 2\n", "b = 2\n"),
        ("asynchronous = awaited = 'an Async word'\n", "asynchronous = awaited = 'an Async word'\n"),
    ],
)
def test_words_of_the_asynchronous_flavour_are_exchanged(unasync: ModuleType, source: str, result: str) -> None:
    assert unasync.to_sync(source, set()) == result


def test_what_was_used_is_noted(unasync: ModuleType) -> None:
    used: set[str] = set()
    unasync.to_sync("await x", used)
    assert used == {r"\bawait "}


def test_every_twin_is_fresh_and_every_substitution_used(
    unasync: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["unasync.py", "--check"])
    assert unasync.main() == 0, capsys.readouterr().err


def test_a_substitution_that_matches_nothing_is_an_error(
    unasync: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import re

    monkeypatch.setattr(unasync, "SUBSTITUTIONS", [*unasync.SUBSTITUTIONS, (re.compile("no_such_word_ever"), "")])
    monkeypatch.setattr(sys, "argv", ["unasync.py", "--check"])
    assert unasync.main() == 1
    assert "never used: no_such_word_ever" in capsys.readouterr().err


def test_a_file_without_a_source_is_an_error(
    unasync: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "orphan.py").write_text("")
    monkeypatch.setattr(unasync, "ROOT", tmp_path)
    monkeypatch.setattr(unasync, "TARGET", tmp_path)
    monkeypatch.setattr(unasync, "HAND_WRITTEN", frozenset({"__init__.py"}))
    assert list(unasync.problems_of_pairs()) == ["orphan.py: no source in _async"]
