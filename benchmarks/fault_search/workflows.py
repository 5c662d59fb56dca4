"""The canonical workflows, as a script of each client would do them. Each returns what it believes at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs

import qarnot_hl
from benchmarks.fault_search.stage import TOKEN

FILES = {"scene/one.txt": "first file\n", "scene/two.txt": "second file\n" * 40, "readme": "third\n"}
LINES = [f"line {number} of the output" for number in range(12)]
RESULTS = {"image-0.png": "the pixels of a picture"}


@attrs.frozen
class Belief:
    """What a client takes for true: names of objects that it made, each with how often; files that it fetched; lines
    that it read; and whether what it ran has succeeded (None: it does not say)."""

    made: Mapping[str, int] = attrs.field(factory=dict)
    fetched: Mapping[str, str] | None = None
    lines: tuple[str, ...] | None = None
    succeeded: bool | None = None


@attrs.frozen
class Expected:
    """What is true when nothing goes wrong. ``lines`` and ``files`` are all there are."""

    made: Mapping[str, int] = attrs.field(factory=dict)
    files: Mapping[str, str] = attrs.field(factory=dict)
    stored: Mapping[str, str] = attrs.field(factory=dict)
    lines: tuple[str, ...] = ()


@attrs.frozen
class Workflow:
    """``run`` gets an empty directory and returns a :class:`Belief`; ``prepare`` is done before the faults begin."""

    name: str
    run: Callable[[Path, Any], Belief]
    expected: Expected
    prepare: Callable[[Path], Any] = lambda folder: None


def read_all(folder: Path) -> dict[str, str]:
    """The files below a directory."""
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def write_files(folder: Path) -> Path:
    """The files of a person, in a directory of their own."""
    source = folder / "source"
    for name, text in FILES.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return source


def constants(task: Any) -> None:
    """What makes the mock give results and print lines."""
    task.constants["DOCKER_CMD"] = "render"
    task.constants["MOCK_RESULTS"] = '{"image-0.png": "the pixels of a picture"}'


def connect(package: Any) -> Any:
    """A connection as a script makes it."""
    return package.connection.Connection(cluster_url="https://api.qarnot.com", client_token=TOKEN)


def render(package: Any) -> Callable[[Path, Any], Belief]:
    """Upload, submit, wait, download."""

    def run(folder: Path, prepared: Any) -> Belief:
        connection = connect(package)
        scene = connection.create_bucket("scene")
        scene.add_string("the scene", "scene.txt")
        task = connection.create_task("render", "docker-batch", 1)
        task.resources.append(scene)
        task.results = connection.create_bucket("images")
        constants(task)
        task.submit()
        task.wait(timeout=3600)
        succeeded = task.state == "Success"
        target = folder / "results"
        target.mkdir()
        task.download_results(str(target))
        return Belief({"render": 1}, read_all(target), succeeded=succeeded)

    return run


def bulk(package: Any) -> Callable[[Path, Any], Belief]:
    """Four tasks in one request; waiting for all."""

    def run(folder: Path, prepared: Any) -> Belief:
        connection = connect(package)
        tasks = [connection.create_task(f"bulk {number}", "docker-batch", 1) for number in range(4)]
        for task in tasks:
            task.constants["DOCKER_CMD"] = "work"
        connection.submit_tasks(tasks)
        if package is qarnot_hl:
            connection.wait_all(tasks, timeout=3600)
        else:
            for task in tasks:
                task.wait(timeout=3600)
        return Belief({task.name: 1 for task in tasks}, succeeded=all(task.state == "Success" for task in tasks))

    return run


def pool(package: Any) -> Callable[[Path, Any], Belief]:
    """A pool, a task in it, and the end of the pool."""

    def run(folder: Path, prepared: Any) -> Belief:
        connection = connect(package)
        held = connection.create_pool("pool", "docker-batch", 1)
        held.submit()
        task = connection.create_task("in pool", held, 1)
        task.constants["DOCKER_CMD"] = "work"
        task.submit()
        task.wait(timeout=3600)
        succeeded = task.state == "Success"
        held.close()
        return Belief({"pool": 1, "in pool": 1}, succeeded=succeeded)

    return run


def job(package: Any) -> Callable[[Path, Any], Belief]:
    """A job of two tasks, the second behind the first."""

    def run(folder: Path, prepared: Any) -> Belief:
        connection = connect(package)
        group = connection.create_job("job", useDependencies=True)
        group.submit()
        first, second = (connection.create_task(name, "docker-batch", 1, job=group) for name in ("first", "second"))
        for task in (first, second):
            task.constants["DOCKER_CMD"] = "work"
        first.submit()
        second.set_task_dependencies_from_tasks([first])
        second.submit()
        first.wait(timeout=3600)
        second.wait(timeout=3600)
        both = first.state == second.state == "Success"
        return Belief({"job": 1, "first": 1, "second": 1}, succeeded=both)

    return run


def sync_up(package: Any) -> Callable[[Path, Any], Belief]:
    """A directory to a bucket, where another version of one file lies already."""

    def run(folder: Path, prepared: Any) -> Belief:
        bucket = connect(package).create_bucket("box")
        bucket.sync_directory(str(folder / "source"), verbose=False)
        return Belief()

    return run


def sync_down(package: Any) -> Callable[[Path, Any], Belief]:
    """All files of a bucket to a directory."""

    def run(folder: Path, prepared: Any) -> Belief:
        target = folder / "target"
        target.mkdir()
        connect(package).retrieve_bucket("box").get_all_files(str(target))
        return Belief(fetched=read_all(target))

    return run


def follow(package: Any) -> Callable[[Path, Any], Belief]:
    """The lines of a task as they come."""

    def run(folder: Path, prepared: Any) -> Belief:
        connection = connect(package)
        task = connection.create_task("talker", "docker-batch", 1)
        task.constants["DOCKER_CMD"] = "talk"
        task.constants["MOCK_STDOUT"] = "\n".join(LINES) + "\n"
        task.constants["MOCK_DURATION"] = "60"
        task.submit()
        if package is qarnot_hl:
            lines = [str(line.text) for line in task.follow(0) if not line.is_gap]
        else:
            lines = _follow_fresh(task)
        return Belief({"talker": 1}, lines=tuple(line.split("> ", 1)[-1] for line in lines))

    return run


def _follow_fresh(task: Any) -> list[str]:
    """How a script of the official package follows: what is new, every few seconds, until the task has ended."""
    text = ""
    while not task.wait(timeout=5):
        text += task.fresh_stdout() or ""
    text += task.fresh_stdout() or ""
    return [line for line in text.splitlines() if line]


def _stored_before(folder: Path) -> None:
    """A bucket that holds the files already."""
    source = write_files(folder)
    bucket = connect(qarnot_hl).create_bucket("box")
    for name in FILES:
        bucket.add_file(str(source / name), name)


def workflows(package: Any) -> list[Workflow]:
    """All workflows, for one of the two clients."""
    named = {f"box/{name}": text for name, text in FILES.items()}
    return [
        Workflow("submit, wait, download", render(package), Expected({"render": 1}, RESULTS)),
        Workflow("bulk", bulk(package), Expected({f"bulk {number}": 1 for number in range(4)})),
        Workflow("pool", pool(package), Expected({"pool": 1, "in pool": 1})),
        Workflow("job with a dependency", job(package), Expected({"job": 1, "first": 1, "second": 1})),
        Workflow("sync up", sync_up(package), Expected(stored=named), write_files),
        Workflow("sync down", sync_down(package), Expected(files=FILES), _stored_before),
        Workflow("follow logs", follow(package), Expected({"talker": 1}, lines=tuple(LINES))),
    ]
