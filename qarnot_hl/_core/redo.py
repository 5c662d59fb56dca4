"""What a new task made from an old one may change (reference 3.4). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from qarnot_hl._core.json_types import Json

CLONE = "clone"
# The instances to run again follow from the old task.
COUNTS = frozenset({"instanceCount", "advancedRanges"})
NEVER: Mapping[str, frozenset[str]] = {
    CLONE: frozenset({"poolUuid"}),
    **dict.fromkeys(("retry", "resume", "recover"), COUNTS | {"poolUuid"}),
}


def redo_body(verb: str, edits: Mapping[str, Json], attributes: Mapping[str, str]) -> dict[str, Json]:
    """The TaskCloneInput or TaskRedoInput: the changes that say something.

    ``attributes`` names the attribute behind each wire key. Raises ValueError naming what this verb cannot change.
    """
    body: dict[str, Json] = {key: value for key, value in edits.items() if value is not None}
    refused = sorted(attributes.get(key, key) for key in body if key in NEVER[verb])
    if refused:
        raise ValueError(f"{verb} cannot change {', '.join(refused)}")
    return body
