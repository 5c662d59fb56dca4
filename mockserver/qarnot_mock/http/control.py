"""The control API under ``/_mock/``: time, the journal, the state, the tenants and more, for tests and for people.

A tenant's token reaches its own world only; the administrator's token reaches all of them. It shares nothing with
the API of the cloud and is not part of the spec.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from qarnot_mock.clock import SECOND, VirtualClock, to_iso
from qarnot_mock.http import control_claims, control_faults, control_scenario, control_state, dialect
from qarnot_mock.http.control_calls import Caller, ControlError, Endpoint, Query
from qarnot_mock.messages import Request, Response
from qarnot_mock.sim.commands import Instant, Json

if TYPE_CHECKING:
    from qarnot_mock.cloud import Cloud

ROOT = "/_mock"


class ControlApi:
    """Answers requests under :data:`ROOT`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._endpoints: Mapping[str, Mapping[str, Endpoint]] = {
            "/clock": {"GET": self._clock},
            "/clock/advance": {"POST": self._advance},
            "/clock/jump": {"POST": self._jump},
            "/journal": {"GET": self._journal},
            "/state": {"GET": self._state},
            "/reset": {"POST": self._reset},
            "/tenants": {"GET": self._tenants},
            "/contract-errors": {"GET": self._contract_errors},
            **control_scenario.endpoints(cloud),
            **control_faults.endpoints(cloud),
            **control_claims.endpoints(cloud),
            **control_state.endpoints(cloud),
        }

    def handle(self, request: Request) -> Response:
        """Answer one control request; never raises for what a client sent."""
        path = request.path.removeprefix(ROOT).removesuffix("/")
        if path == "/health":
            return dialect.json_response(200, {"status": "ok", "now": to_iso(self._cloud.clock.now())})
        endpoints = self._endpoints.get(path)
        if endpoints is None:
            known = ", ".join(ROOT + name for name in ("/health", *self._endpoints))
            return dialect.message(404, f"No such path: {request.path}. There are: {known}")
        endpoint = endpoints.get(request.method)
        if endpoint is None:
            allow = ", ".join(endpoints)
            return dialect.message(405, f"{request.path} allows {allow}", (("allow", allow),))
        query = dict(parse_qsl(request.query))
        try:
            return dialect.json_response(200, endpoint(self._caller(request, query), query, _body(request)))
        except ControlError as error:
            if error.status == 401:
                return dialect.unauthorized(str(error))
            return dialect.message(error.status, str(error))

    def _caller(self, request: Request, query: Query) -> Caller:
        token = request.header("authorization").strip()
        if not token:
            raise ControlError(401, "Missing authentication token")
        if self._cloud.is_admin(token):
            digest = query.get("tenant")
            tenant = self._cloud.tenants.by_digest(digest) if digest else None
            if digest and tenant is None:
                raise ControlError(404, f"No such tenant: {digest}")
            return Caller(True, tenant)
        tenant = self._cloud.authenticate(token)
        if tenant is None:
            raise ControlError(401, "Bad authentication token")
        return Caller(False, tenant)

    def _clock(self, caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        due = caller.tenant.world.next_due() if caller.tenant else self._cloud.next_due()
        now = self._cloud.clock.now()
        return {
            "mode": self._cloud.clock.mode,
            "now": to_iso(now),
            "microseconds": now,
            "nextDue": None if due is None else to_iso(due),
            "busy": self._cloud.busy,
        }

    def _virtual(self) -> VirtualClock:
        if not isinstance(self._cloud.clock, VirtualClock):
            mode = self._cloud.clock.mode
            raise ControlError(409, f"Time is {mode}, it moves by itself; start with --time virtual to move it")
        if self._cloud.busy:
            raise ControlError(409, "A local process runs; virtual time stands still until it has ended")
        return self._cloud.clock

    def _advance(self, caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        seconds = body.get("seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < math.inf:
            raise ControlError(400, 'Send {"seconds": S} with a number of at least 0')
        self._virtual().advance(round(seconds * SECOND))
        self._cloud.tick()
        return self._clock(caller, query, body)

    def _jump(self, caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        clock = self._virtual()
        due: Instant | None = caller.tenant.world.next_due() if caller.tenant else self._cloud.next_due()
        if due is None:
            raise ControlError(409, "Nothing is due: no world would move by itself")
        clock.jump_to(due)
        self._cloud.tick()
        return self._clock(caller, query, body)

    def _journal(self, caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        since = query.get("since", "0")
        if not since.isdecimal():
            raise ControlError(400, f"since is the order of an entry, not {since!r}")
        return [entry.to_json() for entry in caller.own().journal.since(int(since))]

    def _state(self, caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        tenant = caller.own()
        self._cloud.catch_up(tenant)
        return tenant.world.dump()

    def _reset(self, caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        named = [caller.tenant] if caller.tenant else list(self._cloud.tenants)
        for tenant in named:
            self._cloud.reset(tenant)
        return {"reset": [tenant.identity.digest for tenant in named]}

    def _tenants(self, caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        self._admin_only(caller)
        return [
            {
                "tenant": tenant.identity.digest,
                "email": tenant.identity.email,
                "commands": len(tenant.journal),
                "buckets": len(tenant.account.store.bucket_names()),
            }
            for tenant in self._cloud.tenants
        ]

    def _contract_errors(self, caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        self._admin_only(caller)
        return list(self._cloud.contract_errors)

    def _admin_only(self, caller: Caller) -> None:
        if not caller.admin:
            raise ControlError(403, "Only the admin token, printed when the server starts, may ask this")


def _body(request: Request) -> Mapping[str, Json]:
    if not request.body.strip():
        return {}
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise ControlError(400, f"The body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise ControlError(400, "The body is a JSON object")
    return body
