"""New tasks made by the server from an old one, whole or its unsuccessful instances (reference 2.2, rows 29 to 32)."""

from __future__ import annotations

from typing import Self

from qarnot_hl._async.redo import AsyncRedo
from qarnot_hl._async.task_object import AsyncTaskObject
from qarnot_hl._core.redo import CLONE, redo_body


class AsyncTaskRedo(AsyncRedo, AsyncTaskObject):
    """Doing it again. Each call submits a new task with what this one was made of, and gives it, fetched.

    ``changes``: attributes of the new task by name, like ``name="second try"`` or ``constants={...}``; their rules are
    those of ``connection.create_task``. Raises TypeError for a name that is no such attribute, ValueError for one that
    the call cannot change, what ``submit`` raises, and :class:`~qarnot_hl.exceptions.MissingTaskException`.
    """

    BUCKETS = frozenset({"resources", "results"})

    async def clone(self, **changes: object) -> Self:
        """The same task once more. The pool cannot be changed."""
        return await self._redo(CLONE, changes)

    async def retry(self, **changes: object) -> Self:
        """The instances that failed, once more. Neither pool nor instances can be changed."""
        return await self._redo("retry", changes)

    async def recover(self, **changes: object) -> Self:
        """The instances that failed or were cancelled, once more. Neither pool nor instances can be changed."""
        return await self._redo("recover", changes)

    async def resume_cancelled(self, **changes: object) -> Self:
        """The instances that were cancelled, once more. Neither pool nor instances can be changed.

        It is the server's ``resume``. :meth:`resume` is the documented call of that name, which waits for this task.
        """
        return await self._redo("resume", changes)

    async def _redo(self, verb: str, changes: dict[str, object]) -> Self:
        from qarnot_client.models.task_clone_input import TaskCloneInput
        from qarnot_client.models.task_redo_input import TaskRedoInput

        kind = TaskCloneInput if verb == CLONE else TaskRedoInput
        names = self.attribute_names()
        return await self._again(verb, kind, lambda state: redo_body(verb, state.edits, names), changes)
