"""The command by which a scenario is put in force, or changed, while a world runs.

What has begun goes on as it was drawn; what begins afterwards follows the new rules.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from qarnot_mock.sim import fleet
from qarnot_mock.sim.commands import Answer, Command, Json, Refusal
from qarnot_mock.sim.script_document import DocumentError, parse
from qarnot_mock.sim.state import State


def change(state: State, command: Command) -> Answer:
    """mock_scenario: the body is a scenario that has been checked, without its faults.

    With the argument ``patch`` only the sections that it has are replaced, and those that are null cease to be.
    """
    body = command.body if isinstance(command.body, Mapping) else {}
    try:
        script = parse(_patched(state, body) if command.arguments.get("patch") else body)
    except DocumentError as error:
        where = ".".join(map(str, error.path))
        raise Refusal(400, f"{where}: {error}") from error
    capacity_before = state.settings.nodes
    state.settings = attrs.evolve(state.base, script=script).scripted()
    if state.settings.nodes != capacity_before:
        fleet.refit(state)
    state.waiting.stirred = True
    return Answer(script.document)


def _patched(state: State, body: Mapping[str, Json]) -> Mapping[str, Json]:
    merged = {**state.settings.script.document, **body}
    return {name: section for name, section in merged.items() if section is not None}
