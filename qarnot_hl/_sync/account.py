# Generated from qarnot_hl/_async/account.py by scripts/unasync.py. Do not edit.
"""What a connection tells about the account: quotas, credits, projects, secrets, profiles, and hardware to ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from qarnot_hl._core.money import Credits
from qarnot_hl._core.paging import OffsetResponse, read_offset_page
from qarnot_hl._core.project import Project
from qarnot_hl._core.quotas import OrganizationComputingQuotasDetails, UserComputingQuotas
from qarnot_hl._core.user_info import Profile, UserInfo
from qarnot_hl._core.wire_values import mapping, objects
from qarnot_hl._sync.caller import Caller
from qarnot_hl._sync.credits_client import CreditsClient
from qarnot_hl._sync.fanout import gather
from qarnot_hl._sync.secrets import Secrets
from qarnot_hl.budget import Budget
from qarnot_hl.exceptions import MissingProfileException
from qarnot_hl.hardware_constraint import HardwareConstraint

LARGEST_PAGE = 50


class AccountCalls(Caller):
    """Asked anew each time, as everything here."""

    def _user_info(self) -> UserInfo:
        from qarnot_client.api.service import info_get

        body = self._call(info_get._get_kwargs(), "info_get")
        return UserInfo(mapping(body))

    def credits(self) -> Credits | None:
        """What the account has left."""
        return CreditsClient(self).get_account_credits()

    def project_budgets(self, project_uuid: str, only_active: bool = True) -> list[Budget]:
        """The budgets of a project. Raises :class:`~qarnot_hl.exceptions.MissingProjectException`."""
        return CreditsClient(self).get_project_budgets(project_uuid, only_active)

    def projects(self) -> list[Project]:
        """The projects of the account's organization."""
        return (self._user_info()).projects

    def _find_project(self, fits: Callable[[Project], bool]) -> Project | None:
        return next((project for project in self.projects() if fits(project)), None)

    @property
    def secrets(self) -> Secrets:
        """The account's secrets."""
        return Secrets(self)

    def get_user_computing_quotas(self) -> UserComputingQuotas:
        """How much the account may run at once, and does."""
        from qarnot_client.api.quotas import user_quotas_get

        return UserComputingQuotas._read(mapping(self._call(user_quotas_get._get_kwargs(), "user_quotas_get")))

    def get_organization_computing_quotas(self) -> OrganizationComputingQuotasDetails:
        """How much the account's organization may run at once, and who runs how much.

        Raises :class:`~qarnot_hl.exceptions.QarnotGenericException` (404) when there are no such quotas.
        """
        from qarnot_client.api.quotas import organization_quotas_get

        body = self._call(organization_quotas_get._get_kwargs(), "organization_quotas_get")
        return OrganizationComputingQuotasDetails._read(mapping(body))

    def hardware_constraints_page(
        self, limit: int | None = LARGEST_PAGE, offset: int | None = 0
    ) -> OffsetResponse[HardwareConstraint]:
        """Some of the constraints that machines can satisfy, from the ``offset``-th on; at most 50 (reference 2.5)."""
        from qarnot_client.api.hardware import hardware_constraints_list
        from qarnot_client.types import UNSET

        kwargs = hardware_constraints_list._get_kwargs(
            limit=UNSET if limit is None else limit, offset=UNSET if offset is None else offset
        )
        body = self._call(kwargs, "hardware_constraints_list")
        return read_offset_page(body, offset or 0, HardwareConstraint.from_json)

    def all_hardware_constraints(self) -> Iterator[HardwareConstraint]:
        """Iterate over all constraints that machines can satisfy."""
        offset: int | None = 0
        while offset is not None:
            page = self.hardware_constraints_page(offset=offset)
            yield from page.page_data
            offset = page.following

    def search_cpu_model_constraints(self, cpu_model: str) -> list[HardwareConstraint]:
        """The processor constraints that fit a text best, the best first.

        Raises :class:`~qarnot_hl.exceptions.QarnotGenericException` (404) when none fits.
        """
        from qarnot_client.api.hardware import cpu_model_constraints_search

        request = cpu_model_constraints_search._get_kwargs(cpu_model=cpu_model)
        body = self._call(request, "cpu_model_constraints_search")
        return [HardwareConstraint.from_json(entry) for entry in objects(body)]

    def profiles_names(self) -> list[str]:
        """The names of the profiles that the account may use."""
        from qarnot_client.api.profiles import profiles_list

        body = self._call(profiles_list._get_kwargs(), "profiles_list")
        return [str(name) for name in body] if isinstance(body, list) else []

    def retrieve_profile(self, name: str) -> Profile:
        """The profile of that name. Raises :class:`~qarnot_hl.exceptions.MissingProfileException`."""
        from qarnot_client.api.profiles import profile_get

        profile = mapping(self._call(profile_get._get_kwargs(name), "profile_get"))
        return Profile({**profile, "name": profile.get("name") or name})

    def profile_details(self, profile_name: str) -> Profile | None:
        """The profile of that name, or None."""
        try:
            return self.retrieve_profile(profile_name)
        except MissingProfileException:
            return None

    def profiles(self) -> list[Profile]:
        """All profiles that the account may use, with their constants: one request for the names, then one
        each, in parallel.
        """
        names = self.profiles_names()
        found = gather([partial(self.profile_details, name) for name in names])
        return [profile for profile in found if profile is not None]
