"""Bodies of jobs like those of the reference, with the nulls that the real server sends."""

from __future__ import annotations

from typing import Any

import pytest

JOB = "a0b0c0d0-0000-4000-8000-000000000001"


@pytest.fixture
def job_uuid() -> str:
    return JOB


@pytest.fixture
def job_path() -> str:
    return f"/jobs/{JOB}"


@pytest.fixture
def job_json() -> Any:
    """Builds the body of a job; keyword arguments change it."""
    body = {
        "uuid": JOB, "name": "together", "shortname": JOB, "poolUuid": None, "state": "Active", "previousState": None,
        "useDependencies": True, "stateTransitionTime": "2026-01-02T03:04:05Z",
        "previousStateTransitionTime": "0001-01-01T00:00:00Z", "creationDate": "2026-01-02T03:04:05Z",
        "lastModified": "2026-01-02T03:04:05Z", "maxWallTime": "1.03:16:50.5000000", "tags": None,
        "autoDeleteOnCompletion": False, "completionTimeToLive": "00:00:00",
    }  # fmt: skip

    def build(**changes: Any) -> dict[str, Any]:
        return {**body, **changes}

    return build
