"""The committed list of operations is fresh, complete, and in the order of the spec."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The surface that other parts of the project are written against: a change here is a change everywhere.
SURFACE = """
service service_ping settings_get versions_list info_get
tasks tasks_list tasks_create tasks_force_create tasks_search tasks_paginate task_summaries_list task_summaries_paginate
tasks task_get task_update task_resources_update task_delete task_abort
tasks task_stdout_get task_stdout_fresh task_stderr_get task_stderr_fresh
tasks task_instance_stdout_get task_instance_stdout_fresh task_instance_stderr_get task_instance_stderr_fresh
tasks task_snapshot_periodic task_snapshot_create task_snapshot_get
tasks task_clone task_retry task_resume task_recover task_restart
tasks task_carbon_facts task_credits task_port_forward
pools pools_list pools_create pools_search pools_paginate pool_summaries_list pool_summaries_paginate
pools pool_get pool_update pool_resources_update pool_delete pool_close pool_clone
pools pool_scaling_get pool_scaling_update pool_jobs_list pool_tasks_list
pools pool_stdout_get pool_stdout_fresh pool_stderr_get pool_stderr_fresh
pools pool_instance_stdout_get pool_instance_stdout_fresh pool_instance_stderr_get pool_instance_stderr_fresh
pools scaling_check pool_carbon_facts pool_credits
jobs jobs_list jobs_create jobs_search jobs_paginate job_get job_delete job_terminate job_tasks_list
profiles profiles_list profile_get
hardware hardware_constraints_list cpu_model_constraints_search
quotas user_quotas_get organization_quotas_get
credits account_credits_get project_budgets_list
secrets secret_get secret_create secret_update secret_delete secrets_search
"""


def surface() -> Any:
    for line in SURFACE.split("\n"):
        tag, *names = line.split() or [""]
        yield from ((tag, name) for name in names)


def run(*arguments: str) -> Any:
    command = [sys.executable, str(ROOT / "scripts" / "spec_inventory.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_operations_are_those_agreed_on(inventory: Any, spec: Any) -> None:
    assert [(row.tag, row.operation_id) for row in inventory.operations(spec)] == list(surface())


def test_every_call_of_the_reference_is_described(inventory: Any, spec: Any) -> None:
    """83 pairs of method and path (reference 2)."""
    assert len({(row.method, row.path) for row in inventory.operations(spec)}) == 83


def test_the_committed_list_is_fresh() -> None:
    checked = run("--check")
    assert checked.returncode == 0, checked.stdout


def test_a_stale_list_is_seen(inventory: Any, spec: Any, tmp_path: Any, monkeypatch: Any, capsys: Any) -> None:
    stale = tmp_path / "spec" / "operations.txt"
    stale.parent.mkdir()
    stale.write_text(inventory.inventory(spec).replace("task_get ", "task_got "))
    monkeypatch.setattr(inventory, "TARGET", stale)
    monkeypatch.setattr(sys, "argv", ["spec_inventory.py", "--check"])
    assert inventory.main() == 1
    assert "make generate" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["spec_inventory.py"])
    assert inventory.main() == 0
    assert stale.read_text() == inventory.inventory(spec)


@pytest.fixture
def report(inventory: Any, spec: Any, tolerances: Any, lifecycles: Any) -> str:
    return inventory.report(list(inventory.claims(spec, tolerances, lifecycles)))


def test_the_report_counts_every_kind_by_grade(inventory: Any, report: str) -> None:
    rows = {line.split()[0]: [int(count) for count in line.split()[1:]] for line in report.splitlines()[4:11]}
    assert set(rows) == set(inventory.KINDS)
    assert rows["operation"] == [0, 69, 13, 0, 1, 83]
    assert all(sum(grades) == together for *grades, together in rows.values())


def test_the_report_parts_what_is_wholly_assumed_from_the_rest(report: str) -> None:
    wholly, partly = report.split("Wholly assumed")[1].split("Assumed in part")
    assert "  operation tasks_force_create: reference 2.2 row 8" in wholly
    assert "  tolerance comma-joined-tags: reference 2.2 row 11" in wholly
    assert "  operation task_retry (vendor): reference 2.2 row 30" in partly


def test_a_line_of_the_report_fits_on_a_page(report: str) -> None:
    assert max(map(len, report.splitlines())) <= 118


def test_the_report_is_what_the_command_prints(report: str) -> None:
    assert run("--report").stdout == f"{report}\n"


def test_a_field_inherits_the_evidence_of_its_schema(
    inventory: Any, spec: Any, tolerances: Any, lifecycles: Any
) -> None:
    claims = {(claim.kind, claim.name): claim for claim in inventory.claims(spec, tolerances, lifecycles)}
    assert claims["field", "TaskOutput.state"].grade == "vendor"
    assert not claims["field", "TaskOutput.state"].own
    assert claims["field", "TaskOutput.credits"].grade == "witness"
    assert claims["lifecycle", "task: task_resources_update"].grade == "vendor"


def test_a_schema_without_evidence_stops_the_report(inventory: Any, tolerances: Any) -> None:
    bare = {"paths": {}, "components": {"parameters": {}, "responses": {}, "schemas": {"Bare": {"type": "object"}}}}
    with pytest.raises(SystemExit, match="schema Bare has no x-evidence"):
        list(inventory.claims(bare, tolerances, {}))
