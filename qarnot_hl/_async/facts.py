"""What other services know of a task or pool: its energy and its price."""

from __future__ import annotations

from qarnot_hl._async.carbon import AsyncCarbonClient
from qarnot_hl._async.credits_client import AsyncCreditsClient
from qarnot_hl._async.resource import AsyncResource
from qarnot_hl._core.carbon_facts import CarbonFacts
from qarnot_hl._core.money import Credits


class AsyncFacts(AsyncResource):
    """Asked anew each time. Raises :class:`~qarnot_hl.exceptions.MissingTaskException`, or the one of the pool."""

    async def carbon_facts(self, datacenter_name: str | None = None) -> CarbonFacts | None:
        """What its energy was worth, compared with a datacenter (default: the service's choice).

        None before submit.
        """
        if self.uuid is None:
            return None
        return await AsyncCarbonClient(self._connection, datacenter_name)._facts(self.NOUN, self.uuid)

    async def credits(self) -> Credits | None:
        """What it has cost; None before submit."""
        return await AsyncCreditsClient(self._connection)._cost(self.NOUN, self.uuid) if self.uuid else None
