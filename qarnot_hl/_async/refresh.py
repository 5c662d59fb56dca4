"""What reading an attribute may do in the asynchronous flavour: nothing but look. A field never fetched raises.

Hand-written; its twin in ``_sync`` fetches instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qarnot_hl._core.resource_state import ResourceState
from qarnot_hl._core.wire_values import lookup, text
from qarnot_hl.exceptions import NotLoaded

if TYPE_CHECKING:
    from qarnot_hl._async.connection import AsyncConnection


class AsyncRefreshing:
    """``auto_update`` and ``update_cache_time`` (seconds) are those of the blocking flavour; here ``update`` alone
    fetches, and the second says how old a snapshot it is content with.
    """

    _connection: AsyncConnection
    _state: ResourceState
    auto_update: bool = True
    update_cache_time: float = 5

    @property
    def uuid(self) -> str | None:
        """Set by submit; None before."""
        return text(lookup(self._state.snapshot, "uuid"))

    async def update(self, flushcache: bool = False) -> None:
        """Fetch the object anew."""
        raise NotImplementedError

    def _before_read(self, key: str, attribute: str, moving: bool) -> None:
        if self.uuid is not None and not self._state.knows(key):
            raise NotLoaded(
                f"{attribute} of {self!r} was not fetched yet: a summary and a fresh submit do not tell it",
                object_id=self.uuid,
                next_step=f"Call `await {type(self).__name__.removeprefix('Async').lower()}.update(True)` first.",
            )
