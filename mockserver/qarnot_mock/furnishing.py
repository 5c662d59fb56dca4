"""Furnishes a tenant: a world, a store, an executor; empty, or as it is written down in a directory of data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import attrs

from qarnot_mock.clock import Clock
from qarnot_mock.executors.base import Executor
from qarnot_mock.journal import Journal
from qarnot_mock.sim.commands import Json
from qarnot_mock.sim.settings import WorldSettings
from qarnot_mock.sim.world import World
from qarnot_mock.storage.accounts import Account
from qarnot_mock.storage.memory import MemoryStore
from qarnot_mock.storage.remote import RemoteStorage
from qarnot_mock.tenants import Identity, Tenant

if TYPE_CHECKING:
    from qarnot_mock.persistence import DataDirectory, TenantFile

MakeExecutor = Callable[[Clock], Executor]


@attrs.frozen
class Furnisher:
    """``template`` is what every world is made with, but for its identity."""

    template: WorldSettings
    clock: Clock
    lifecycles: Mapping[str, Json]
    make_executor: MakeExecutor | None = None
    remote: RemoteStorage | None = None
    data: DataDirectory | None = None

    def furnish(self, identity: Identity, token: str, as_written: bool) -> Tenant:
        """A tenant. Raises :class:`~qarnot_mock.persistence.DataError` for one whose data cannot be used."""
        settings = attrs.evolve(self.template, tenant=identity.digest, email=identity.email)
        if self.data is not None:
            return self._written(self.data, settings, identity, token, as_written)
        store = MemoryStore() if self.remote is None else self.remote.store_for(identity.email, token)
        account = _account(settings, token, store=store)
        return Tenant(identity, World(settings, self.lifecycles, self.clock.now()), account, self._executor())

    def _written(
        self, data: DataDirectory, settings: WorldSettings, identity: Identity, token: str, as_written: bool
    ) -> Tenant:
        # Imported here: a mock without --data needs no SQLite.
        from qarnot_mock.persistence.restoring import restore

        if not as_written:
            data.erase(identity.digest)
        data.admit(token, identity.email)
        file = data.tenant(identity.digest)
        account = self._written_account(data, file, settings, token)
        restored = restore(file, settings, self.lifecycles, self.clock.now())
        return Tenant(
            identity,
            restored.world,
            account,
            self._executor(),
            Journal(restored.entries, file.append),
            file,
            restored.performed,
            restored.pending,
            restored.abroad,
        )

    def _written_account(self, data: DataDirectory, file: TenantFile, settings: WorldSettings, token: str) -> Account:
        from qarnot_mock.storage.directory import DirectoryStore
        from qarnot_mock.storage.directory_uploads import DirectoryUploads

        if self.remote is not None:
            return _account(settings, token, store=self.remote.store_for(settings.email, token), commit=file.commit)
        store = DirectoryStore(file.connection, data.objects(settings.tenant))
        return _account(
            settings, token, store=store, uploads=DirectoryUploads(store, settings.tenant), commit=store.commit
        )

    def _executor(self) -> Executor | None:
        return self.make_executor(self.clock) if self.make_executor else None


def _account(settings: WorldSettings, token: str, **parts: object) -> Account:
    return Account(
        access_key=settings.email,
        secret_key=token,
        quota_bytes=settings.quotas.quota_bytes,
        max_buckets=settings.quotas.max_bucket,
        **parts,  # type: ignore[arg-type]  # the parts of a store in memory or in a directory
    )
