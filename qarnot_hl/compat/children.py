"""Makes multiprocessing children that start afresh (spawn, forkserver) resolve ``qarnot`` as their parent does.

A forked child inherits the finder. The others unpickle a dictionary of preparations before they import the parent's
main module, and one more entry of it does the work while it is unpickled. The environment is left alone, so programs
started through ``subprocess`` are on their own.
"""

from __future__ import annotations

from multiprocessing import spawn
from pathlib import Path

INSTALL = "import sys; sys.path.append({place!r}); from qarnot_hl.compat import install; install()"
KEY = "qarnot_hl.compat"


class InstallsWhenUnpickled:
    """Pickles as a call that installs the finder; it needs no search path but its own.

    What it appends to ``sys.path`` is gone when the preparation goes on and sets the parent's.
    """

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, (INSTALL.format(place=str(Path(__file__).parents[2])),)


def follow() -> None:
    """Add the entry to what every child to come is sent."""
    prepare = spawn.get_preparation_data

    def get_preparation_data(name: str) -> dict[str, object]:
        return {KEY: InstallsWhenUnpickled(), **prepare(name)}

    spawn.get_preparation_data = get_preparation_data
