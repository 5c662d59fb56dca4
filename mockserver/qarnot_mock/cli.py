"""The command line of ``qarnot-mock``: parses, checks, hands over, and turns failures into one line and a code.

Exit codes: 0 after SIGTERM or Ctrl-C on ``serve``; the command's own code from ``run``; 1 when the server cannot
start or data cannot be used, ``replay --compare`` finds a difference or ``proxy`` anything; 2 for a
command line that makes no sense.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from qarnot_mock import options
from qarnot_mock.observation import RECORDS
from qarnot_mock.timewarp.commands import why_not

SERVE = "a mock Qarnot cloud until SIGTERM or Ctrl-C"
RUN = "a mock Qarnot cloud for the duration of one command"
SCENARIOS = "the scenarios there are, or the text of one"
REPLAY = "rebuild worlds from what --data or an export holds, and sum them up"
PROXY = "pass requests on to a cluster, and hold both sides to the contract"
USAGE_ERROR = 2


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = argparse.ArgumentParser(prog="qarnot-mock", description="A Qarnot cloud that runs on this machine.")
    commands = top.add_subparsers(dest="command", required=True, metavar="serve|run|proxy|replay|scenarios")
    serve = commands.add_parser("serve", help=SERVE, description=f"Run {SERVE}.", allow_abbrev=False)
    options.add_shared(serve, options.DEFAULT_PORT)
    run = commands.add_parser(
        "run",
        help=RUN,
        description=f"Run {RUN}, which finds it in QARNOT_CLUSTER_URL, QARNOT_CLIENT_TOKEN, QARNOT_STORAGE_URL "
        "and the AWS_* equivalents. Exits with the command's code.",
        usage="qarnot-mock run [options] -- CMD ARG...",
        allow_abbrev=False,
    )
    options.add_shared(run, 0)
    run.add_argument(
        "--allow-real",
        action="store_true",
        help="let a Python command reach *.qarnot.com; without it such a connection leads to the mock",
    )
    run.add_argument("cmd", nargs=argparse.REMAINDER, metavar="-- CMD ARG...", help=argparse.SUPPRESS)
    scenarios = commands.add_parser("scenarios", help=SCENARIOS, description=f"Show {SCENARIOS}.", allow_abbrev=False)
    scenarios.add_argument("scenario", nargs="?", metavar="NAME|FILE", help="check this one and show its text")
    _add_replay(commands.add_parser("replay", help=REPLAY, description=f"{REPLAY.capitalize()}.", allow_abbrev=False))
    _add_proxy(commands.add_parser("proxy", help=PROXY, description=f"{PROXY.capitalize()}.", allow_abbrev=False))
    return top


def _add_proxy(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--target", required=True, type=options.cluster, metavar="URL", help="the cluster to pass everything on to")
    add("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    add("--port", type=options.port, default=options.DEFAULT_PORT, help="REST port, 0 = a free one (default 8088)")
    add("--storage-port", type=options.port, default=0, help="S3 port (default: a free one)")
    add("--no-storage", action="store_true", help="leave the storage alone: clients reach the cluster's own")
    add("--report", type=Path, metavar="FILE", help="write a report there at the end: .json, .xml (JUnit) or text")


def _add_replay(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("journal", type=Path, metavar="JOURNAL", help="a directory of --data, one tenant in it, or an export")
    add("--until", type=options.instant, metavar="T", help="stop at this time, e.g. 2026-01-01T00:00:00Z")
    add("--state", type=Path, metavar="FILE", help="write the whole state there, as JSON")
    add("--compare", type=Path, metavar="OTHER", help="say where another one first differs; exit code 1 if it does")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the process exits with what this returns."""
    logging.basicConfig(format="%(message)s", stream=sys.stderr, level=logging.WARNING)
    top = parser()
    given = top.parse_args(arguments)
    if given.command == "scenarios":
        return _scenarios(given.scenario)
    if given.command == "replay":
        return _replay(given)
    if given.command == "proxy":
        return _proxy(given)
    try:
        chosen = options.check(given)
        logging.getLogger("qarnot_mock").setLevel(logging.INFO if chosen.verbose else logging.WARNING)
        _watch_when_asked()
        return _run(given, chosen) if given.command == "run" else _serve(chosen)
    except options.OptionError as error:
        return _complain(str(error), USAGE_ERROR)
    except KeyboardInterrupt:
        return 130


def _watch_when_asked() -> None:
    """In contract mode of the tests that started this process, judge here what is asked here."""
    if RECORDS in os.environ:
        from qarnot_mock.cloud import Cloud
        from qarnot_mock.conformance.watch import recorder

        if not Cloud.observed_by:  # the tests are not in this very process
            Cloud.observed_by.append(recorder(Path(os.environ[RECORDS])))


def _serve(chosen: options.Options) -> int:
    # Imported here, so that --help and mistakes are answered without loading the server.
    from qarnot_mock.listening import ListenError
    from qarnot_mock.persistence import DataError
    from qarnot_mock.serve import serve

    try:
        return serve(chosen)
    except (ListenError, DataError) as error:
        return _complain(str(error), 1)


def _run(given: argparse.Namespace, chosen: options.Options) -> int:
    command = given.cmd[1:] if given.cmd[:1] == ["--"] else given.cmd
    if not command:
        raise options.OptionError("say what to run: qarnot-mock run [options] -- CMD ARG...")
    if chosen.time == "virtual" and (reason := why_not(command)) is not None:
        raise options.OptionError(reason)
    from qarnot_mock.listening import ListenError
    from qarnot_mock.persistence import DataError
    from qarnot_mock.run import run

    try:
        return run(chosen, command, allow_real=given.allow_real)
    except (ListenError, DataError) as error:
        return _complain(str(error), 1)


def _proxy(given: argparse.Namespace) -> int:
    from qarnot_mock.listening import ListenError
    from qarnot_mock.proxy.serve import run_proxy

    try:
        return run_proxy(given)
    except ListenError as error:
        return _complain(str(error), 1)
    except OSError as error:
        return _complain(f"--report: {error}", 1)


def _replay(given: argparse.Namespace) -> int:
    from qarnot_mock.persistence import DataError
    from qarnot_mock.persistence.replay_command import replay

    try:
        return replay(given)
    except DataError as error:
        return _complain(str(error), 1)


def _scenarios(name_or_path: str | None) -> int:
    from qarnot_mock import scenario

    try:
        if name_or_path is None:
            width = max(map(len, scenario.names()))
            print(*(f"{name:{width}}  {scenario.load(name).description}" for name in scenario.names()), sep="\n")
        else:
            scenario.load(name_or_path)
            print(scenario.read_text(name_or_path)[1], end="")
    except scenario.ScenarioError as error:
        return _complain(str(error), USAGE_ERROR)
    return 0


def _complain(text: str, code: int) -> int:
    print(f"qarnot-mock: {text}", file=sys.stderr, flush=True)
    return code
