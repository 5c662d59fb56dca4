"""Puts a cloud together from its parts: clock, worlds, stores, executors. The one place that knows all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import attrs

from qarnot_mock import contract
from qarnot_mock.clock import Clock, RealClock, Wall, wall_clock
from qarnot_mock.cloud import Cloud, CloudSettings
from qarnot_mock.executors.base import Executor
from qarnot_mock.sim.settings import WorldSettings
from qarnot_mock.sim.world import World
from qarnot_mock.storage.accounts import Account
from qarnot_mock.storage.memory import MemoryStore
from qarnot_mock.storage.remote import RemoteStorage
from qarnot_mock.tenants import Furnish, Identity, Tenant

if TYPE_CHECKING:
    from qarnot_mock.scenario import Scenario

MakeExecutor = Callable[[Clock], Executor]


def build_cloud(
    *,
    seed: int = 0,
    clock: Clock | None = None,
    storage_url: str = "http://127.0.0.1:8089",
    accounts: Mapping[str, str] | None = None,
    admin_token: str | None = None,
    make_executor: MakeExecutor | None = None,
    world_settings: WorldSettings | None = None,
    scenario: Scenario | None = None,
    wall: Wall = wall_clock,
    remote_storage: RemoteStorage | None = None,
) -> Cloud:
    """A cloud whose tenants have what ``world_settings`` says, each with a world and a store of its own.

    The clock is real by default. ``make_executor`` makes one executor of real work a tenant, which dates what it
    stores by the clock it is given; without it instances are simulated. ``remote_storage`` is used, and announced,
    instead of a store here. ``scenario`` is applied to ``world_settings``, and its faults are in force for everybody.
    """
    clock = clock or RealClock(wall)
    storage_url = storage_url if remote_storage is None else remote_storage.url
    template = world_settings or WorldSettings()
    template = attrs.evolve(
        template if scenario is None else scenario.apply(template),
        seed=seed,
        storage_url=storage_url,
        executor="external" if make_executor else "simulated",
    )
    settings = CloudSettings(storage_url, accounts, admin_token, seed, storage_elsewhere=remote_storage is not None)
    furnish = _furnisher(template, clock, make_executor, remote_storage)
    cloud = Cloud(contract.load(), clock, furnish, settings, wall)
    for fault in () if scenario is None else scenario.faults:
        cloud.faults.add(fault)
    return cloud


def _furnisher(
    template: WorldSettings, clock: Clock, make_executor: MakeExecutor | None, remote: RemoteStorage | None
) -> Furnish:
    lifecycles = contract.load().lifecycles

    def furnish(identity: Identity, token: str) -> Tenant:
        settings = attrs.evolve(template, tenant=identity.digest, email=identity.email)
        account = Account(
            access_key=identity.email,
            secret_key=token,
            store=MemoryStore() if remote is None else remote.store_for(identity.email, token),
            quota_bytes=settings.quotas.quota_bytes,
            max_buckets=settings.quotas.max_bucket,
        )
        world = World(settings, lifecycles, clock.now())
        return Tenant(identity, world, account, make_executor(clock) if make_executor else None)

    return furnish
