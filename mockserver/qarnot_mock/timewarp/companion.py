"""Virtual time beside a server: the cloud as the time service needs it, and the place where processes find both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs

from qarnot_mock.clock import VirtualClock
from qarnot_mock.cloud import Cloud
from qarnot_mock.sim.commands import Instant
from qarnot_mock.timewarp.service import TimeService


@attrs.frozen
class CloudInTime:
    """A cloud whose time is moved by its clients' waits."""

    cloud: Cloud

    def busy(self) -> bool:
        """A local process runs: its work takes the time of the wall."""
        return self.cloud.busy

    def next_stop(self) -> Instant | None:
        """Where the next local process may begin; with simulated instances time may go anywhere at once."""
        real_work = any(tenant.executor is not None for tenant in self.cloud.tenants)
        return self.cloud.next_due() if real_work else None

    def catch_up(self) -> None:
        """Let what is due begin."""
        if self.next_stop() is not None:
            self.cloud.tick()


def time_service(directory: Path, say: Callable[[str], None]) -> Callable[[Cloud], TimeService]:
    """What makes the companion of a server whose clock is virtual."""

    def make(cloud: Cloud) -> TimeService:
        assert isinstance(cloud.clock, VirtualClock)
        return TimeService(cloud.clock, CloudInTime(cloud), directory, say)

    return make
