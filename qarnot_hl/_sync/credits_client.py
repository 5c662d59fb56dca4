# Generated from qarnot_hl/_async/credits_client.py by scripts/unasync.py. Do not edit.
"""What tasks have cost, asked of the credits service."""

from __future__ import annotations

from qarnot_hl._core.money import Credits
from qarnot_hl._core.wire_values import mapping
from qarnot_hl._sync.caller import Caller


class CreditsClient:
    """The credits of one account. None where the server names no amount."""

    def __init__(self, connection: Caller) -> None:
        self._connection = connection

    def get_task_credits(self, task_id: str) -> Credits | None:
        """What a task has cost. Raises :class:`~qarnot_hl.exceptions.MissingTaskException`."""
        from qarnot_client.api.tasks import task_credits

        body = self._connection._call(task_credits._get_kwargs(task_id), "task_credits")
        return Credits.from_json(mapping(body))
