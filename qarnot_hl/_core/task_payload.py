"""Builds the request bodies of a task from its state. Pure.

A new task sends what was set and nothing else, so that the server's defaults hold. A commit sends constants and tags
only: the server ignores everything else (reference 3.4), and an ignored edit is refused here instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.resource_state import ResourceState
from qarnot_hl._core.wire_values import pairs
from qarnot_hl.exceptions import QarnotGenericException

COMMITTED = ("constants", "tags")
OF_TASKS = "of a submitted task only constants and tags"
HIDDEN = "[SECRET]"


def creation_body(state: ResourceState) -> dict[str, Json]:
    """The TaskCreationInput (reference 3.3): every edit that says something, and one of the two counts."""
    body: dict[str, Json] = {key: value for key, value in state.edits.items() if value is not None}
    if body.get("advancedRanges"):
        body.pop("instanceCount", None)
    return body


def commit_body(
    state: ResourceState,
    attributes: Mapping[str, str],
    committed: Sequence[str] = COMMITTED,
    rule: str = OF_TASKS,
) -> dict[str, Json]:
    """The TaskUpdateInput: the edited ones of constants and tags; a list left out stays (reference 3.4, inferred).

    ``attributes`` names the attribute behind each wire key; ``committed`` and ``rule`` say what a pool honours instead.
    Raises QarnotGenericException naming edits that cannot be committed, and secret constants that would be overwritten
    by their placeholder.
    """
    ignored = dict.fromkeys(attributes.get(key, key) for key in state.edits if key not in committed)
    if ignored:
        raise QarnotGenericException(
            f"cannot commit {', '.join(ignored)}: {rule} can be changed",
            next_step="Set it before submit(), or call discard_edits() to take the change back.",
        )
    body = {key: state.edits[key] for key in committed if key in state.edits}
    hidden = sorted(key for key, value in pairs(body.get("constants")).items() if value == HIDDEN)
    if hidden:
        raise QarnotGenericException(
            f"cannot commit constants: the value of {', '.join(hidden)} cannot be read back, "
            "and committing would replace it by its placeholder",
            next_step="Set these constants again first, or delete them.",
        )
    return body


def snapshot_after_submit(body: JsonObject, uuid: str) -> dict[str, Json]:
    """What is known of a task the moment it is accepted; a missing shortname reads back as the uuid (documented)."""
    return {"shortname": uuid, **body, "uuid": uuid, "state": "Submitted"}
