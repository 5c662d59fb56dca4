"""The faults of a cloud in the control API: which are in force, which struck, one more, none any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from qarnot_mock.faults.fault import FaultError, parse
from qarnot_mock.faults.plan import InForce
from qarnot_mock.http.control_calls import Caller, ControlError, Endpoint, Query
from qarnot_mock.sim.commands import Json

if TYPE_CHECKING:
    from qarnot_mock.cloud import Cloud


def endpoints(cloud: Cloud) -> Mapping[str, Mapping[str, Endpoint]]:
    """``/faults``: GET what is in force and what struck, POST a fault, DELETE all or ``?number=``.

    A tenant sees, makes and removes its own; the administrator those of everybody, or of ``?tenant=``.
    """

    def show(caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        owner = _owner(caller)
        return {
            "inForce": [_shown(one) for one in cloud.faults.in_force(owner)],
            "hits": [hit.to_json() for hit in cloud.faults.hits(owner)],
        }

    def add(caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        try:
            fault = parse(body, cloud.faults.known)
        except FaultError as error:
            raise ControlError(400, str(error)) from error
        owner = _owner(caller)
        if owner is not None and fault.tenant not in (None, owner):
            raise ControlError(403, "A tenant's faults hit its own requests only; leave out the key tenant")
        return {"number": cloud.faults.add(fault, owner)}

    def remove(caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        number = query.get("number")
        if number is not None and not number.isdecimal():
            raise ControlError(400, f"number is what POST /_mock/faults answered, not {number!r}")
        removed = cloud.faults.remove(None if number is None else int(number), _owner(caller))
        if number is not None and not removed:
            raise ControlError(404, f"No fault has the number {number}")
        return {"removed": removed}

    return {"/faults": {"GET": show, "POST": add, "DELETE": remove}}


def _owner(caller: Caller) -> str | None:
    return caller.tenant.identity.digest if caller.tenant else None


def _shown(one: InForce) -> Json:
    return {"number": one.number, "owner": one.owner, "hits": one.hits, "fault": one.fault.document}
