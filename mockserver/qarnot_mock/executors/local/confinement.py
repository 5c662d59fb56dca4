"""How an instance is kept away from the rest of the machine: by bubblewrap where it works, or not at all.

Confined, an instance sees the system read-only, its own directory at ``/job`` as on the cloud, its own ``/tmp`` and,
under a ``batch`` profile, no network. Unconfined it is an ordinary process whose current directory is its own.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

import attrs

from qarnot_mock.executors.local.environment import JOB, Directories

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt")
SETTINGS = (
    "alternatives", "ca-certificates", "fonts", "group", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d",
    "localtime", "mime.types", "nsswitch.conf", "passwd", "pki", "protocols", "resolv.conf", "services", "ssl",
)  # fmt: skip


@attrs.frozen
class Place:
    """Where an instance lives on this machine (absolute), and the part of ``job`` where its command starts."""

    job: Path
    tmp: Path
    workdir: str = ""


class Confinement(Protocol):
    """Turns an argument vector into one that runs it in a place."""

    @property
    def warning(self) -> str | None:
        """What a person should know before anything runs; None when there is nothing to fear."""
        ...

    def directories(self, place: Place) -> Directories:
        """The instance's directories as its process sees them."""
        ...

    def on_host(self, path: PurePosixPath, place: Place) -> Path:
        """Where an absolute path that the process sees lies on this machine."""
        ...

    def wrap(self, argv: Sequence[str], place: Place, *, network: bool) -> list[str]:
        """What to execute with ``place.job / place.workdir`` as current directory."""
        ...


@attrs.frozen
class Unconfined:
    """No confinement; ``reason`` says why, for the warning."""

    reason: str

    @property
    def warning(self) -> str | None:
        return (
            f"local executor: {self.reason}, so task commands run as ordinary processes of this user, with access to "
            "its files and network; run only tasks that you trust"
        )

    def directories(self, place: Place) -> Directories:
        return Directories(job=str(place.job), tmp=str(place.tmp))

    def on_host(self, path: PurePosixPath, place: Place) -> Path:
        return Path(path)

    def wrap(self, argv: Sequence[str], place: Place, *, network: bool) -> list[str]:
        return list(argv)


@attrs.frozen
class Bubblewrap:
    """Confinement by ``executable``; ``also_readable`` are directories beside the system that stay visible.

    Its process dies with the thread that started it, which must therefore outlive it. On SIGTERM bubblewrap itself ends
    at once and takes its command along, so a confined command has no time to tidy up.
    """

    executable: str
    also_readable: tuple[str, ...] = ()

    @property
    def warning(self) -> str | None:
        return None

    def directories(self, place: Place) -> Directories:
        return Directories(job=JOB, tmp="/tmp")

    def on_host(self, path: PurePosixPath, place: Place) -> Path:
        for seen, real in ((JOB, place.job), ("/tmp", place.tmp)):
            if path.is_relative_to(seen):
                return real / path.relative_to(seen)
        return Path(path)

    def wrap(self, argv: Sequence[str], place: Place, *, network: bool) -> list[str]:
        readable = (*SYSTEM, *(f"/etc/{name}" for name in SETTINGS))
        return [
            self.executable,
            *("--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--hostname", "qarnot-local"),
            *(() if network else ("--unshare-net",)),
            *_bind("--ro-bind-try", readable),
            *("--proc", "/proc", "--dev", "/dev", "--bind", str(place.tmp), "/tmp"),
            *_bind("--ro-bind-try", self.also_readable),
            *("--bind", str(place.job), JOB, "--chdir", str(PurePosixPath(JOB, place.workdir)), "--"),
            *argv,
        ]  # fmt: skip


def detect_confinement() -> Confinement:
    """Bubblewrap when a trial run of it succeeds on this machine (containers often forbid it), else nothing."""
    executable = shutil.which("bwrap")
    if executable is None:
        return Unconfined("bubblewrap (bwrap) is not installed")
    bubblewrap = Bubblewrap(executable, _interpreter_directories())
    with tempfile.TemporaryDirectory(prefix="qarnot-mock-") as name:
        place = Place(Path(name), Path(name))
        complaint = _trial(bubblewrap.wrap(["true"], place, network=False))
    return Unconfined(f"bubblewrap does not work here ({complaint})") if complaint else bubblewrap


def _trial(argv: Sequence[str]) -> str:
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False, env={})
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    return done.stderr.decode("utf-8", "replace").strip() or f"exit code {done.returncode}"


def _bind(option: str, paths: Sequence[str]) -> list[str]:
    return [word for path in paths for word in (option, path, path)]


def _interpreter_directories() -> tuple[str, ...]:
    """Where the running interpreter and its libraries live, when outside the system directories."""
    homes = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parent.parent}
    return tuple(str(home) for home in sorted(homes) if not home.is_relative_to("/usr") and home != Path("/"))
