"""The projects of an account, what execution can be billed to: which there are, and who pays (reference 3.12)."""

from __future__ import annotations

from collections.abc import Mapping

from qarnot_mock.sim.allowances import DEFAULT_SLUG, Project
from qarnot_mock.sim.commands import Json, Refusal
from qarnot_mock.sim.ids import uuid_text
from qarnot_mock.sim.state import State


def known(state: State) -> Mapping[str, Project]:
    """The projects of the account by uuid."""
    settings = state.settings
    return {
        uuid_text(settings.seed, settings.tenant, "project", number): project
        for number, project in enumerate(settings.projects, start=1)
    }


def paying(state: State, uuid: str) -> str:
    """The project that pays for what names this one or, with an empty text, none. Raises a 400 for an unknown one.

    Empty when nothing is named and there is no default project. That it is a 400, as for jobs, is assumed.
    """
    projects = known(state)
    if uuid and uuid not in projects:
        raise Refusal(400, f"No such project: {uuid}")
    return uuid or next((each for each, project in projects.items() if project.slug == DEFAULT_SLUG), "")


def wire(state: State) -> list[Json]:
    """The projects as ``GET /info`` lists them."""
    settings = state.settings
    organization = uuid_text(settings.seed, settings.tenant, "organization", 1) if settings.organization else None
    return [
        {
            "uuid": uuid,
            "name": project.name,
            "slug": project.slug,
            "organizationUuid": organization,
            "description": project.description,
            "isDefault": project.slug == DEFAULT_SLUG,
        }
        for uuid, project in known(state).items()
    ]
