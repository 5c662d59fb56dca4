"""From the ``--executor`` option to what makes executors. The local one is imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable

from qarnot_mock.clock import Clock
from qarnot_mock.executors.base import Executor

ANNOUNCEMENTS = {
    "simulated": "commands are not run, their outcome is simulated",
    "local": "commands run as processes of this machine",
}


def executor_factory(name: str) -> Callable[[Clock], Executor] | None:
    """What makes one executor a tenant; None for the simulated one, which lives in the simulation."""
    if name == "simulated":
        return None
    from qarnot_mock.executors.local import LocalExecutor

    return lambda clock: LocalExecutor(now=clock.now)
