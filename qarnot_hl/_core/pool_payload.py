"""Builds the request bodies of a pool from its state. Pure.

``elasticProperty`` and ``scaling`` exclude each other (reference 3.8), so they are never sent together.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.pool_fields import ELASTIC, SCALING, is_elastic
from qarnot_hl._core.resource_state import ResourceState
from qarnot_hl._core.task_payload import commit_body
from qarnot_hl.exceptions import QarnotGenericException

COMMITTED = ("constants", "tags", ELASTIC, SCALING)


@frozen
class PoolCommit:
    """What a commit sends: ``update`` to the pool, ``scaling`` to its own operation; nothing where empty or None."""

    update: Mapping[str, Json]
    scaling: Json = None


def check_exclusive(edits: JsonObject) -> None:
    """Raises QarnotGenericException for elastic settings that are switched on beside a scaling."""
    if edits.get(SCALING) is not None and is_elastic(edits.get(ELASTIC)):
        raise QarnotGenericException(
            "a pool is either elastic or has a scaling, and both are set",
            next_step="Set scaling = None, or is_elastic = False.",
        )


def pool_creation_body(state: ResourceState) -> dict[str, Json]:
    """The PoolCreationInput: every edit that says something, and one of the three ways to size a pool."""
    check_exclusive(state.edits)
    body: dict[str, Json] = {key: value for key, value in state.edits.items() if value is not None}
    if SCALING in body:
        body.pop(ELASTIC, None)
    if SCALING in body or is_elastic(body.get(ELASTIC)):
        body.pop("instanceCount", None)
    return body


def pool_commit(state: ResourceState, attributes: Mapping[str, str]) -> PoolCommit:
    """The edits of a submitted pool that the server honours (reference 3.8).

    ``attributes`` names the attribute behind each wire key. Raises QarnotGenericException naming edits that cannot be
    committed, a scaling that was taken away, and secret constants that would be overwritten by their placeholder.
    """
    check_exclusive(state.edits)
    body = commit_body(state, attributes, COMMITTED, "of a submitted pool only constants, tags, elasticity and scaling")
    if SCALING in body and body[SCALING] is None:
        raise QarnotGenericException(
            "cannot commit scaling: a scaling can be replaced but not taken away",
            next_step="Assign another one, or call discard_edits() to take the change back.",
        )
    scaling = body.pop(SCALING, None)
    if scaling is not None:
        body.pop(ELASTIC, None)
    return PoolCommit(body, scaling)


def pool_after_submit(body: JsonObject, uuid: str) -> dict[str, Json]:
    """What is known of a pool the moment it is accepted; a missing shortname reads back as the uuid (documented)."""
    return {"shortname": uuid, **body, "uuid": uuid, "state": "Submitted"}
