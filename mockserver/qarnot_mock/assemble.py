"""Puts a cloud together from its parts: clock, worlds, stores, executors. The one place that knows all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from qarnot_mock import contract
from qarnot_mock.clock import Clock, RealClock, Wall, wall_clock
from qarnot_mock.cloud import Cloud, CloudSettings
from qarnot_mock.furnishing import Furnisher, MakeExecutor
from qarnot_mock.sim.settings import WorldSettings
from qarnot_mock.storage.remote import RemoteStorage

if TYPE_CHECKING:
    from qarnot_mock.persistence import DataDirectory
    from qarnot_mock.scenario import Scenario


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
    data: DataDirectory | None = None,
) -> Cloud:
    """A cloud whose tenants have what ``world_settings`` says, each with a world and a store of its own.

    The clock is real by default. ``make_executor`` makes one executor of real work a tenant, which dates what it
    stores by the clock it is given; without it instances are simulated. ``remote_storage`` is used, and announced,
    instead of a store here. ``scenario`` is applied to ``world_settings``, and its faults are in force for everybody.
    ``data`` is where tenants are written down, and from where those of an earlier cloud come back; raises
    :class:`~qarnot_mock.persistence.DataError` where that cannot be.
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
    furnisher = Furnisher(template, clock, contract.load().lifecycles, make_executor, remote_storage, data)
    written = None if data is None else data.credentials()
    cloud = Cloud(contract.load(), clock, furnisher.furnish, settings, wall, written)
    for fault in () if scenario is None else scenario.faults:
        cloud.faults.add(fault)
    if data is not None:
        cloud.on_close = data.close
        try:
            cloud.recover(None if scenario is None else scenario.document)
        except BaseException:
            cloud.close()
            raise
    return cloud
