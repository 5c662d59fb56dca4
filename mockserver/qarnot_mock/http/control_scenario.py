"""The scenario of a world in the control API: read it, replace it or single sections of it, while the world runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from qarnot_mock.http.control_calls import Caller, ControlError, Endpoint, Query
from qarnot_mock.sim.commands import Command, Json, Refusal
from qarnot_mock.sim.script_document import SECTIONS

if TYPE_CHECKING:
    from qarnot_mock.cloud import Cloud


def endpoints(cloud: Cloud) -> Mapping[str, Mapping[str, Endpoint]]:
    """``/scenario``: GET, PUT (a scenario, or ``{"name": one of the library}``), PATCH (sections, null for none)."""

    def show(caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        return dict(caller.own().world.settings.script.document)

    def replace(caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        return _put_in_force(cloud, caller, _document(body), patch=False)

    def patch(caller: Caller, query: Query, body: Mapping[str, Json]) -> Json:
        removed = {name: None for name in SECTIONS if name in body and body[name] is None}
        given = _document({name: section for name, section in body.items() if name not in removed})
        return _put_in_force(cloud, caller, {**given, **removed}, patch=True)

    return {"/scenario": {"GET": show, "PUT": replace, "PATCH": patch}}


def _document(body: Mapping[str, Json]) -> Mapping[str, Json]:
    from qarnot_mock import scenario  # only here: it loads the YAML and the schema

    try:
        if set(body) == {"name"}:
            return scenario.load_from_library(str(body["name"])).document
        return scenario.parse(body).document
    except scenario.ScenarioError as error:
        raise ControlError(400, str(error)) from error


def _put_in_force(cloud: Cloud, caller: Caller, document: Mapping[str, Json], *, patch: bool) -> Json:
    arguments: Mapping[str, Json] = {"patch": True} if patch else {}
    try:
        return cloud.execute(caller.own(), Command("mock_scenario", arguments, document)).body
    except Refusal as refusal:
        raise ControlError(refusal.status, refusal.message) from refusal
