"""The part of a task that everything else stands on: its fields on a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from qarnot_hl._async.resource import AsyncResource
from qarnot_hl._core.json_types import JsonObject
from qarnot_hl._core.task_fields import TaskFields
from qarnot_hl.exceptions import MissingTaskException

if TYPE_CHECKING:
    from qarnot_hl._async.connection import AsyncConnection


class AsyncTaskObject(TaskFields, AsyncResource):
    """A task as a state on a connection."""

    NOUN: ClassVar[str] = "task"
    MISSING = MissingTaskException

    @classmethod
    def from_json(cls, connection: AsyncConnection, json_task: JsonObject, is_summary: bool = False) -> Self:
        """A task from the JSON of the API. ``is_summary``: fields may be missing from it."""
        return cls._of(connection, json_task, not is_summary)
