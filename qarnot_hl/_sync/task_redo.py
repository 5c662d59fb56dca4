# Generated from qarnot_hl/_async/task_redo.py by scripts/unasync.py. Do not edit.
"""New tasks made by the server from an old one, whole or its unsuccessful instances (reference 2.2, rows 29 to 32)."""

from __future__ import annotations

from typing import Self

from qarnot_hl._core.exact_body import exact_body
from qarnot_hl._core.redo import CLONE, redo_body
from qarnot_hl._core.resource_state import ResourceState
from qarnot_hl._core.wire_values import lookup, mapping, text
from qarnot_hl._sync.task_object import TaskObject
from qarnot_hl.exceptions import QarnotGenericException

BUCKETS = frozenset({"resources", "results"})


class TaskRedo(TaskObject):
    """Doing it again. Each call submits a new task with what this one was made of, and gives it, fetched.

    ``changes``: attributes of the new task by name, like ``name="second try"`` or ``constants={...}``; their rules are
    those of ``connection.create_task``. Raises TypeError for a name that is no such attribute, ValueError for one that
    the call cannot change, what ``submit`` raises, and :class:`~qarnot_hl.exceptions.MissingTaskException`.
    """

    def clone(self, **changes: object) -> Self:
        """The same task once more. The pool cannot be changed."""
        return self._again(CLONE, changes)

    def retry(self, **changes: object) -> Self:
        """The instances that failed, once more. Neither pool nor instances can be changed."""
        return self._again("retry", changes)

    def recover(self, **changes: object) -> Self:
        """The instances that failed or were cancelled, once more. Neither pool nor instances can be changed."""
        return self._again("recover", changes)

    def resume_cancelled(self, **changes: object) -> Self:
        """The instances that were cancelled, once more. Neither pool nor instances can be changed.

        It is the server's ``resume``. :meth:`resume` is the documented call of that name, which waits for this task.
        """
        return self._again("resume", changes)

    def _again(self, verb: str, changes: dict[str, object]) -> Self:
        from qarnot_client.models.task_clone_input import TaskCloneInput
        from qarnot_client.models.task_redo_input import TaskRedoInput

        wanted = self._blank()
        for name, value in changes.items():
            if name not in self.fields and name not in BUCKETS:
                raise TypeError(f"{verb}() got an unexpected keyword argument {name!r}: a task has no such attribute")
            setattr(wanted, name, value)
        body = redo_body(verb, wanted._state.edits, self.attribute_names())
        kind = TaskCloneInput if verb == CLONE else TaskRedoInput
        answer = mapping((self._operate(verb, body=exact_body(kind, body))).json())
        uuid = text(lookup(answer, "uuid"))
        if uuid is None:
            raise QarnotGenericException(
                f"the answer to the {verb} of {self!r} holds no uuid",
                next_step="The new task may exist: look at connection.tasks() before you try again.",
            )
        again = self._of(self._connection, {**body, "uuid": uuid}, False)
        again.update(True)
        return again

    def _blank(self) -> Self:
        """A task without anything, to collect changes by its rules."""
        blank = type(self).__new__(type(self))
        blank._set_up(self._connection, ResourceState())
        return blank
