"""What holds for all tests: no property test depends on how fast the machine is, and none uses the user's caches.

Tests marked ``slow`` run with ``--slow=slice`` (a seeded part, in CI) or ``--slow=full``, and are left out otherwise.
``samples/`` holds the sample bodies of the reference as data; a test that asks for ``sample_name`` runs for each.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("project", deadline=None)
settings.load_profile("project")

SAMPLES = Path(__file__).parent / "samples"


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much of the slow checks to run."""
    parser.addoption(
        "--slow", choices=("none", "slice", "full"), default="none", help="the slow checks: how much of them"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "slow: takes minutes in full; left out unless --slow asks for it")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Slow checks alone, or all the others."""
    wanted = config.getoption("--slow") != "none"
    left_out = [item for item in items if ("slow" in item.keywords) != wanted]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if ("slow" in item.keywords) == wanted]


@pytest.fixture(scope="session")
def slow_size(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """``slow_size(full, part)``: how many cases of a slow check to run; part is what CI runs."""
    full: bool = request.config.getoption("--slow") == "full"
    return lambda whole, part: whole if full else part


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per sample for the tests that ask for one."""
    if "sample_name" in metafunc.fixturenames:
        metafunc.parametrize("sample_name", sorted(path.stem for path in SAMPLES.iterdir()))


@pytest.fixture(scope="session")
def sample() -> Callable[[str], Any]:
    """``sample("job")``: where the reference has it, the name of its schema (``[x]`` for a list of x), its body."""
    return lambda name: json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session", autouse=True)
def _own_caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
