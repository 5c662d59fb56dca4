"""What an account may have and spend: limits of what runs at once, organization, projects and budgets. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

DEFAULT_SLUG = "default"
"""The slug of the project that pays for what names none (reference 3.12)."""


@attrs.frozen
class Budget:
    """What a project may spend. Everything the project spends counts against each of its budgets.

    The policy ``StopAndBlockAll`` of the real service is not offered: nothing that runs is stopped for money here.
    """

    alias: str
    total_cents: int
    policy: Literal["AlertOnly", "BlockNew"] = "AlertOnly"
    archived: bool = False


@attrs.frozen
class Project:
    """What execution can be billed to."""

    name: str
    slug: str
    description: str | None = None
    budgets: tuple[Budget, ...] = ()


@attrs.frozen
class Limit:
    """How much may run at once."""

    instances: int
    cores: int


@attrs.frozen
class Organization:
    """What a user shares with others. ``limits`` is by scheduling type in lower case: ``flex`` and ``ondemand``."""

    name: str
    limits: Mapping[str, Limit]


DEFAULT_PROJECTS = (
    Project("Default", DEFAULT_SLUG),
    Project("Research", "research", "A project with a budget", (Budget("yearly", 500_000),)),
)
DEFAULT_CREDITS = 1_000_000.0
"""Euros: more than all nodes together spend in a year."""
