"""Projects: who pays within an organization. Pure: what must be asked is asked through the connection that is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from attrs import field, frozen

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.wire_values import text
from qarnot_hl._core.wired import FrozenWired, keyed

R_co = TypeVar("R_co", covariant=True)


class KnowsProjects(Protocol[R_co]):
    """A connection of either flavour: the answer, or what is to be awaited for it."""

    def _find_project(self, fits: Callable[[Project], bool]) -> R_co: ...


class KnowsBudgets(Protocol[R_co]):
    """The same for budgets."""

    def project_budgets(self, project_uuid: str, only_active: bool = True) -> R_co: ...


def _text(key: str) -> dict[str, Json]:
    return keyed(key, read=text)


@frozen
class Project(FrozenWired):
    """A project of the account's organization.

    The ``retrieve_…`` calls look through the account's projects and give None when none fits; with an asynchronous
    connection they are to be awaited.
    """

    uuid: str | None = field(default=None, metadata=_text("uuid"))
    name: str | None = field(default=None, metadata=_text("name"))
    slug: str | None = field(default=None, metadata=_text("slug"))
    organization_uuid: str | None = field(default=None, metadata=_text("organizationUuid"))
    description: str | None = field(default=None, metadata=_text("description"))
    _is_default: bool | None = field(
        default=None, metadata=keyed("isDefault", read=lambda value: value if isinstance(value, bool) else None)
    )

    @property
    def is_default(self) -> bool:
        """Whether what names no project goes here; where the server does not say, the slug ``default`` marks it."""
        return self.slug == "default" if self._is_default is None else self._is_default

    @classmethod
    def from_json(cls, payload: JsonObject) -> Project:
        """Reads the wire form."""
        return cls._read(payload)

    @staticmethod
    def retrieve_default(connection: KnowsProjects[R_co]) -> R_co:
        """The default project."""
        return connection._find_project(lambda project: project.is_default)

    @staticmethod
    def retrieve_by_uuid(connection: KnowsProjects[R_co], uuid: str) -> R_co:
        """The project of that uuid."""
        return connection._find_project(lambda project: project.uuid == uuid)

    @staticmethod
    def retrieve_by_slug(connection: KnowsProjects[R_co], slug: str) -> R_co:
        """The project of that slug."""
        return connection._find_project(lambda project: project.slug == slug)

    @staticmethod
    def retrieve_by_name(connection: KnowsProjects[R_co], name: str) -> R_co:
        """The first project of that name."""
        return connection._find_project(lambda project: project.name == name)

    def get_active_budgets(self, connection: KnowsBudgets[R_co]) -> R_co:
        """The project's budgets that can still be spent from."""
        return connection.project_budgets(str(self.uuid), True)

    def get_all_budgets(self, connection: KnowsBudgets[R_co]) -> R_co:
        """All of the project's budgets."""
        return connection.project_budgets(str(self.uuid), False)
