"""The account behind a token, its limits and counts, as the service tells them. Pure values; nulls and gaps
are survived.
"""

from __future__ import annotations

from collections.abc import Mapping

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.project import Project
from qarnot_hl._core.quotas import ComputingQuotas


def _int(info: JsonObject, *keys: str) -> int | None:
    """The first key that holds a number."""
    for key in keys:
        value = info.get(key)
        if isinstance(value, int):
            return int(value)
    return None


def _text(info: JsonObject, key: str) -> str | None:
    value = info.get(key)
    return value if isinstance(value, str) else None


def _objects(info: JsonObject, key: str) -> list[JsonObject]:
    value = info.get(key)
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list | tuple) else []


class UserInfo:
    """The account: identity, limits and counts. Sizes are bytes; None means that the server did not say.

    ``email``, ``default_scheduling``; ``max_bucket``, ``bucket_count`` (−1 when not told),
    ``quota_bytes_bucket``, ``used_quota_bytes_bucket``; ``max_task``, ``task_count``, ``max_running_task``,
    ``running_task_count``, and the same for ``job`` and ``pool``; ``max_instances``, ``max_cores``;
    ``running_instance_count`` and ``running_core_count`` (−1 when not told); ``computing_quotas``
    (:class:`ComputingQuotas`), and for old scripts ``max_flex_instances``, ``max_flex_cores``,
    ``max_on_demand_instances``, ``max_on_demand_cores``; ``projects``, a list of :class:`Project`.
    """

    def __init__(self, info: JsonObject) -> None:
        self.email: str = _text(info, "email") or ""
        self.default_scheduling = _text(info, "defaultScheduling")
        self.max_bucket = _int(info, "maxBucket")
        self.bucket_count = _counted(_int(info, "bucketCount"))
        self.quota_bytes = _int(info, "quotaBytes")
        self.used_quota_bytes = _int(info, "usedQuotaBytes")
        self.quota_bytes_bucket = _int(info, "quotaBytesBucket")
        self.used_quota_bytes_bucket = _int(info, "usedQuotaBytesBucket")
        self.max_task = _int(info, "maxTask")
        self.task_count = _int(info, "taskCount")
        self.max_running_task = _int(info, "maxRunningTask")
        self.running_task_count = _int(info, "runningTaskCount")
        self.max_job = _int(info, "maxJob")
        self.job_count = _int(info, "jobCount")
        self.max_pool = _int(info, "maxPool")
        self.pool_count = _int(info, "poolCount")
        self.max_running_pool = _int(info, "maxRunningPool")
        self.running_pool_count = _int(info, "runningPoolCount")
        self.max_instances = _int(info, "maxInstances")
        self.max_cores = _int(info, "maxCores", "maxFlexCores")
        self.running_instance_count = _counted(_int(info, "runningInstanceCount"))
        self.running_core_count = _counted(_int(info, "runningCoreCount"))
        self.computing_quotas = _quotas(info)
        flex, on_demand = self.computing_quotas.user.flex, self.computing_quotas.user.on_demand
        self.max_flex_instances = _first(flex.max_instances, _int(info, "maxFlexInstances"))
        self.max_flex_cores = _first(flex.max_cores, _int(info, "maxFlexCores"))
        self.max_on_demand_instances = _first(on_demand.max_instances, _int(info, "maxOnDemandInstances"))
        self.max_on_demand_cores = _first(on_demand.max_cores, _int(info, "maxOnDemandCores"))
        self.projects = [Project.from_json(entry) for entry in _objects(info, "projects")]

    def __repr__(self) -> str:
        """The account and how full it is."""
        tasks, buckets = f"{self.task_count}/{self.max_task}", f"{self.bucket_count}/{self.max_bucket}"
        return f"UserInfo({self.email!r}, tasks {tasks}, buckets {buckets})"


def _quotas(info: JsonObject) -> ComputingQuotas:
    """The quotas, or else the flat fields of older servers."""
    quotas = info.get("computingQuotas")
    found = ComputingQuotas.from_json(quotas) if isinstance(quotas, Mapping) else ComputingQuotas.from_json_legacy(info)
    return found or ComputingQuotas()


def _counted(value: int | None) -> int:
    return -1 if value is None else value


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


class Profile:
    """A profile: ``name``, and ``constants`` as pairs of name and default value.

    ``descriptions`` maps a constant's name to what it is for; ``licenses`` is as the server gives it.
    """

    def __init__(self, info: JsonObject) -> None:
        constants = _objects(info, "constants")
        self.name: str = _text(info, "name") or ""
        self.constants: tuple[tuple[str | None, str | None], ...] = tuple(
            (_text(constant, "name"), _text(constant, "value")) for constant in constants
        )
        self.descriptions: Mapping[str | None, str | None] = {
            _text(constant, "name"): _text(constant, "description") for constant in constants
        }
        self.licenses: Json = info.get("licenses") or []

    def __repr__(self) -> str:
        """Name and constants."""
        return f"Profile(name={self.name!r}, constants={self.constants!r})"
