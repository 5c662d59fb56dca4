"""What tasks and pools have cost, what is left, and the budgets of projects, asked of the credits service."""

from __future__ import annotations

from importlib import import_module

from qarnot_hl._async.caller import AsyncCaller
from qarnot_hl._core.money import Credits, budgets_of
from qarnot_hl._core.wire_values import mapping
from qarnot_hl.budget import Budget


class AsyncCreditsClient:
    """The credits of one account. None where the server names no amount."""

    def __init__(self, connection: AsyncCaller) -> None:
        self._connection = connection

    async def get_task_credits(self, task_id: str) -> Credits | None:
        """What a task has cost. Raises :class:`~qarnot_hl.exceptions.MissingTaskException`."""
        return await self._cost("task", task_id)

    async def get_pool_credits(self, pool_id: str) -> Credits | None:
        """What a pool has cost. Raises :class:`~qarnot_hl.exceptions.MissingPoolException`."""
        return await self._cost("pool", pool_id)

    async def get_account_credits(self) -> Credits | None:
        """What the account has left."""
        from qarnot_client.api.credits_ import account_credits_get

        body = await self._connection._call(account_credits_get._get_kwargs(), "account_credits_get")
        return Credits.from_json(mapping(body))

    async def get_project_budgets(self, project_id: str, only_active: bool) -> list[Budget]:
        """The budgets of a project, without the spent and archived ones if ``only_active``.

        Raises :class:`~qarnot_hl.exceptions.MissingProjectException`.
        """
        from qarnot_client.api.credits_ import project_budgets_list

        request = project_budgets_list._get_kwargs(project_id, active_only=only_active)
        return budgets_of(mapping(await self._connection._call(request, "project_budgets_list")))

    async def _cost(self, noun: str, uuid: str) -> Credits | None:
        operation = f"{noun}_credits"
        module = import_module(f"qarnot_client.api.{noun}s.{operation}")
        return Credits.from_json(mapping(await self._connection._call(module._get_kwargs(uuid), operation)))
