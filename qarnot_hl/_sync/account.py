# Generated from qarnot_hl/_async/account.py by scripts/unasync.py. Do not edit.
"""What a connection tells about the account: its limits and counts, and its projects."""

from __future__ import annotations

from collections.abc import Callable

from qarnot_hl._core.project import Project
from qarnot_hl._core.user_info import UserInfo
from qarnot_hl._core.wire_values import mapping
from qarnot_hl._sync.caller import Caller


class AccountCalls(Caller):
    """Asked anew each time, as everything here."""

    def _user_info(self) -> UserInfo:
        from qarnot_client.api.service import info_get

        body = self._call(info_get._get_kwargs(), "info_get")
        return UserInfo(mapping(body))

    def projects(self) -> list[Project]:
        """The projects of the account's organization."""
        return (self._user_info()).projects

    def _find_project(self, fits: Callable[[Project], bool]) -> Project | None:
        return next((project for project in self.projects() if fits(project)), None)
