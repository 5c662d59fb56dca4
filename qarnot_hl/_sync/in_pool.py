# Generated from qarnot_hl/_async/in_pool.py by scripts/unasync.py. Do not edit.
"""The pool that a task or job runs in, as an object that asks nothing until something is read of it."""

from __future__ import annotations

from qarnot_hl._core.membership import submitted_uuid
from qarnot_hl._core.wire_values import text
from qarnot_hl._sync.pool import Pool
from qarnot_hl._sync.resource import Resource

POOL = "poolUuid"


class InPool(Resource):
    """A task or job, in a pool or not."""

    _pool: Pool | None = None

    @property
    def pool(self) -> Pool | None:
        """The pool it runs in, or None. The same object each time; only reading something of it asks the server.

        Can be set until submit, to a submitted pool or its uuid. Raises AttributeError after submit, and on a task
        that has a profile.
        """
        self._before_read(POOL, "pool", False)
        uuid = text(self._known(POOL))
        if uuid is None:
            return None
        if self._pool is None or self._pool.uuid != uuid:
            self._pool = Pool.from_json(self._connection, {"uuid": uuid}, is_summary=True)
        return self._pool

    @pool.setter
    def pool(self, value: Pool | str | None) -> None:
        if self.uuid is not None:
            raise AttributeError(f"can't set pool of {self!r}: it can be set until the object is submitted")
        if value is not None and self._state.get("profile") is not None:
            raise AttributeError("can't set pool while profile is set: set that to None first")
        self._state.edit(POOL, submitted_uuid(value, Pool))
        self._pool = value if isinstance(value, Pool) else None
