"""The options that ``serve`` and ``run`` share: from the words of a command line to checked values. No I/O but
reading scenarios and files of accounts or credentials."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import attrs

from qarnot_mock.clock import FIXED_EPOCH, Clock, RealClock, ScaledClock, VirtualClock, Wall, from_iso
from qarnot_mock.http.hosts import is_loopback
from qarnot_mock.sim.commands import Instant
from qarnot_mock.storage.remote import RemoteStorage
from qarnot_mock.tenants import AccountsError, parse_accounts

if TYPE_CHECKING:
    from qarnot_mock.scenario import Scenario

DEFAULT_PORT = 8088


class OptionError(ValueError):
    """A command line that asks for something impossible; the message says what to do instead."""


@attrs.frozen
class Options:
    """Checked options. ``accounts`` is None in open mode; ``seed`` None means draw one; ``storage`` None: our own.

    ``data`` None: nothing outlives the server.
    """

    host: str
    port: int
    storage_port: int
    time: str
    epoch: Instant | None
    executor: str
    accounts: Mapping[str, str] | None = attrs.field(repr=False)
    seed: int | None
    verbose: bool
    scenario: Scenario | None = None
    storage: RemoteStorage | None = None
    data: Path | None = None

    def clock(
        self,
        wall: Wall,
        virtual_start: Callable[[], Instant] = lambda: FIXED_EPOCH,
        latest: Instant | None = None,
    ) -> Clock:
        """The clock that ``--time`` and ``--epoch`` describe. ``latest`` is where an earlier server with the same data
        stopped: real time has gone on meanwhile, virtual and scaled time have not, and none goes back."""
        if self.time == "real":
            begin = wall() if self.epoch is None else self.epoch
            return RealClock(wall, begin if latest is None else max(begin, latest))
        start = max((instant for instant in (self.epoch, latest) if instant is not None), default=None)
        if self.time == "virtual":
            return VirtualClock(virtual_start() if start is None else start)
        return ScaledClock(float(self.time[1:]), wall, start)


def add_shared(parser: argparse.ArgumentParser, default_port: int) -> None:
    """Declare the shared options on a command's parser."""
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    add("--port", type=port, default=default_port, help=f"REST port, 0 = a free one (default {default_port})")
    add("--storage-port", type=port, help="S3 port (default: REST port + 1, or a free one with --port 0)")
    add("--time", type=_time, default="real", metavar="real|x<factor>|virtual", help="how time passes (default real)")
    add("--epoch", type=instant, metavar="T", help="when time starts, e.g. 2026-01-01T00:00:00Z")
    add(
        "--executor",
        choices=("simulated", "local"),
        default="simulated",
        help="simulated: nothing is run (default); local: commands run as processes of this machine",
    )
    add(
        "--account",
        action="append",
        default=[],
        metavar="TOKEN=EMAIL|@FILE",
        help="accept only these tokens; repeatable; a file holds one pair a line",
    )
    add("--seed", type=int, help="what ids and chance derive from (default: drawn, and printed)")
    add(
        "--scenario",
        metavar="NAME|FILE",
        help="what happens in it (qarnot-mock scenarios lists them)",
    )
    add("--storage-url", metavar="URL", help="use this S3 server for the storage, instead of the mock's own")
    add(
        "--storage-credentials",
        metavar="KEY:SECRET|@FILE",
        help="with --storage-url: what the mock signs with (default: each account's e-mail and token)",
    )
    add("--verbose", action="store_true", help="one line a request on stderr")
    add("--data", type=Path, metavar="DIR", help="keep everything there, and go on with what is there already")


def check(arguments: argparse.Namespace) -> Options:
    """The options behind parsed arguments. Raises :class:`OptionError`."""
    try:
        accounts = parse_accounts(arguments.account) or None
    except AccountsError as error:
        raise OptionError(str(error)) from error
    if accounts is None and not is_loopback(arguments.host):
        raise OptionError(
            f"--host {arguments.host} is reachable by others: say who may enter with --account TOKEN=EMAIL"
        )
    return Options(
        host=arguments.host,
        port=arguments.port,
        storage_port=_storage_port(arguments.port, arguments.storage_port),
        time=arguments.time,
        epoch=arguments.epoch,
        executor=arguments.executor,
        accounts=accounts,
        seed=arguments.seed,
        verbose=arguments.verbose,
        scenario=None if arguments.scenario is None else _scenario(arguments.scenario),
        storage=_storage(arguments.storage_url, arguments.storage_credentials),
        data=arguments.data,
    )


def _storage(url: str | None, credentials: str | None) -> RemoteStorage | None:
    """The S3 server of ``--storage-url``. No message quotes a secret."""
    if url is None:
        if credentials is not None:
            raise OptionError("--storage-credentials is for the server of a --storage-url, which is missing")
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise OptionError(f"--storage-url {url}: expected the address of an S3 server, such as http://127.0.0.1:9000")
    if credentials is None:
        return RemoteStorage(url)
    if credentials.startswith("@"):
        try:
            credentials = Path(credentials[1:]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise OptionError(f"--storage-credentials: cannot read the file: {error}") from error
    key, separator, secret = credentials.partition(":")
    if not (key and separator and secret):
        raise OptionError("--storage-credentials: expected KEY:SECRET, or @FILE with that in it")
    return RemoteStorage(url, key, secret)


def _scenario(name_or_path: str) -> Scenario:
    from qarnot_mock import scenario  # only here: it loads the YAML and the schema

    try:
        return scenario.load(name_or_path)
    except scenario.ScenarioError as error:
        raise OptionError(f"--scenario: {error}") from error


def _storage_port(port: int, storage_port: int | None) -> int:
    if storage_port is not None:
        if storage_port == port != 0:
            raise OptionError(f"--storage-port {storage_port} is the REST port; give it another one")
        return storage_port
    if port == 65535:
        raise OptionError("--port 65535 leaves no next port for the storage; add --storage-port")
    return port + 1 if port else 0


def port(text: str) -> int:
    """The number of a port. Raises ``ArgumentTypeError``."""
    if not (text.isdecimal() and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)


def cluster(text: str) -> str:
    """The address of a cluster. Raises ``ArgumentTypeError``."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
        raise argparse.ArgumentTypeError(f"{text!r} is not the address of a cluster, such as https://api.qarnot.com")
    return text


def _time(text: str) -> str:
    scaled = re.fullmatch(r"x(\d+(?:\.\d+)?)", text)
    if text in ("real", "virtual") or (scaled and float(scaled[1]) > 0):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is not real, virtual or x<factor> (x60: a minute in a second)")


def instant(text: str) -> Instant:
    """The instant of an option. Raises ``ArgumentTypeError``."""
    try:
        return from_iso(text)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-01-01T00:00:00Z") from None
