"""Finds the program of a command as ``execvp`` would, before anything is started, so that a miss is said clearly."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from qarnot_mock.executors.local.command import CommandError


def require_program(
    name: str, search_path: str, workdir: PurePosixPath, on_host: Callable[[PurePosixPath], Path]
) -> None:
    """Raise :class:`CommandError` unless ``name`` names something that this machine can execute.

    ``workdir`` is the absolute current directory of the command as it sees it, ``on_host`` translates what it sees.
    """
    if "/" not in name:
        if shutil.which(name, path=search_path) is None:
            message = (
                f"command not found: {name!r} (Docker's exit code would be 127); the local executor runs programs of "
                "this machine, not those of the container image, so install it here"
            )
            raise CommandError("CommandNotFound", message)
        return
    program = on_host(workdir / name)
    if not program.exists():
        message = f"command not found: {name!r} (Docker's exit code would be 127); the working directory is {workdir}"
        raise CommandError("CommandNotFound", message)
    if program.is_dir() or not os.access(program, os.X_OK):
        raise CommandError("CommandNotExecutable", f"{name!r} cannot be executed (Docker's exit code would be 126)")
