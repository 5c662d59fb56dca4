"""What a world is made with: identity, quotas, nodes, phase durations, catalogues. All of it immutable data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

from qarnot_mock.sim.allowances import DEFAULT_CREDITS, DEFAULT_PROJECTS, Limit, Organization, Project
from qarnot_mock.sim.nodes import DEFAULT_NODES, NodeKind
from qarnot_mock.sim.profiles import DEFAULT_PROFILES, Profile
from qarnot_mock.sim.script import NO_SCRIPT, Script


def _positive(_: object, attribute: attrs.Attribute[float], value: float) -> None:
    if value <= 0:
        raise ValueError(f"{attribute.name} must be above 0 seconds, not {value}: states would be skipped")


@attrs.frozen
class Durations:
    """Seconds of virtual time that each phase takes; ``execution`` is what MOCK_DURATION overrides."""

    queue: float = attrs.field(default=1.0, validator=_positive)
    dispatch: float = attrs.field(default=1.0, validator=_positive)
    download: float = attrs.field(default=1.0, validator=_positive)
    environment: float = attrs.field(default=2.0, validator=_positive)
    execution: float = attrs.field(default=1.0, validator=_positive)
    upload: float = attrs.field(default=1.0, validator=_positive)
    shutdown: float = attrs.field(default=1.0, validator=_positive)
    removal: float = attrs.field(default=1.0, validator=_positive)
    snapshot: float = attrs.field(default=0.25, validator=_positive)


@attrs.frozen
class Quotas:
    """Limits of an account, under the names of ``GET /info`` in snake case (sample values of reference 3.12).

    Those of one scheduling type are the general ones when they are None.
    """

    max_bucket: int = 100
    max_task: int = 100
    max_job: int = 100
    max_pool: int = 50
    max_running_task: int = 10
    max_running_pool: int = 50
    max_instances: int = 64
    max_cores: int = 512
    max_flex_instances: int | None = None
    max_flex_cores: int | None = None
    max_on_demand_instances: int | None = None
    max_on_demand_cores: int | None = None
    quota_bytes: int = 10 * 2**30

    @property
    def limits(self) -> Mapping[str, Limit]:
        """What may run at once by scheduling type."""
        return {
            "flex": self._limit(self.max_flex_instances, self.max_flex_cores),
            "ondemand": self._limit(self.max_on_demand_instances, self.max_on_demand_cores),
        }

    def _limit(self, instances: int | None, cores: int | None) -> Limit:
        return Limit(self.max_instances if instances is None else instances, self.max_cores if cores is None else cores)


@attrs.frozen
class WorldSettings:
    """One tenant's world. ``tenant`` is a digest of the token, never the token itself; ``credits`` are euros.

    Where ``script`` speaks of nodes, quotas or credits it has the last word, and of durations too.
    """

    seed: int = 0
    tenant: str = "tenant"
    email: str = "user@example.com"
    executor: Literal["simulated", "external"] = "simulated"
    storage_url: str = "http://127.0.0.1:8089"
    profiles: tuple[Profile, ...] = DEFAULT_PROFILES
    quotas: Quotas = Quotas()
    nodes: tuple[NodeKind, ...] = DEFAULT_NODES
    durations: Durations = Durations()
    credits: float = DEFAULT_CREDITS
    projects: tuple[Project, ...] = DEFAULT_PROJECTS
    organization: Organization | None = None
    output_cap: int = 1_000_000
    snapshot_minimum_interval: int = 10
    script: Script = NO_SCRIPT

    def scripted(self) -> WorldSettings:
        """These settings with the nodes, quotas and credits of the script in place of their own."""
        script = self.script
        return attrs.evolve(
            self,
            nodes=self.nodes if script.capacity is None else script.capacity,
            quotas=attrs.evolve(self.quotas, **(script.quotas or {})),
            credits=self.credits if script.credits is None else script.credits,
        )
