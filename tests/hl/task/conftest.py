"""Bodies like those of the reference, with the nulls and gaps that the real server sends."""

from __future__ import annotations

from typing import Any

import pytest

UUID = "ff149809-0000-4000-8000-000000000001"

# Reference 3: present with null, and the unset date.
NULL_KEYS = (
    "advancedResourceBuckets", "resultBucket", "resultsCacheTTLSec", "completedInstances", "secretsAccessRights",
    "tags", "labels", "dependencies", "hardwareConstraints", "privileges", "retrySettings", "poolUuid", "jobUuid",
    "executionTime", "wallTime", "previousState", "clusterInfo", "status", "constants",
)  # fmt: skip
NULLS: dict[str, Any] = {
    **dict.fromkeys(NULL_KEYS),
    "uuid": UUID,
    "name": "hello",
    "shortname": UUID,
    "profile": "docker-batch",
    "state": "Submitted",
    "instanceCount": 1,
    "creationDate": "2022-12-23T17:03:17Z",
    "endDate": "0001-01-01T00:00:00Z",
    "runningInstanceCount": None,
    "runningCoreCount": None,
}


@pytest.fixture
def uuid() -> str:
    return UUID


@pytest.fixture
def task_json() -> Any:
    """Builds the full body of a task; keyword arguments change it."""

    def build(**changes: Any) -> dict[str, Any]:
        return {**NULLS, **changes}

    return build


@pytest.fixture
def summary_json() -> Any:
    """Builds the summary of a task: no tags, constants, buckets, errors or status (reference 3.6)."""

    def build(**changes: Any) -> dict[str, Any]:
        keys = ("uuid", "name", "shortname", "profile", "state", "instanceCount", "creationDate", "endDate")
        return {**{key: NULLS[key] for key in keys}, **changes}

    return build


@pytest.fixture
def path(uuid: str) -> str:
    return f"/tasks/{uuid}"


@pytest.fixture
def states(server: Any, path: str, task_json: Any) -> Any:
    """Scripts the states that successive looks at the task find."""

    def script(*names: str, **changes: Any) -> None:
        server.on(f"GET {path}", *(task_json(state=name, **changes) for name in names))

    return script
