# Generated from qarnot_hl/_async/facts.py by scripts/unasync.py. Do not edit.
"""What other services know of a task or pool: its energy and its price."""

from __future__ import annotations

from qarnot_hl._core.carbon_facts import CarbonFacts
from qarnot_hl._core.money import Credits
from qarnot_hl._sync.carbon import CarbonClient
from qarnot_hl._sync.credits_client import CreditsClient
from qarnot_hl._sync.resource import Resource


class Facts(Resource):
    """Asked anew each time. Raises :class:`~qarnot_hl.exceptions.MissingTaskException`, or the one of the pool."""

    def carbon_facts(self, datacenter_name: str | None = None) -> CarbonFacts | None:
        """What its energy was worth, compared with a datacenter (default: the service's choice).

        None before submit.
        """
        if self.uuid is None:
            return None
        return CarbonClient(self._connection, datacenter_name)._facts(self.NOUN, self.uuid)

    def credits(self) -> Credits | None:
        """What it has cost; None before submit."""
        return CreditsClient(self._connection)._cost(self.NOUN, self.uuid) if self.uuid else None
