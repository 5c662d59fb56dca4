"""Contract mode as pytest runs it: what fails a test and what does not, in this process and in others; the report."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qarnot_mock.cloud import Cloud
from qarnot_mock.conformance.coverage import Coverage
from qarnot_mock.conformance.judge import ANSWERS
from qarnot_mock.conformance.verdict import Verdict
from qarnot_mock.conformance.watch import watch

Outcome = subprocess.CompletedProcess[str]
Run = Callable[..., Outcome]

ASKING = """
import json, subprocess, sys, urllib.request
import httpx, pytest, qarnot_hl
API = "https://api.qarnot.com"

def ask(cloud, path="/tasks", body=None, agent="httpx", token=True):
    headers = {"User-Agent": agent, **({"Authorization": cloud.token} if token else {})}
    return httpx.request("POST" if body else "GET", API + path, json=body, headers=headers)

BAD = {"name": "n", "instanceCount": -1}
ODD = {"Name": "n", "profile": "docker-batch", "instanceCount": 1}
"""


@pytest.fixture
def pytest_run(tmp_path: Path) -> Run:
    """Runs tests in contract mode with pytest, in a process of its own."""

    def run(source: str, *options: str) -> Outcome:
        (tmp_path / "test_it.py").write_text(ASKING + source)
        command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", *options, "test_it.py"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def results(outcome: Outcome) -> dict[str, str]:
    """The verdict of pytest on each test."""
    lines = (line.split() for line in outcome.stdout.splitlines() if "test_it.py::" in line)
    return {words[1].split("::")[1]: words[0] for words in lines if words[0] in ("PASSED", "FAILED", "ERROR")}


def test_what_breaks_the_contract_fails_its_test_and_no_other(pytest_run: Run) -> None:
    outcome = pytest_run(
        """
def test_exact(qarnot_cloud):
    qarnot_hl.Connection().create_task("n", "docker-batch").run()

def test_violation(qarnot_cloud):
    assert ask(qarnot_cloud, body=BAD).status_code == 400

def test_tolerated(qarnot_cloud):
    ask(qarnot_cloud, body=ODD)

def test_tolerated_of_ours(qarnot_cloud):
    ask(qarnot_cloud, body=ODD, agent="qarnot-hl/1")

@pytest.mark.qarnot_contract("violation")
def test_expected(qarnot_cloud):
    ask(qarnot_cloud, body=BAD)

@pytest.mark.qarnot_contract("tolerated")
def test_another_expected(qarnot_cloud):
    ask(qarnot_cloud, body=BAD)

def test_within_a_block(qarnot_cloud, qarnot_contract):
    with qarnot_contract("violation"):
        ask(qarnot_cloud, body=BAD)

def test_after_a_block(qarnot_cloud, qarnot_contract):
    with qarnot_contract("violation"):
        pass
    ask(qarnot_cloud, body=BAD)

@pytest.fixture
def careless(qarnot_cloud):
    yield
    ask(qarnot_cloud, token=False)

def test_clean_up(careless):
    pass
""",
        "--qarnot-contract",
    )
    found = results(outcome)
    passed = {"test_exact", "test_tolerated", "test_expected", "test_within_a_block"}
    assert {name for name, verdict in found.items() if verdict == "PASSED"} - {"test_clean_up"} == passed
    assert found["test_clean_up"] == "ERROR"
    assert "violation: POST /tasks -> 400 by raw (tasks_create): Invalid task file." in outcome.stdout
    assert "tolerated: POST /tasks -> 200 by ours (tasks_create): key-letter-case" in outcome.stdout
    assert "token-of-the-test" not in outcome.stdout


def test_a_mock_that_breaks_its_lifecycles_is_found(pytest_run: Run) -> None:
    outcome = pytest_run(
        """
from qarnot_mock.sim import render_workload, render

def test_it(qarnot_cloud, monkeypatch):
    task = qarnot_hl.Connection().create_task("n", "docker-batch")
    task.run()
    answer = ask(qarnot_cloud, f"/tasks/{task.uuid}").json()
    monkeypatch.setitem(render.FIELDS, "state", lambda state, task: "Submitted")
    ask(qarnot_cloud, f"/tasks/{task.uuid}")
""",
        "--qarnot-contract",
    )
    assert results(outcome) == {"test_it": "FAILED"}
    assert "breach: GET /tasks/" in outcome.stdout


@pytest.mark.qarnot_contract("violation")
def test_faults_are_no_violations_and_what_is_sent_into_them_is_judged(cloud: Cloud, client: Any) -> None:
    verdicts: list[Verdict] = []
    cloud.observers.append(watch(verdicts.append))
    for kind in ("bad-gateway", "unavailable", "extra-fields", "answer-lost", "refused"):
        cloud.faults.add({"kind": kind, "times": 1})
        client("GET", "/tasks")
    assert not any(verdict.problems() for verdict in verdicts)
    # What the cloud itself answered where the request reached it; the fault's answer where it did not.
    assert [verdict.status for verdict in verdicts] == [502, 503, 200, 200, 0]
    cloud.faults.add({"kind": "unavailable", "times": 1})
    client("POST", "/tasks", {"name": 3})
    assert list(verdicts[-1].problems()) == ["violation"]
    coverage = Coverage()
    for verdict in verdicts:
        coverage.add(verdict)
    assert coverage.by(ANSWERS) == {"tasks_list 200", "tasks_list 503", "tasks_create 503"}


def test_without_contract_mode_nothing_is_judged(pytest_run: Run) -> None:
    source = """
def test_it(qarnot_cloud, qarnot_contract):
    from qarnot_mock.cloud import Cloud
    assert Cloud.observed_by == []
    ask(qarnot_cloud, body=BAD)
"""
    assert results(pytest_run(source)) == {"test_it": "PASSED"}


def test_an_unknown_word_is_named(pytest_run: Run) -> None:
    outcome = pytest_run(
        '@pytest.mark.qarnot_contract("violence")\ndef test_it(qarnot_cloud): pass\n', "--qarnot-contract"
    )
    assert "knows tolerated, violation, breach, not 'violence'" in outcome.stdout + outcome.stderr
    assert outcome.returncode != 0


CHILD = """
def test_child():
    script = "import os, httpx; print(httpx.get(os.environ['QARNOT_CLUSTER_URL'] + '/info').status_code)"
    command = [sys.executable, "-m", "qarnot_mock", "run", "--", sys.executable, "-c", script]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "401"

def test_next(qarnot_cloud):
    ask(qarnot_cloud, "/jobs")

def test_more(qarnot_cloud):
    ask(qarnot_cloud, "/pools", agent="qarnot-hl/1")
"""


def test_a_mock_in_another_process_is_judged_too_and_workers_add_up(pytest_run: Run, tmp_path: Path) -> None:
    outcome = pytest_run(CHILD, "-n", "2", "--qarnot-contract-report", "out/coverage.json")
    assert results(outcome) == {"test_child": "FAILED", "test_next": "PASSED", "test_more": "PASSED"}
    assert "violation: GET /info -> 401 by raw (info_get): the Authorization header is missing" in outcome.stdout
    told: Any = json.loads((tmp_path / "out" / "coverage.json").read_text())
    assert told["clients"]["raw"]["answers"] == {"info_get 401": 1, "jobs_list 200": 1}
    assert told["clients"]["ours"]["answers"] == {"pools_list 200": 1}
    assert "operations that nobody exercised: 80" in outcome.stdout
