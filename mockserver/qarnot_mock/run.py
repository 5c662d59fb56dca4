"""The command ``run``: a mock cloud for the duration of one command, which finds it in its environment.

A Python command finds it under the real names too, so that a script with addresses of its own stays on this machine.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import attrs

from qarnot_mock.certificates import BUNDLES, bundle_file, make_certificates
from qarnot_mock.executors.choose import ANNOUNCEMENTS, executor_factory
from qarnot_mock.http.asgi import AccessLog
from qarnot_mock.messages import Request
from qarnot_mock.options import Options
from qarnot_mock.persistence.data import accounts_of
from qarnot_mock.server import REAL_DOMAIN, Server, open_server
from qarnot_mock.tenants import identity_of
from qarnot_mock.timewarp.companion import time_service
from qarnot_mock.timewarp.environment import HOOK, TIME, meeting_place, timed_environment

NOT_FOUND = 127
NOT_EXECUTABLE = 126
UNAUTHORIZED = 401
GUARD = "QARNOT_MOCK_GUARD"
REGION = "us-east-1"
MISLEADING = ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL")
"""Variables under which an S3 tool would use other credentials, or another place, than those of the mock."""


def run(options: Options, command: Sequence[str], *, allow_real: bool) -> int:
    """Run a command against a mock of its own; its exit code, 128 + N when signal N ended it.

    A command that cannot be started gives 127 (not found) or 126, as in a shell. Raises ``ListenError``, and
    ``DataError`` where ``--data`` cannot be used.
    """
    known = options.accounts or accounts_of(options.data)  # the account of an earlier run is there again
    token, email = next(iter(known.items()), (secrets.token_hex(16), None))
    identity, given = identity_of(token, email), options.accounts is not None
    if options.executor == "local" and options.accounts is None:
        # Whoever may submit a task may run a command here, so the door is not open as it is elsewhere on loopback.
        options = attrs.evolve(options, accounts={token: identity.email})
    certificates = None if allow_real else make_certificates()
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(meeting_place()) if options.time == "virtual" else None
        server = open_server(
            options,
            executor_factory(options.executor),
            fixed_epoch=True,
            tls=None if certificates is None else certificates.context,
            watch=None if options.accounts is None else explain_refused_tokens(given, _say),
            companion=None if place is None else time_service(place, _say),
        )
        server.cloud.authenticate(token)  # Born now, so that S3 tools may use it before any REST call does.
        _say(f"mock cloud at {server.url}, seed {server.seed}, {ANNOUNCEMENTS[options.executor]}")
        keys = (identity.email, token)
        if options.storage is not None:
            keys = options.storage.credentials(*keys)
        environment = mock_environment(os.environ, server, token, keys)
        environment |= timed_environment(server.cloud.clock, place, ports_of(server), command, environment)
        if certificates is not None:
            bundle = stack.enter_context(bundle_file(certificates.authority, os.environ))
            environment |= redirecting_environment(environment, server, bundle)
        if TIME in environment or GUARD in environment:
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(HOOK), environment.get("PYTHONPATH"))))
        stack.enter_context(server.in_thread())
        return _run_child(command, environment)


def explain_refused_tokens(given: bool, say: Callable[[str], None]) -> AccessLog:
    """Says once, when a request is refused for its token, which are accepted; ``given``: those of ``--account``."""
    accepted = "those of --account" if given else "this run's own, because whoever may submit a task runs commands here"
    told: list[str] = []

    def watch(request: Request, status: int) -> None:
        if status == UNAUTHORIZED and not told:
            told.append(request.path)
            say(
                f"a token was refused at {request.path}: the only tokens accepted are {accepted}. Let the script take "
                "its token from QARNOT_CLIENT_TOKEN, or add --account TOKEN=EMAIL for the one it has"
            )

    return watch


def mock_environment(inherited: Mapping[str, str], server: Server, token: str, keys: tuple[str, str]) -> dict[str, str]:
    """The environment of the command: what points it at the mock, for Qarnot clients and (``keys``) S3 tools."""
    environment = {name: value for name, value in inherited.items() if name not in MISLEADING}
    environment |= {
        "QARNOT_CLUSTER_URL": server.url,
        "QARNOT_CLIENT_TOKEN": token,
        "QARNOT_STORAGE_URL": server.storage_url,
        "AWS_ENDPOINT_URL_S3": server.storage_url,
        "AWS_ACCESS_KEY_ID": keys[0],
        "AWS_SECRET_ACCESS_KEY": keys[1],
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
    }
    return environment | _without_proxy(inherited, "127.0.0.1", "localhost")


def redirecting_environment(environment: Mapping[str, str], server: Server, bundle: Path) -> dict[str, str]:
    """What makes Python children reach the mock under the real names, and trust it: loaded hook, ports, authorities."""
    ports = " ".join(map(str, server.tls_ports or ()))
    return {
        GUARD: f"{server.url} {ports} {bundle}",
        **dict.fromkeys(BUNDLES, str(bundle)),
        # A proxy would look the real names up by itself.
        **_without_proxy(environment, REAL_DOMAIN),
    }


def ports_of(server: Server) -> list[int]:
    """All the ports of a server."""
    urls = [urlsplit(url).port for url in (server.url, server.storage_url)]
    return [port for port in (*urls, *(server.tls_ports or ())) if port is not None]


def _without_proxy(inherited: Mapping[str, str], *hosts: str) -> dict[str, str]:
    return {name: ",".join(filter(None, (inherited.get(name), *hosts))) for name in ("NO_PROXY", "no_proxy")}


def _run_child(command: Sequence[str], environment: Mapping[str, str]) -> int:
    child: subprocess.Popen[bytes] | None = None
    pending: list[int] = []

    def forward(number: int, frame: FrameType | None) -> None:
        if child is None:
            pending.append(number)
        elif number != signal.SIGINT or not _terminal_signals_us():
            with contextlib.suppress(ProcessLookupError):
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
