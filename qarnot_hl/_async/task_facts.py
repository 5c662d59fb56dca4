"""What other services know of a task: its energy, its price, its network."""

from __future__ import annotations

from qarnot_hl._async.carbon import AsyncCarbonClient
from qarnot_hl._async.credits_client import AsyncCreditsClient
from qarnot_hl._async.task_object import AsyncTaskObject
from qarnot_hl._core.carbon_facts import CarbonFacts
from qarnot_hl._core.json_types import JsonObject
from qarnot_hl._core.money import Credits
from qarnot_hl._core.wire_values import mapping


class AsyncTaskFacts(AsyncTaskObject):
    """Asked anew each time. Raises :class:`~qarnot_hl.exceptions.MissingTaskException`."""

    async def carbon_facts(self, datacenter_name: str | None = None) -> CarbonFacts | None:
        """What the energy of the task was worth, compared with a datacenter (default: the service's choice).

        None before submit.
        """
        if self.uuid is None:
            return None
        return await AsyncCarbonClient(self._connection, datacenter_name).get_task_carbon_facts(self.uuid)

    async def credits(self) -> Credits | None:
        """What the task has cost; None before submit."""
        return await AsyncCreditsClient(self._connection).get_task_credits(self.uuid) if self.uuid else None

    async def port_forwards(self) -> dict[int, dict[str, JsonObject]]:
        """How to reach ports of the running instances: by instance id and name of the forward, as the API writes it.

        ``access`` holds ``publicHost`` and ``publicPort`` (reference 3.11). Nothing before submit.
        """
        if self.uuid is None:
            return {}
        forwards = mapping((await self._operate("port_forward")).json())
        return {
            int(instance): {name: mapping(forward) for name, forward in mapping(named).items()}
            for instance, named in forwards.items()
            if instance.isdecimal()
        }
