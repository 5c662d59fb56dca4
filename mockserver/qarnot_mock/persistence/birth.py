"""What a world was born with, as far as a replay needs it: enough to make the same empty world again. Plain data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal

import attrs

from qarnot_mock.sim.commands import Instant, Json
from qarnot_mock.sim.script_document import parse
from qarnot_mock.sim.settings import WorldSettings

RULES = 1
"""Raised whenever the simulation would answer recorded commands otherwise than it did."""


@attrs.frozen
class Birth:
    """A world's settings and the instant at which it began.

    ``rules`` stands for the simulation and its lifecycle tables, ``ground`` for the settings that no option changes: a
    replay under others would be another run.
    """

    born: Instant
    seed: int
    tenant: str
    email: str
    executor: Literal["simulated", "external"]
    storage_url: str
    scenario: Mapping[str, Json]
    rules: str
    ground: str

    @classmethod
    def of(cls, settings: WorldSettings, lifecycles: Mapping[str, Json], born: Instant) -> Birth:
        """The birth of a world that is made now."""
        return cls(
            born, settings.seed, settings.tenant, settings.email, settings.executor, settings.storage_url,
            settings.script.document, rules_of(lifecycles), ground_of(settings),
        )  # fmt: skip

    def settings(self, template: WorldSettings) -> WorldSettings:
        """The settings of the world; ``template`` has those that no option changes."""
        return attrs.evolve(
            template, seed=self.seed, tenant=self.tenant, email=self.email,
            executor=self.executor, storage_url=self.storage_url, script=parse(self.scenario),
        )  # fmt: skip

    def to_json(self) -> Mapping[str, Json]:
        """As plain data."""
        return attrs.asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Birth:
        """What :meth:`to_json` gave. Raises TypeError or ValueError for anything else."""
        return cls(**value)


def rules_of(lifecycles: Mapping[str, Json]) -> str:
    """What stands for the rules of this version."""
    tables = json.dumps(lifecycles, sort_keys=True, separators=(",", ":"))
    return f"{RULES}-{hashlib.sha256(tables.encode()).hexdigest()[:12]}"


def ground_of(settings: WorldSettings) -> str:
    """What stands for the settings that no option changes: catalogues, quotas, durations."""
    same = attrs.evolve(
        settings, seed=0, tenant="", email="", executor="simulated", storage_url="", script=WorldSettings().script
    )
    return hashlib.sha256(repr(same).encode()).hexdigest()[:12]
