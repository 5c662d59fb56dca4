"""Documented module ``task``: computations in the cloud. Re-exports only."""

from __future__ import annotations

from qarnot_hl._core.bulk import BulkTaskResponse
from qarnot_hl._core.completed_instance import CompletedInstance
from qarnot_hl._core.logs import by_instance
from qarnot_hl._sync.task import Task

__all__ = ["BulkTaskResponse", "CompletedInstance", "Task", "by_instance"]
