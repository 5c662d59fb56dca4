"""Runs a script, a module or a text as ``python`` itself would: ``__main__``, ``sys.argv``, ``sys.path``, tracebacks.

Exceptions leave through the interpreter as usual, so exit codes and signals are its own; only the frames of this
runner are taken out of what is shown.
"""

from __future__ import annotations

import builtins
import io
import os
import runpy
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType, TracebackType

CANNOT_OPEN = 2
ARCHIVES = (".zip", ".pyz")


def run_script(path: str, arguments: Sequence[str]) -> None:
    """``python PATH ARGUMENTS``; ``-`` reads the program from standard input; a directory or archive may be given too.

    Raises what the script raises, and ``SystemExit(2)`` with python's own words when the file cannot be opened.
    """
    sys.argv[:] = [path, *arguments]
    if path == "-":
        _search_first("")
        return _as_main(lambda main: _execute(sys.stdin.read(), "<stdin>", main))
    if _is_container(path):
        _search_first(None)
        return _as_main(lambda main: runpy.run_path(path, run_name="__main__"))
    _search_first(os.path.dirname(os.path.realpath(path)))
    place = os.path.abspath(path)
    source = _read(path, place)
    return _as_main(lambda main: _execute(source, place, main), place)


def run_module(name: str, arguments: Sequence[str]) -> None:
    """``python -m NAME ARGUMENTS``. Raises what the module raises."""
    sys.argv[:] = ["-m", *arguments]
    # The function that the interpreter itself calls for -m; the public one would restore __main__ too early.
    _as_main(lambda main: runpy._run_module_as_main(name))  # type: ignore[attr-defined]


def run_text(text: str, arguments: Sequence[str]) -> None:
    """``python -c TEXT ARGUMENTS``. Raises what the text raises."""
    sys.argv[:] = ["-c", *arguments]
    _search_first("")
    _as_main(lambda main: _execute(text, "<string>", main))


def _search_first(directory: str | None) -> None:
    """Replace the entry that ``python -m`` has put first; there is none in safe-path mode."""
    if not sys.flags.safe_path:
        sys.path[:1] = [] if directory is None else [directory]


def _is_container(path: str) -> bool:
    return os.path.isdir(path) or Path(path).suffix in ARCHIVES


def _read(path: str, place: str) -> bytes:
    try:
        with io.open_code(place) as file:
            return file.read()
    except OSError as error:
        said = f"{sys.executable}: can't open file {place!r}: [Errno {error.errno}] {error.strerror}"
        print(said, file=sys.stderr)
        raise SystemExit(CANNOT_OPEN) from None


def _as_main(run: Callable[[ModuleType], object], file: str | None = None) -> None:
    main = ModuleType("__main__")
    vars(main).update(__builtins__=builtins, __annotations__={})
    if file is not None:
        vars(main).update(__file__=file, __cached__=None, __loader__=SourceFileLoader("__main__", file))
    sys.modules["__main__"] = main
    try:
        run(main)
    except BaseException:
        sys.excepthook = _without_runner(sys.excepthook)
        raise


def _execute(source: str | bytes, name: str, main: ModuleType) -> None:
    exec(compile(source, name, "exec", dont_inherit=True), vars(main))


Hook = Callable[[type[BaseException], BaseException, TracebackType | None], object]


def _without_runner(show: Hook) -> Hook:
    """The hook the script left in place, shown only what came after the runner's last frame."""

    def shown(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        kept = step = trace
        while step is not None:
            if step.tb_frame.f_code.co_filename == __file__:
                kept = step.tb_next
            step = step.tb_next
        show(kind, error.with_traceback(kept), kept)

    return shown
