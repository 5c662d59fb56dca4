"""Documented module ``job``: tasks that belong together. Re-exports only."""

from __future__ import annotations

from qarnot_hl._core.job_fields import JobState
from qarnot_hl._sync.job import Job

__all__ = ["Job", "JobState"]
