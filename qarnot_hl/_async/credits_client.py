"""What tasks have cost, asked of the credits service."""

from __future__ import annotations

from qarnot_hl._async.caller import AsyncCaller
from qarnot_hl._core.money import Credits
from qarnot_hl._core.wire_values import mapping


class AsyncCreditsClient:
    """The credits of one account. None where the server names no amount."""

    def __init__(self, connection: AsyncCaller) -> None:
        self._connection = connection

    async def get_task_credits(self, task_id: str) -> Credits | None:
        """What a task has cost. Raises :class:`~qarnot_hl.exceptions.MissingTaskException`."""
        from qarnot_client.api.tasks import task_credits

        body = await self._connection._call(task_credits._get_kwargs(task_id), "task_credits")
        return Credits.from_json(mapping(body))
