"""What a connection tells about the account: quotas, credits, projects, secrets, profiles, and hardware to ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial

from qarnot_hl._async.caller import AsyncCaller
from qarnot_hl._async.credits_client import AsyncCreditsClient
from qarnot_hl._async.fanout import gather
from qarnot_hl._async.secrets import AsyncSecrets
from qarnot_hl._core.money import Credits
from qarnot_hl._core.paging import OffsetResponse, read_offset_page
from qarnot_hl._core.project import Project
from qarnot_hl._core.quotas import OrganizationComputingQuotasDetails, UserComputingQuotas
from qarnot_hl._core.user_info import Profile, UserInfo
from qarnot_hl._core.wire_values import mapping, objects
from qarnot_hl.budget import Budget
from qarnot_hl.exceptions import MissingProfileException
from qarnot_hl.hardware_constraint import HardwareConstraint

LARGEST_PAGE = 50


class AsyncAccountCalls(AsyncCaller):
    """Asked anew each time, as everything here."""

    async def _user_info(self) -> UserInfo:
        from qarnot_client.api.service import info_get

        body = await self._call(info_get._get_kwargs(), "info_get")
        return UserInfo(mapping(body))

    async def credits(self) -> Credits | None:
        """What the account has left."""
        return await AsyncCreditsClient(self).get_account_credits()

    async def project_budgets(self, project_uuid: str, only_active: bool = True) -> list[Budget]:
        """The budgets of a project. Raises :class:`~qarnot_hl.exceptions.MissingProjectException`."""
        return await AsyncCreditsClient(self).get_project_budgets(project_uuid, only_active)

    async def projects(self) -> list[Project]:
        """The projects of the account's organization."""
        return (await self._user_info()).projects

    async def _find_project(self, fits: Callable[[Project], bool]) -> Project | None:
        return next((project for project in await self.projects() if fits(project)), None)

    @property
    def secrets(self) -> AsyncSecrets:
        """The account's secrets."""
        return AsyncSecrets(self)

    async def get_user_computing_quotas(self) -> UserComputingQuotas:
        """How much the account may run at once, and does."""
        from qarnot_client.api.quotas import user_quotas_get

        return UserComputingQuotas._read(mapping(await self._call(user_quotas_get._get_kwargs(), "user_quotas_get")))

    async def get_organization_computing_quotas(self) -> OrganizationComputingQuotasDetails:
        """How much the account's organization may run at once, and who runs how much.

        Raises :class:`~qarnot_hl.exceptions.QarnotGenericException` (404) when there are no such quotas.
        """
        from qarnot_client.api.quotas import organization_quotas_get

        body = await self._call(organization_quotas_get._get_kwargs(), "organization_quotas_get")
        return OrganizationComputingQuotasDetails._read(mapping(body))

    async def hardware_constraints_page(
        self, limit: int | None = LARGEST_PAGE, offset: int | None = 0
    ) -> OffsetResponse[HardwareConstraint]:
        """Some of the constraints that machines can satisfy, from the ``offset``-th on; at most 50 (reference 2.5)."""
        from qarnot_client.api.hardware import hardware_constraints_list
        from qarnot_client.types import UNSET

        kwargs = hardware_constraints_list._get_kwargs(
            limit=UNSET if limit is None else limit, offset=UNSET if offset is None else offset
        )
        body = await self._call(kwargs, "hardware_constraints_list")
        return read_offset_page(body, offset or 0, HardwareConstraint.from_json)

    async def all_hardware_constraints(self) -> AsyncIterator[HardwareConstraint]:
        """Iterate over all constraints that machines can satisfy."""
        offset: int | None = 0
        while offset is not None:
            page = await self.hardware_constraints_page(offset=offset)
            for constraint in page.page_data:
                yield constraint
            offset = page.following

    async def search_cpu_model_constraints(self, cpu_model: str) -> list[HardwareConstraint]:
        """The processor constraints that fit a text best, the best first.

        Raises :class:`~qarnot_hl.exceptions.QarnotGenericException` (404) when none fits.
        """
        from qarnot_client.api.hardware import cpu_model_constraints_search

        request = cpu_model_constraints_search._get_kwargs(cpu_model=cpu_model)
        body = await self._call(request, "cpu_model_constraints_search")
        return [HardwareConstraint.from_json(entry) for entry in objects(body)]

    async def profiles_names(self) -> list[str]:
        """The names of the profiles that the account may use."""
        from qarnot_client.api.profiles import profiles_list

        body = await self._call(profiles_list._get_kwargs(), "profiles_list")
        return [str(name) for name in body] if isinstance(body, list) else []

    async def retrieve_profile(self, name: str) -> Profile:
        """The profile of that name. Raises :class:`~qarnot_hl.exceptions.MissingProfileException`."""
        from qarnot_client.api.profiles import profile_get

        profile = mapping(await self._call(profile_get._get_kwargs(name), "profile_get"))
        return Profile({**profile, "name": profile.get("name") or name})

    async def profile_details(self, profile_name: str) -> Profile | None:
        """The profile of that name, or None."""
        try:
            return await self.retrieve_profile(profile_name)
        except MissingProfileException:
            return None

    async def profiles(self) -> list[Profile]:
        """All profiles that the account may use, with their constants: one request for the names, then one
        each, in parallel.
        """
        names = await self.profiles_names()
        found = await gather([partial(self.profile_details, name) for name in names])
        return [profile for profile in found if profile is not None]
