"""A whole account in the control API: taken out as a document, put into an empty account, or copied to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from qarnot_mock.http.control_calls import Caller, ControlError, Endpoint, Query
from qarnot_mock.sim.commands import Json
from qarnot_mock.storage.store import StoreError
from qarnot_mock.tenants import Tenant

if TYPE_CHECKING:
    from qarnot_mock.cloud import Cloud


def endpoints(cloud: Cloud) -> Mapping[str, Mapping[str, Endpoint]]:
    """``/export``: GET; ``/import``: POST what that gave; ``/fork``: POST ``{"token": of an empty account}``."""
    calls = _Endpoints(cloud)
    return {"/export": {"GET": calls.export}, "/import": {"POST": calls.fill}, "/fork": {"POST": calls.fork}}


class _Endpoints:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def export(self, caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        return self._export(caller.own())

    def fill(self, caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        return self._fill(caller.own(), body)

    def fork(self, caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        token = body.get("token")
        if not (isinstance(token, str) and token.strip()) or set(body) != {"token"}:
            raise ControlError(400, 'Send {"token": T} with the token of the account that is to be a copy')
        source = caller.own()
        target = self._cloud.authenticate(token.strip())
        if target is None:
            raise ControlError(403, "That token is not accepted here: name one that --account lets in")
        return self._fill(target, self._export(source))

    def _export(self, tenant: Tenant) -> Mapping[str, Json]:
        from qarnot_mock.persistence.export import export  # only here: whoever never asks needs no SQLite

        with self._cloud.still(tenant):
            return export(tenant, self._cloud.lifecycles)

    def _fill(self, tenant: Tenant, document: Mapping[str, Json]) -> Json:
        from qarnot_mock.persistence import DataError
        from qarnot_mock.persistence.export import fill

        try:
            with self._cloud.still(tenant):
                lost = fill(tenant, document, self._cloud.lifecycles, self._cloud.clock.now())
                self._cloud.lose(tenant, lost)
        except (DataError, StoreError) as error:
            raise ControlError(409, str(error)) from error
        return {"tenant": tenant.identity.digest, "email": tenant.identity.email, "commands": len(tenant.journal)}
