"""What a command of ``run`` is told about time: where virtual time is found, or how fast scaled time runs."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from qarnot_mock.clock import SECOND, Clock, ScaledClock

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
    clock: Clock, place: Path | None, ports: Sequence[int], command: Sequence[str]
) -> Mapping[str, str]:
    """The variables that the hook in a Python command reads; none where time is the wall's."""
    if place is not None:
        return {TIME: f"virtual {','.join(map(str, ports))} {place}"}
    if isinstance(clock, ScaledClock):
        factor, wall, start = clock.line()
        if factor != 1 or abs(wall - start) > SECOND:
            return {TIME: f"x{factor:g} {wall} {start}"}
    return {}
