"""What the server answers when it has made an object. Pure."""

from __future__ import annotations

from qarnot_hl._core.json_types import Json
from qarnot_hl._core.wire_values import lookup, mapping, text
from qarnot_hl.exceptions import QarnotGenericException


def created_uuid(answer: Json, act: str, noun: str) -> str:
    """The uuid of the new object. Raises QarnotGenericException, naming the act, when the answer holds none."""
    uuid = text(lookup(mapping(answer), "uuid"))
    if uuid is None:
        raise QarnotGenericException(
            f"the answer to {act} holds no uuid",
            next_step=f"The new {noun} may exist: look at connection.{noun}s() before you try again.",
        )
    return uuid
