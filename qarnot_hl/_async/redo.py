"""Letting the server make a new task or pool from an old one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, Self

from qarnot_hl._async.resource import AsyncResource
from qarnot_hl._core.creation import created_uuid
from qarnot_hl._core.exact_body import Model, exact_body
from qarnot_hl._core.json_types import Json
from qarnot_hl._core.resource_state import ResourceState


class AsyncRedo(AsyncResource):
    """``BUCKETS``: the attributes beside the fields that a new object may get."""

    BUCKETS: ClassVar[frozenset[str]]

    async def _again(
        self,
        verb: str,
        kind: type[Model],
        body_of: Callable[[ResourceState], Mapping[str, Json]],
        changes: Mapping[str, object],
    ) -> Self:
        """The new object, fetched. ``changes`` obey the rules of a new one; ``body_of`` says what of them is sent."""
        wanted = type(self).__new__(type(self))
        wanted._set_up(self._connection, ResourceState())
        for name, value in changes.items():
            if name not in self.fields and name not in self.BUCKETS:
                raise TypeError(
                    f"{verb}() got an unexpected keyword argument {name!r}: a {self.NOUN} has no such attribute"
                )
            setattr(wanted, name, value)
        body = body_of(wanted._state)
        answer = (await self._operate(verb, body=exact_body(kind, body))).json()
        uuid = created_uuid(answer, f"the {verb} of {self!r}", self.NOUN)
        again = self._of(self._connection, {**body, "uuid": uuid}, False)
        await again.update(True)
        return again
