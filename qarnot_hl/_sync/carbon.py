# Generated from qarnot_hl/_async/carbon.py by scripts/unasync.py. Do not edit.
"""What the energy of tasks and pools was worth, asked of the carbon service."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from qarnot_hl._core.carbon_facts import CarbonFacts
from qarnot_hl._core.wire_values import mapping
from qarnot_hl._sync.caller import Caller

# The API spells the same query parameter in two ways (reference 2.3, row 62).
PARAMETERS: Mapping[str, str] = {"task": "comparison_datacenter", "pool": "comparison_data_center"}


class CarbonClient:
    """``datacenter_name``: what to compare with; None: the service's default, ``european_dc`` (reference 2.2)."""

    def __init__(self, connection: Caller, datacenter_name: str | None = None) -> None:
        self._connection = connection
        self.reference_datacenter_name = datacenter_name

    def get_task_carbon_facts(self, task_id: str) -> CarbonFacts:
        """Those of a task. Raises :class:`~qarnot_hl.exceptions.MissingTaskException`."""
        return self._facts("task", task_id)

    def get_pool_carbon_facts(self, pool_id: str) -> CarbonFacts:
        """Those of a pool. Raises :class:`~qarnot_hl.exceptions.MissingPoolException`."""
        return self._facts("pool", pool_id)

    def _facts(self, noun: str, uuid: str) -> CarbonFacts:
        operation = f"{noun}_carbon_facts"
        module = import_module(f"qarnot_client.api.{noun}s.{operation}")
        name = self.reference_datacenter_name
        query = {PARAMETERS[noun]: name} if name else {}
        return CarbonFacts._read(mapping(self._connection._call(module._get_kwargs(uuid, **query), operation)))
