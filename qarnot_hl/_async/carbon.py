"""What the energy of tasks was worth, asked of the carbon service."""

from __future__ import annotations

from qarnot_hl._async.caller import AsyncCaller
from qarnot_hl._core.carbon_facts import CarbonFacts
from qarnot_hl._core.wire_values import mapping


class AsyncCarbonClient:
    """``datacenter_name``: what to compare with; None: the service's default, ``european_dc`` (reference 2.2)."""

    def __init__(self, connection: AsyncCaller, datacenter_name: str | None = None) -> None:
        self._connection = connection
        self.reference_datacenter_name = datacenter_name

    async def get_task_carbon_facts(self, task_id: str) -> CarbonFacts:
        """Those of a task. Raises :class:`~qarnot_hl.exceptions.MissingTaskException`."""
        from qarnot_client.api.tasks import task_carbon_facts
        from qarnot_client.types import UNSET

        wanted = self.reference_datacenter_name or UNSET
        request = task_carbon_facts._get_kwargs(task_id, comparison_datacenter=wanted)
        return CarbonFacts._read(mapping(await self._connection._call(request, "task_carbon_facts")))
