"""The command ``run``: a mock cloud for the duration of one command, which finds it in its environment."""

from __future__ import annotations

import os
import secrets
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

import attrs

from qarnot_mock.executors.choose import ANNOUNCEMENTS, executor_factory
from qarnot_mock.options import Options
from qarnot_mock.server import Server, open_server
from qarnot_mock.tenants import identity_of

NOT_FOUND = 127
NOT_EXECUTABLE = 126
HOOK = Path(__file__).parent / "hook"
GUARD = "QARNOT_MOCK_GUARD"
REGION = "us-east-1"
MISLEADING = ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE")
"""Variables under which an S3 tool would use other credentials, or another place, than those of the mock."""


def run(options: Options, command: Sequence[str], *, allow_real: bool) -> int:
    """Run a command against a mock of its own; its exit code, 128 + N when signal N ended it. Raises ``ListenError``.

    A command that cannot be started gives 127 (not found) or 126, as in a shell.
    """
    token, email = next(iter((options.accounts or {}).items()), (None, None))
    if token is None or email is None:
        token = secrets.token_hex(16)
        email = identity_of(token).email
        options = attrs.evolve(options, accounts={token: email})
    server = open_server(options, executor_factory(options.executor), fixed_epoch=True)
    _say(f"mock cloud at {server.url}, seed {server.seed}, {ANNOUNCEMENTS[options.executor]}")
    environment = child_environment(os.environ, server, token, email, guard=not allow_real)
    with server.in_thread():
        return _run_child(command, environment)


def child_environment(
    inherited: Mapping[str, str], server: Server, token: str, email: str, *, guard: bool
) -> dict[str, str]:
    """The environment of the command: what points it at the mock, for Qarnot clients and for S3 tools."""
    environment = {name: value for name, value in inherited.items() if name not in MISLEADING}
    environment |= {
        "QARNOT_CLUSTER_URL": server.url,
        "QARNOT_CLIENT_TOKEN": token,
        "QARNOT_STORAGE_URL": server.storage_url,
        "AWS_ENDPOINT_URL_S3": server.storage_url,
        "AWS_ACCESS_KEY_ID": email,
        "AWS_SECRET_ACCESS_KEY": token,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
    }
    for name in ("NO_PROXY", "no_proxy"):
        environment[name] = ",".join(filter(None, (inherited.get(name), "127.0.0.1,localhost")))
    if guard:
        environment[GUARD] = server.url
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(HOOK), inherited.get("PYTHONPATH"))))
    return environment


def _run_child(command: Sequence[str], environment: Mapping[str, str]) -> int:
    child: subprocess.Popen[bytes] | None = None
    pending: list[int] = []

    def forward(number: int, frame: FrameType | None) -> None:
        if child is None:
            pending.append(number)
        elif number != signal.SIGINT or not _terminal_signals_us():
            with suppress(ProcessLookupError):
                child.send_signal(number)

    previous = {number: signal.signal(number, forward) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        child = subprocess.Popen(command, env=environment)
        for number in pending:
            forward(number, None)
        code = child.wait()
    except OSError as error:
        _say(f"cannot run {shlex.quote(command[0])}: {error.strerror}")
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


def _terminal_signals_us() -> bool:
    """True when a Ctrl-C on the terminal reaches the child by itself, so that forwarding would double it."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False


def _say(text: str) -> None:
    print(f"qarnot-mock: {text}", file=sys.stderr, flush=True)
