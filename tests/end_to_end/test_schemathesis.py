"""Schemathesis against a real server: every operation of the spec, in all its phases, the stateful one included."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

SPEC = Path(__file__).parents[2] / "spec" / "openapi.yaml"
PHASES = {"examples", "fuzzing", "stateful"}
EXHAUSTIVE = {"coverage"}
"""Boundary values one by one, some 11,000: for the full check only."""
LEFT_OUT = {
    # Names of profiles, buckets, pools and columns, quotas, and states: what a schema cannot say, a server refuses.
    "positive_data_acceptance",
}
RUN = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run", str(SPEC)]
TASK = {"name": "n", "profile": "docker-batch", "instanceCount": 2}


def furnish(url: str, token: str) -> None:
    """Something to be listed, so that what is listed can be asked about."""
    with httpx.Client(base_url=url, headers={"Authorization": token}) as client:
        pool = client.post("/pools", json={**TASK, "shortname": "pool"}).json()["uuid"]
        job = client.post("/jobs", json={"name": "n", "useDependencies": True}).json()["uuid"]
        for place in ({}, {"poolUuid": pool, "profile": None}, {"jobUuid": job}):
            client.post("/tasks", json={**TASK, **place}).raise_for_status()


@pytest.mark.slow
@pytest.mark.qarnot_contract("violation")
def test_schemathesis_finds_nothing(
    mock_server: Callable[..., Any], slow_size: Callable[[int, int], int], tmp_path: Path
) -> None:
    pytest.importorskip("schemathesis", reason="pip install 'qarnot-hl[slow]'")
    token = "token-for-schemathesis"
    # Accounts of its own, so that a wrong token is refused; ten minutes a second, so that tasks get somewhere.
    server = mock_server("--account", f"{token}=schemathesis@example.org", "--time", "x600", "--seed", "1")
    furnish(server.url, token)
    told = tmp_path / "report.json"
    phases = PHASES | (EXHAUSTIVE if slow_size(True, False) else set())
    done = subprocess.run(
        [
            *RUN, "--url", server.url, "--header", f"Authorization: {token}", "--seed", "1",
            "--phases", ",".join(sorted(phases)), "--checks", "all", "--exclude-checks", ",".join(LEFT_OUT),
            "--max-examples", str(slow_size(100, 8)), "--suppress-health-check", "all", "--no-color",
            "--generation-database", "none", "--report", "json", "--report-json-path", str(told),
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = json.loads(told.read_text(encoding="utf-8"))
    print(json.dumps({key: found[key] for key in ("test_cases", "operations", "phases", "running_time")}))
    assert found["failures"] == [], done.stdout
    assert found["errors"] == [], done.stdout
    assert done.returncode == 0, done.stdout + done.stderr
    assert {phase for phase, end in found["phases"].items() if end["status"] == "success"} == phases
    assert found["operations"]["tested"] == found["operations"]["total"]
    assert found["test_cases"]["generated"] > slow_size(15_000, 700)
