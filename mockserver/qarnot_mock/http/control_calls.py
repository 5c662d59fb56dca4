"""What the groups of the control API share: who calls, what a call is, and how one is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from qarnot_mock.sim.commands import Json
from qarnot_mock.tenants import Tenant


class ControlError(Exception):
    """A control request that cannot be served; worded as ``{"message": ...}``."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@attrs.frozen
class Caller:
    """Who asks: the administrator (``tenant`` is then the one named by ``?tenant=``, or None) or a tenant."""

    admin: bool
    tenant: Tenant | None

    def own(self) -> Tenant:
        """The world the call is about. Raises :class:`ControlError` when an administrator named none."""
        if self.tenant is None:
            raise ControlError(400, "Say which tenant: add ?tenant=<digest> (listed by GET /_mock/tenants)")
        return self.tenant


Query = Mapping[str, str]
Endpoint = Callable[[Caller, Query, Mapping[str, Json]], Json]
