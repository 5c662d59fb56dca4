# Generated from qarnot_hl/_async/task_object.py by scripts/unasync.py. Do not edit.
"""The part of a task that everything else stands on: its fields on a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from qarnot_hl._core.json_types import JsonObject
from qarnot_hl._core.task_fields import TaskFields
from qarnot_hl._sync.resource import Resource
from qarnot_hl.exceptions import MissingTaskException

if TYPE_CHECKING:
    from qarnot_hl._sync.connection import Connection


class TaskObject(TaskFields, Resource):
    """A task as a state on a connection."""

    NOUN: ClassVar[str] = "task"
    MISSING = MissingTaskException

    @classmethod
    def from_json(cls, connection: Connection, json_task: JsonObject, is_summary: bool = False) -> Self:
        """A task from the JSON of the API. ``is_summary``: fields may be missing from it."""
        return cls._of(connection, json_task, not is_summary)
