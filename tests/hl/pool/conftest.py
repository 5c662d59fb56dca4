"""Bodies of pools like those of the reference, with the nulls that the real server sends."""

from __future__ import annotations

from typing import Any

import pytest

POOL = "b0b0c0d0-0000-4000-8000-000000000001"


@pytest.fixture
def pool_uuid() -> str:
    return POOL


@pytest.fixture
def pool_path() -> str:
    return f"/pools/{POOL}"


@pytest.fixture
def pool_json() -> Any:
    """Builds the body of a pool; keyword arguments change it."""
    elastic = {
        "isElastic": False, "minTotalSlots": 0, "maxTotalSlots": 0, "minIdleSlots": 0, "resizePeriod": 90,
        "rampResizeFactor": 0.4, "minIdleTimeSeconds": 90,
    }  # fmt: skip
    body = {
        "uuid": POOL, "name": "ready", "shortname": POOL, "profile": "docker-batch", "state": "FullyExecuting",
        "previousState": "FullyDispatched", "instanceCount": 2, "stateTransitionTime": "2026-01-02T03:04:05Z",
        "previousStateTransitionTime": "0001-01-01T00:00:00Z", "creationDate": "2026-01-02T03:04:05Z",
        "lastModified": "2026-01-02T03:04:05Z", "endDate": "0001-01-01T00:00:00Z", "runningInstanceCount": 2,
        "runningCoreCount": 16, "queuedOrRunningTaskInstancesCount": 1, "executionTime": "00:01:02",
        "wallTime": "00:00:31", "taskDefaultWaitForPoolResourcesSynchronization": None, "projectUuid": None,
        "errors": [], "elasticProperty": elastic, "scaling": None, "preparationTask": None,
        "constants": [{"key": "DOCKER_REPO", "value": "library/ubuntu"}], "secretsAccessRights": None, "tags": None,
        "labels": {}, "resourceBuckets": None, "advancedResourceBuckets": None, "status": None,
        "totalSlotCapacity": 2, "poolUsage": 0.5, "hardwareConstraints": [], "schedulingType": None,
        "autoDeleteOnCompletion": False, "completionTimeToLive": "00:00:00", "privileges": None,
        "defaultRetrySettings": None,
    }  # fmt: skip

    def build(**changes: Any) -> dict[str, Any]:
        return {**body, **changes}

    return build
