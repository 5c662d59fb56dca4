"""What the simulation knows of a job: data, and questions about it. What moves jobs is in ``job_operations``."""

from __future__ import annotations

import attrs

from qarnot_mock.sim.records import Record


@attrs.define(kw_only=True)
class Job(Record):
    """One job. ``tasks`` holds the uuids of its tasks that still exist, in the order of their creation."""

    tasks: dict[str, None] = attrs.Factory(dict)

    @property
    def uses_dependencies(self) -> bool:
        """Whether its tasks may wait for each other."""
        return self.definition.get("useDependencies") is True
