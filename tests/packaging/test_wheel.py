"""What a user installs: one wheel of three typed packages, light at its core, that works without this folder."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email import message_from_string
from email.message import Message
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (path,) = target.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def metadata(wheel: Path, names: list[str]) -> Message:
    (entry,) = [name for name in names if name.endswith(".dist-info/METADATA")]
    with zipfile.ZipFile(wheel) as archive:
        return message_from_string(archive.read(entry).decode())


def test_it_ships_exactly_three_typed_packages(names: list[str]) -> None:
    packages = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert packages == {"qarnot_client", "qarnot_hl", "qarnot_mock"}
    assert {f"{package}/py.typed" for package in packages} <= set(names)


def test_it_ships_the_compiled_contract_the_scenarios_and_the_licence(names: list[str]) -> None:
    assert {"contract.json", "scenario/schema.yaml", "scenario/library/fast.yaml"} <= {
        name.removeprefix("qarnot_mock/") for name in names
    }
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_core_needs_only_a_handful_of_libraries(metadata: Message) -> None:
    required = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    core = {line.split(">")[0].split("<")[0].split("=")[0] for line in required}
    assert core == {"attrs", "httpx", "boto3", "rich", "python-dateutil"}
    assert set(metadata.get_all("Provides-Extra", [])) == {
        "mock", "test", "docs", "slow", "bench", "dev", "pyright", "all",
    }  # fmt: skip


def test_it_runs_the_hello_example_without_this_folder(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    script = (
        "import qarnot_hl, qarnot_mock, qarnot_client, sys\n"
        f"assert all(m.__file__.startswith({str(tmp_path)!r}) for m in (qarnot_hl, qarnot_mock, qarnot_client))\n"
        "conn = qarnot_hl.Connection()\n"
        "task = conn.create_task('from the wheel', 'docker-batch', 1)\n"
        "task.constants['DOCKER_CMD'] = 'echo hello'\n"
        "task.run()\n"
        "print(task.stdout(), end='')\n"
    )
    command = [sys.executable, "-m", "qarnot_mock", "run", "--time", "x50", "--", sys.executable, "-c", script]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "0> hello\n"), done.stderr
