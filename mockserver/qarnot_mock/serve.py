"""The command ``serve``: a mock cloud on fixed ports until somebody ends it."""

from __future__ import annotations

import asyncio
import secrets
import signal

import attrs

from qarnot_mock.executors.choose import ANNOUNCEMENTS, executor_factory
from qarnot_mock.options import Options
from qarnot_mock.persistence.data import accounts_of
from qarnot_mock.server import Server, open_server
from qarnot_mock.tenants import identity_of


def serve(options: Options) -> int:
    """Serve until SIGTERM or Ctrl-C, both of which are a normal end: 0. Raises ``ListenError``.

    The first line on stdout is ``ready URL storage URL``, printed when both ports accept.
    """
    token = None
    if options.executor == "local" and options.accounts is None:
        # Whoever may submit a task may run a command here, so the door is never open.
        token = next(iter(accounts_of(options.data)), secrets.token_hex(16))
        options = attrs.evolve(options, accounts={token: identity_of(token).email})
    server = open_server(options, executor_factory(options.executor), fixed_epoch=False)
    with asyncio.Runner(loop_factory=server.loop_factory()) as runner:
        loop = runner.get_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stop)
        runner.run(server.serve(lambda: _announce(server, options, token)))
    return 0


def _announce(server: Server, options: Options, token: str | None) -> None:
    lines = [
        f"ready {server.url} storage {server.storage_url}",
        f"seed {server.seed}",
        f"time {server.cloud.clock.mode}",
        f"admin token {server.admin_token} (for {server.url}/_mock/)",
        *([f"client token {token}"] if token else []),
        f"executor {options.executor}: {ANNOUNCEMENTS[options.executor]}",
    ]
    print(*lines, sep="\n", flush=True)
