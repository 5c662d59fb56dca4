"""Request bodies for the generated operations that are sent exactly as they were built. Pure.

Reading a body into a generated model and writing it again would lose or refuse what only a newer server knows, such as
a hardware constraint of an unknown kind that was read from another task.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol, TypeVar, cast

from qarnot_hl._core.json_types import Json


class Model(Protocol):
    """A generated model."""

    def to_dict(self) -> dict[str, Any]: ...


M = TypeVar("M", bound=Model)


def exact_body(kind: type[M], json: Mapping[str, Json]) -> M:
    """A body of that kind, whose only content is this JSON."""
    body: M = object.__new__(_exact(kind))
    body.__dict__["json"] = dict(json)
    return body


@cache
def _exact(kind: type[M]) -> type[M]:
    return cast("type[M]", type(kind.__name__, (kind,), {"to_dict": lambda body: body.__dict__["json"]}))
