"""``python -m qarnot_hl.compat`` in real processes: a script sees what plain python shows it, and qarnot is ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import qarnot_client
import qarnot_hl
from qarnot_hl.compat.aliases import LOADED_BY_THE_OFFICIAL_PACKAGE, VERSION, our_name

PLAIN = (sys.executable,)
COMPAT = (sys.executable, "-m", "qarnot_hl.compat")
OUR_PLACES = {str(Path(module.__file__).parents[1]) for module in (qarnot_hl, qarnot_client)}


def run(*command: str, cwd: Path, given: str | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **more}
    return subprocess.run(command, cwd=cwd, env=environment, input=given, capture_output=True, text=True, check=False)


def written(folder: Path, text: str, name: str = "script.py") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path.relative_to(folder))


def printed(folder: Path, text: str, *arguments: str) -> list[str]:
    done = run(*COMPAT, written(folder, text), *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


SAME_AS_PLAIN_PYTHON = {
    "arguments": "import sys; print(sys.argv)",
    "main": "import sys; print(__name__, __file__, sorted(globals()), sys.modules['__main__'].__dict__ is globals())",
    "spec": "print(__spec__, __package__, __cached__, __doc__, type(__loader__).__name__, type(__builtins__).__name__)",
    "search path": "import sys; print(sys.path)",
    "no future": "def f(x: print('evaluated')): pass",
    "exit code": "import sys; sys.exit(7)",
    "exit message": "import sys; sys.exit('over')",
    "traceback": "def f():\n    1 / 0\nf()",
    "chained": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise KeyError('k') from e",
    "syntax": "print('never')\nx = = 1",
    "encoding": "# coding: latin-1\nprint(ascii('\xe9'))",
    "own hook": "import sys\nsys.excepthook = lambda *a: print('mine', len(a), a[2].tb_frame.f_code.co_name)\n1/0",
    "at exit": "import atexit\natexit.register(lambda: print('bye', value))\nvalue = 3\n1/0",
    "thread": "import threading, time\nt = threading.Timer(0.05, lambda: print('late', value))\nt.start()\nvalue = 4",
    "pickle of main": "import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))) is A)",
    "neighbour": "import neighbour; print(neighbour.x)",
}


@pytest.mark.parametrize("text", SAME_AS_PLAIN_PYTHON.values(), ids=SAME_AS_PLAIN_PYTHON)
def test_a_script_sees_and_shows_what_it_does_under_plain_python(tmp_path: Path, text: str) -> None:
    script = written(tmp_path, text, "below/script.py")
    written(tmp_path, "x = 5", "below/neighbour.py")
    plain, ours = (run(*how, script, "a", "-b", "--", "c d", cwd=tmp_path) for how in (PLAIN, COMPAT))
    assert (ours.stdout, ours.stderr, ours.returncode) == (plain.stdout, plain.stderr, plain.returncode)


@pytest.mark.parametrize(
    "arguments",
    [
        ("-m", "package.tool", "x"),
        ("-m", "package", "x"),
        ("-m", "package.broken"),
        ("-m", "no.such.module"),
        ("-c", "import sys; print(sys.argv, sys.path[0] == '', sorted(globals()))", "x"),
        ("-c", "1/0"),
        ("-",),
        ("package", "x"),
        ("missing.py",),
    ],
    ids=lambda arguments: " ".join(arguments)[:20],
)
def test_modules_texts_standard_input_and_directories_run_as_under_plain_python(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    tool = "import sys; print(sys.argv, __name__, __spec__.name)"
    for name, text in {"__init__": "", "__main__": tool, "tool": tool, "broken": "1/0"}.items():
        written(tmp_path, text, f"package/{name}.py")
    given = "import sys; print(sys.argv, __name__)"
    plain, ours = (run(*how, *arguments, cwd=tmp_path, given=given) for how in (PLAIN, COMPAT))
    assert (ours.stdout, ours.stderr, ours.returncode) == (plain.stdout, plain.stderr, plain.returncode)


@pytest.mark.skipif(os.name != "posix", reason="signals end processes so on POSIX")
def test_an_interrupt_ends_it_as_it_ends_python(tmp_path: Path) -> None:
    done = run(*COMPAT, written(tmp_path, "raise KeyboardInterrupt"), cwd=tmp_path)
    assert done.returncode == -signal.SIGINT


def test_safe_path_mode_is_respected(tmp_path: Path) -> None:
    script = written(tmp_path, "import neighbour")
    written(tmp_path, "", "neighbour.py")
    assert "neighbour" in run(*COMPAT, script, cwd=tmp_path, PYTHONSAFEPATH="1").stderr


def test_both_names_are_the_same_modules(tmp_path: Path) -> None:
    lines = printed(
        tmp_path,
        "import qarnot, sys, qarnot_hl.task, qarnot_hl.bucket, qarnot_hl.connection\n"
        "import qarnot.connection as c\n"
        "from qarnot.bucket import Bucket\n"
        "from qarnot import task\n"
        "print(qarnot is qarnot_hl, sys.modules['qarnot.task'] is qarnot_hl.task is task)\n"
        "print(c is qarnot_hl.connection, Bucket is qarnot_hl.bucket.Bucket)\n"
        "print(qarnot.__name__, qarnot.__spec__.name, task.__spec__.name)\n",
    )
    assert lines == ["True True", "True True", "qarnot_hl qarnot_hl qarnot_hl.task"]


def test_importing_qarnot_alone_loads_the_submodules_as_the_official_package_does(tmp_path: Path) -> None:
    (line,) = printed(tmp_path, "import sys, qarnot\nprint(*sorted(m for m in sys.modules if m.startswith('qarnot.')))")
    ours = {f"qarnot.{path.stem}" for path in Path(qarnot_hl.__file__).parent.glob("*.py")}
    assert set(line.split()) == ours & {f"qarnot.{name}" for name in LOADED_BY_THE_OFFICIAL_PACKAGE}


def test_a_module_that_is_not_ours_is_missing_by_name(tmp_path: Path) -> None:
    done = run(*COMPAT, "-c", "import qarnot._retry", cwd=tmp_path)
    assert "ModuleNotFoundError: No module named 'qarnot._retry'" in done.stderr
    assert done.returncode == 1


def test_the_distribution_answers_for_the_version_it_stands_for(tmp_path: Path) -> None:
    lines = printed(
        tmp_path,
        "from importlib.metadata import distribution, version\n"
        "print(version('qarnot'), distribution('qarnot').metadata['Name'], version('qarnot-hl'))",
    )
    assert lines[0].split() == [VERSION, "qarnot", qarnot_hl.__version__]
    assert VERSION.startswith("2.23.0+")


CHILD = """\
import multiprocessing, sys
import qarnot
from qarnot.bucket import Bucket

