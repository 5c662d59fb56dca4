"""The sample of the documentation, and a task with resources and results, as scripts against a cloud in a box."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# As the documentation prints it.
SAMPLE = """
import qarnot
conn = qarnot.connection.Connection('qarnot.conf')
task = conn.create_task('hello world', 'ubuntu')
task.constants['DOCKER_CMD'] = 'echo hello world from ${FRAME_ID}!'
task.run()
print(task.stdout())
""".replace("import qarnot\n", "import qarnot_hl as qarnot\n")

FOLLOWED = """
import qarnot_hl as qarnot
conn = qarnot.Connection()
task = conn.create_task('followed', 'docker-batch', 3)
task.constants['DOCKER_CMD'] = 'echo hello from ${INSTANCE_ID}'
task.run(follow_state=True, follow_stdout=True, live_progress=True)
task.wait_done()
"""

BUCKETS = """
import sys
from pathlib import Path
import qarnot_hl as qarnot

conn = qarnot.Connection()
inputs = conn.create_bucket('inputs')
inputs.add_string('one', 'deep/one.txt')
task = conn.create_task('buckets', 'docker-batch', '1-2', shortname='with-buckets')
task.resources.append(inputs)
task.results = conn.create_bucket('outputs')
task.constants['DOCKER_CMD'] = 'true'
task.constants['MOCK_RESULTS'] = '{"out/kept.txt": "kept", "skipped.tmp": "x"}'
task.results_blacklist = r'\\.tmp$'
task.tags = ['end to end']
task.run(sys.argv[1])
again = conn.retrieve_task('with-buckets')
print(again.state, again.tags, again.status.succeeded_range, [b.name for b in again.resources], again.results.name)
print(sorted(str(p.relative_to(sys.argv[1])) for p in Path(sys.argv[1]).rglob('*') if p.is_file()))
"""

ASYNC = """
import asyncio
from qarnot_hl.aio import AsyncConnection

async def main():
    async with AsyncConnection() as conn:
        tasks = [conn.create_task(f'task {n}', 'docker-batch') for n in range(3)]
        for number, task in enumerate(tasks):
            task.constants['DOCKER_CMD'] = f'echo {number}'
        await conn.submit_tasks(tasks)
        await asyncio.gather(*(task.wait_done() for task in tasks))
        print([await task.stdout() for task in tasks], {task.state for task in tasks})

asyncio.run(main())
"""

FAILING = """
import qarnot_hl as qarnot
task = qarnot.Connection().create_task('failing', 'docker-batch', 2)
task.constants = {'DOCKER_CMD': 'false', 'MOCK_EXIT_CODE': '3', 'MOCK_STDERR': 'boom'}
task.submit()
try:
    task.wait_done()
except qarnot.exceptions.TaskFailed as error:
    print(error, error.errors[0].message, sep='\\n')
"""


@pytest.fixture
def run_script(tmp_path: Path) -> Callable[..., str]:
    def run(text: str, *arguments: str, options: tuple[str, ...] = ("--time", "x60")) -> str:
        script = tmp_path / "script.py"
        script.write_text(text)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("QARNOT_")}
        command = [sys.executable, "-m", "qarnot_mock", "run", *options, "--", sys.executable, str(script), *arguments]
        result = subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False, timeout=120
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    return run


def test_the_sample_of_the_documentation_runs(run_script: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "qarnot.conf").write_text("[cluster]\nurl=https://api.qarnot.com\n[client]\ntoken=token\n")
    assert run_script(SAMPLE) == "0> hello world from 0!\n\n"


def test_a_followed_run_prints_each_line_and_state_once(run_script: Callable[..., str]) -> None:
    told = [line.split("|", 2)[2] for line in run_script(FOLLOWED).splitlines()]
    output = [line for line in told if line.startswith("** Stdout")]
    states = [line for line in told if line.startswith("** State")]
    assert sorted(output) == [f"** Stdout| {number}> hello from {number}" for number in range(3)]
    assert states[-1] == "** State| Success"
    assert len(set(states)) == len(states)


def test_resources_filters_and_results_over_real_sockets(run_script: Callable[..., str], tmp_path: Path) -> None:
    told = run_script(BUCKETS, str(tmp_path / "results")).splitlines()
    assert told == ["Success ['end to end'] 1-2 ['inputs'] outputs", "['out/kept.txt']"]
    assert (tmp_path / "results" / "out" / "kept.txt").read_text() == "kept"


def test_the_asynchronous_flavour_waits_for_many(run_script: Callable[..., str]) -> None:
    assert run_script(ASYNC) == "['0> 0\\n', '0> 1\\n', '0> 2\\n'] {'Success'}\n"


def test_a_failure_is_told_with_its_errors_and_last_output(run_script: Callable[..., str]) -> None:
    told = run_script(FAILING)
    assert "ended in Failure" in told
    assert "instances 0-1" in told
    assert "0> boom" in told
