"""What an executor of real work must offer. The simulated executor needs none of it: it lives in the simulation.

An executor runs outside the simulation's lock, on threads or processes of its own, and tells what happened through
``report``. It never touches a world.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from qarnot_mock.sim.commands import Command
from qarnot_mock.sim.effects import Effect
from qarnot_mock.storage.store import ObjectStore

Report = Callable[[Command], None]
"""Hands an ``executor_*`` command to the cloud; may be called from any thread; never raises."""


class Executor(Protocol):
    """Performs the effects of one tenant's world that need real work."""

    def perform(self, effect: Effect, store: ObjectStore, report: Report) -> None:
        """Begin one effect and return at once; effects of one instance are performed in the order given."""

    @property
    def busy(self) -> bool:
        """True while any process or transfer is under way: virtual time does not jump then."""
        ...

    def close(self) -> None:
        """Kill everything that still runs and remove working directories. Idempotent."""
