"""The sample bodies of the reference go through the generated models: parsed into types, and written back whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from qarnot_client import models as m

MODELS = {"Scaling": "ReportedScaling", "Credits": "CreditBalance"}


def model(schema: str) -> Any:
    return getattr(m, MODELS.get(schema, schema))


def parsed(found: Any) -> list[Any]:
    schema, body = found["schema"], found["body"]
    if schema == "string":
        return []
    if schema.startswith("["):
        return [model(schema[1:-1]).from_dict(part) for part in body]
    return [model(schema).from_dict(body)]


def moment(value: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def same(before: Any, after: Any) -> bool:
    """Whether both say the same: dates may be spelled otherwise, and the letter case of words says nothing."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return before.keys() == after.keys() and all(same(before[key], after[key]) for key in before)
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, str) and isinstance(after, str):
        return before.lower() == after.lower() or (moment(before) or before) == moment(after)
    return bool(before == after)


def test_a_sample_is_written_back_whole(sample_name: str, sample: Any) -> None:
    found = sample(sample_name)
    written = [json.loads(json.dumps(one.to_dict())) for one in parsed(found)]
    body = found["body"]
    assert same(written, body if isinstance(body, list) else [body] if written else [])


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("bulk_mixed", ["status_code"], 200),
        ("budgets", ["budgets", 0, "budget_overrun_policy"], m.BudgetOverrunPolicy.STOPANDBLOCKALL),
        ("created", ["uuid"], UUID("ff149809-0000-4000-8000-000000000002")),
        ("error_b_bad_token", ["error", "code"], 401),
        ("error_c_bad_policy", ["errors", "policies[0]", 0], "The policy has no type."),
        ("failed_task", ["errors", 0, "code"], "GHX0782I"),
        ("failed_task", ["completed_instances", 1, "state"], m.InstanceFinalState.FAILURE),
        ("failed_task", ["completed_instances", 1, "error", "message"], "Exit code 3"),
        ("hardware_page", ["data", 4, "minimum_memory_mb"], 32000.0),
        ("job", ["state"], m.JobState.ACTIVE),
        ("organization_quotas", ["flex", "running_counts_per_user", "ada@example.org", "running_cores_count"], 16),
        ("pool", ["elastic_property", "ramp_resize_factor"], 0.4),
        ("pool_of_nulls", ["status"], None),
        ("profile", ["licenses", 0, "max_cores"], 2**31),
        ("running_task", ["creation_date"], datetime(2025, 4, 18, 9, 30, 12, 123456, UTC)),
        ("running_task", ["scheduling_type"], m.SchedulingType.RESERVED),
        ("running_task", ["dependencies", "advanced_depends_on", 0, "state"], m.DependencyState.WAITING),
        ("running_task", ["status", "running_instances_info", "per_running_instance_info", 2, "phase"], "environment"),
        ("scaling", ["policies", 1, "slots_count"], 19),
        ("scaling", ["policies", 0, "enabled_periods", 0, "end_time_utc"], "23:59:59.9999999"),
        ("search", ["filter_", "filters", 0, "value"], "x"),
        ("search", ["filter_", "filters", 1, "values"], ["a", "b"]),
        ("search", ["filter_", "filters", 2, "filters", 0, "operator"], m.ComparisonOperator.LIKE),
        ("task_of_nulls", ["results_count"], None),
        ("task_of_nulls", ["status", "running_instances_info", "per_running_instance_info", 0, "phase"], None),
        ("task_summary", ["previous_state"], m.TaskState.UPLOADINGRESULTS),
    ],
)
def test_a_value_of_a_sample_has_its_type(name: str, path: list[str | int], value: Any, sample: Any) -> None:
    """A model that could not be parsed would be left as the plain dictionary, which has none of these attributes."""
    found = parsed(sample(name))[0]
    for step in path:
        found = getattr(found, step) if isinstance(step, str) and hasattr(found, step) else found[step]
    assert found == value
    assert not isinstance(found, dict)
