"""What a connection tells about the account: its limits and counts, and its projects."""

from __future__ import annotations

from collections.abc import Callable

from qarnot_hl._async.caller import AsyncCaller
from qarnot_hl._core.project import Project
from qarnot_hl._core.user_info import UserInfo
from qarnot_hl._core.wire_values import mapping


class AsyncAccountCalls(AsyncCaller):
    """Asked anew each time, as everything here."""

    async def _user_info(self) -> UserInfo:
        from qarnot_client.api.service import info_get

        body = await self._call(info_get._get_kwargs(), "info_get")
        return UserInfo(mapping(body))

    async def projects(self) -> list[Project]:
        """The projects of the account's organization."""
        return (await self._user_info()).projects

    async def _find_project(self, fits: Callable[[Project], bool]) -> Project | None:
        return next((project for project in await self.projects() if fits(project)), None)
