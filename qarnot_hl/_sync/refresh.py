"""What reading an attribute may do in the blocking flavour: fetch, when the snapshot is too old or lacks the field.

Hand-written; its twin in ``_async`` raises instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from qarnot_hl._core.freshness import is_stale
from qarnot_hl._core.resource_state import ResourceState
from qarnot_hl._core.watch import has_ended
from qarnot_hl._core.wire_values import lookup, text

if TYPE_CHECKING:
    from qarnot_hl._sync.connection import Connection


class Refreshing:
    """``auto_update``: reading what changes by itself fetches when the last snapshot is older than
    ``update_cache_time`` seconds, unless the object has ended: only ``update`` looks again then. A field that a summary
    lacks is fetched once in any case.
    """

    NOUN: ClassVar[str]
    _connection: Connection
    _state: ResourceState
    auto_update: bool = True
    update_cache_time: float = 5

    @property
    def uuid(self) -> str | None:
        """Set by submit; None before."""
        return text(lookup(self._state.snapshot, "uuid"))

    def update(self, flushcache: bool = False) -> None:
        """Fetch the object anew."""
        raise NotImplementedError

    def _before_read(self, key: str, attribute: str, moving: bool) -> None:
        if self.uuid is None:
            return
        state, now = self._state, self._connection._clock.monotonic()
        old = (
            moving
            and not has_ended(self.NOUN, text(lookup(state.snapshot, "state")))
            and is_stale(state.fetched_at, now, auto_update=self.auto_update, cache_time=self.update_cache_time)
        )
        if not state.knows(key) or (old and key not in state.edits):
            self.update(True)
