"""The scenario of a world in the control API: read it, replace it or single sections of it, while the world runs.

Its faults are those of the tenant alone; they stand between client and cloud, not in the world, nor in its journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from qarnot_mock.http.control_calls import Caller, ControlError, Endpoint, Query
from qarnot_mock.sim.commands import Command, Json, Refusal
from qarnot_mock.sim.script_document import SECTIONS

if TYPE_CHECKING:
    from qarnot_mock.cloud import Cloud
    from qarnot_mock.scenario import Scenario

FAULTS = "faults"


def endpoints(cloud: Cloud) -> Mapping[str, Mapping[str, Endpoint]]:
    """``/scenario``: GET, PUT (a scenario, or ``{"name": one of the library}``), PATCH (sections, null for none)."""
    return _Endpoints(cloud).table


class _Endpoints:
    """``_numbers`` are those of the faults that a scenario has put in force, by tenant."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._numbers: dict[str, list[int]] = {}
        self.table: Mapping[str, Mapping[str, Endpoint]] = {
            "/scenario": {"GET": self._show, "PUT": self._replace, "PATCH": self._patch}
        }

    def _show(self, caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        tenant = caller.own()
        numbers = self._numbers.get(tenant.identity.digest, ())
        ours = [one.fault.document for one in self._cloud.faults.in_force() if one.number in numbers]
        return {**tenant.world.settings.script.document, **({FAULTS: ours} if ours else {})}

    def _replace(self, caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        return self._put_in_force(caller, query, _scenario(body), body, patch=False)

    def _patch(self, caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        kept = {name: section for name, section in body.items() if section is not None or name not in _REMOVABLE}
        return self._put_in_force(caller, query, _scenario(kept), body, patch=True)

    def _put_in_force(
        self, caller: Caller, query: Query, scenario: Scenario, body: Mapping[str, Json], *, patch: bool
    ) -> Json:
        tenant = caller.own()
        removed = {name: None for name in SECTIONS if patch and name in body and body[name] is None}
        command = Command("mock_scenario", {"patch": True} if patch else {}, {**scenario.document, **removed})
        try:
            self._cloud.execute(tenant, command)
        except Refusal as refusal:
            raise ControlError(refusal.status, refusal.message) from refusal
        if not patch or FAULTS in body:
            self._exchange_faults(tenant.identity.digest, scenario)
        return self._show(caller, query, body)

    def _exchange_faults(self, owner: str, scenario: Scenario) -> None:
        for number in self._numbers.pop(owner, ()):
            self._cloud.faults.remove(number, owner)
        self._numbers[owner] = [self._cloud.faults.add(fault, owner) for fault in scenario.faults]


_REMOVABLE = frozenset({*SECTIONS, FAULTS})


def _scenario(body: Mapping[str, Json]) -> Scenario:
    from qarnot_mock import scenario  # only here: it loads the YAML and the schema

    try:
        if set(body) == {"name"}:
            return scenario.load_from_library(str(body["name"]))
        return scenario.parse(body)
    except scenario.ScenarioError as error:
        raise ControlError(400, str(error)) from error
