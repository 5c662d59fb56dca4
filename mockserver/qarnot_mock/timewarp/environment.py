"""What a command of ``run`` is told about time: where virtual time is found, or how fast scaled time runs."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from qarnot_mock.clock import SECOND, Clock, ScaledClock
from qarnot_mock.timewarp.commands import is_python_command
from qarnot_mock.timewarp.faketime import faketime_environment, find_library

TIME = "QARNOT_MOCK_TIME"
HOOK = Path(__file__).parent.parent / "hook"
"""What a Python command finds first on its path."""

LONGEST_PLACE = 80
"""Characters of a directory that leave room for the name of a socket, whose whole path may have 107."""


@contextlib.contextmanager
def meeting_place() -> Iterator[Path]:
    """A directory of this user for the page and the socket of virtual time."""
    near = None if len(tempfile.gettempdir()) < LONGEST_PLACE else "/tmp"
    with tempfile.TemporaryDirectory(prefix="qarnot-mock-", dir=near) as directory:
        yield Path(directory)


def timed_environment(
    clock: Clock,
    place: Path | None,
    ports: Sequence[int],
    command: Sequence[str],
    inherited: Mapping[str, str],
    find_faketime: Callable[[], Path | None] = find_library,
) -> Mapping[str, str]:
    """The variables that give a command the clock's time; none where that is the wall's.

    A Python command gets those that its hook reads. Scaled time comes to other commands by libfaketime, where there is
    one; without it, to the Python processes that they start.
    """
    if place is not None:
        return {TIME: f"virtual {','.join(map(str, ports))} {place}"}
    assert isinstance(clock, ScaledClock)
    factor, wall, start = clock.line()
    if factor == 1 and abs(wall - start) <= SECOND:
        return {}
    library = None if is_python_command(command[0]) else find_faketime()
    if library is not None:
        return faketime_environment(library, factor, clock.now(), inherited)
    return {TIME: f"x{factor:g} {wall} {start}"}
