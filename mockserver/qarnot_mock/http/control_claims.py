"""Claims in the control API: a test in any language asks whether its account did what it should have.

``POST /_mock/claims`` with ``{"claim": "no_duplicate_submit"}``: 200 when it holds, 417 with the reason when it does
not, so that a client that fails on bad statuses fails the test.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from qarnot_mock.claims import CLAIMS, Account, NoClaim, check
from qarnot_mock.http.control_calls import Caller, ControlError, Endpoint, Query
from qarnot_mock.http.document import as_object
from qarnot_mock.sim.commands import Json

if TYPE_CHECKING:
    from qarnot_mock.cloud import Cloud

FAILED = 417


def endpoints(cloud: Cloud) -> Mapping[str, Mapping[str, Endpoint]]:
    """``/claims``: GET lists what can be claimed, POST checks one."""

    def listed(caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        return {name: (claim.__doc__ or "").partition("\n")[0] for name, claim in CLAIMS.items()}

    def checked(caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        tenant = caller.own()
        cloud.catch_up(tenant)
        words = {key: value for key, value in body.items() if key != "claim"}
        try:
            account = Account(tenant.journal.since(), as_object(tenant.world.dump()))
            reason = check(account, str(body.get("claim")), words)
        except NoClaim as error:
            raise ControlError(400, str(error)) from error
        if reason:
            raise ControlError(FAILED, reason)
        return {"holds": True}

    return {"/claims": {"GET": listed, "POST": checked}}