def child(seen):
    import qarnot.task
    return qarnot.__name__, Bucket.__module__, sys.modules["qarnot.task"].__name__, seen is Bucket

if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
        print(*pool.apply(child, (Bucket,)))
"""


@pytest.mark.skipif(os.name != "posix", reason="fork exists on POSIX")
@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_children_resolve_the_same_way(tmp_path: Path, method: str) -> None:
    (line,) = printed(tmp_path, CHILD, method)
    assert line == "qarnot_hl qarnot_hl._sync.bucket qarnot_hl.task True"


def test_a_child_of_a_module_resolves_the_same_way(tmp_path: Path) -> None:
    written(tmp_path, CHILD, "tool.py")
    done = run(*COMPAT, "-m", "tool", "spawn", cwd=tmp_path)
    assert done.stdout.split()[0] == "qarnot_hl", done.stderr


def test_it_works_where_the_official_package_is_not_installed(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(("qarnot-2", "_virtualenv")) and entry.name != "qarnot":
            (packages / entry.name).symlink_to(entry)
    search = os.pathsep.join([str(packages), *OUR_PLACES])
    without_site = (sys.executable, "-S")
    assert run(*without_site, "-c", "import qarnot", cwd=tmp_path, PYTHONPATH=search).returncode == 1
    script = written(tmp_path, CHILD)
    done = run(*without_site, "-m", "qarnot_hl.compat", script, "spawn", cwd=tmp_path, PYTHONPATH=search)
    assert done.stdout.split()[:1] == ["qarnot_hl"], done.stderr


def test_a_documented_program_runs_on_the_mock(tmp_path: Path) -> None:
    script = written(
        tmp_path,
        "import qarnot\n"
        "conn = qarnot.Connection()\n"
        "task = conn.create_task('compat', 'docker-batch', 2)\n"
        "task.constants['DOCKER_CMD'] = 'echo hello ${INSTANCE_ID}'\n"
        "task.run()\n"
        "print(task.state, *sorted(task.stdout().split('\\n')))\n",
    )
    mock = (sys.executable, "-m", "qarnot_mock", "run", "--time", "x100", "--")
    done = run(*mock, *COMPAT, script, cwd=tmp_path)
    assert done.stdout.split() == ["Success", "0>", "hello", "0", "1>", "hello", "1"], done.stderr


@pytest.mark.parametrize("arguments", [(), ("-m",), ("-c",), ("--unknown",)])
def test_a_command_line_that_names_nothing_is_refused_with_the_usage(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = run(*COMPAT, *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: python -m qarnot_hl.compat SCRIPT")


def test_help_is_not_an_error(tmp_path: Path) -> None:
    assert run(*COMPAT, "--help", cwd=tmp_path).stdout.startswith("usage:")


def test_installing_after_the_official_package_is_refused(tmp_path: Path) -> None:
    done = run(*PLAIN, "-c", "import qarnot, qarnot_hl.compat as c; c.install()", cwd=tmp_path)
    assert "RuntimeError: qarnot has been imported already" in done.stderr


def test_only_the_official_names_are_aliases() -> None:
    assert [our_name(name) for name in ("qarnot", "qarnot.task", "qarnot_hl", "qarnotx", "os")] == [
        "qarnot_hl",
        "qarnot_hl.task",
        None,
        None,
        None,
    ]
