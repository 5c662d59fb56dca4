"""How many requests a second the mock answers, against prism on the same spec in the same run.

The mock keeps state, checks the token, and validates both directions; prism validates the request and returns an
example.
"""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import load, servers

SPEC = Path(__file__).resolve().parent.parent / "spec" / "openapi.yaml"
TOKEN = "benchmark-token"
EXAMPLE_UUID = "6f1f4bd5-3a2b-4f3c-9b8e-2f2a0c1d5e77"
SECONDS = 5.0


def task_body(number: int) -> dict[str, object]:
    """A task as the SDK submits it: with constants, tags and a retry setting."""
    return {
        "name": f"benchmark {number}",
        "profile": "docker-batch",
        "instanceCount": 4,
        "constants": [{"key": "DOCKER_CMD", "value": "echo ${INSTANCE_ID}"}],
        "tags": ["benchmark"],
        "retrySettings": {"maxPerInstanceRetries": 1},
    }


def headers(port: int) -> dict[str, str]:
    return {
        "Host": f"127.0.0.1:{port}",
        "Authorization": TOKEN,
        "Accept": "application/json",
        "Content-Type": "application/json",
    }


def get_task(port: int, uuid: str) -> load.Load:
    """Load of ``GET /tasks/{uuid}``."""
    request = load.http_request("GET", f"/tasks/{uuid}", headers(port))
    return load.measure(port, lambda _: request, SECONDS)


def post_tasks(port: int) -> load.Load:
    """Load of ``POST /tasks``."""
    bodies = [load.http_request("POST", "/tasks", headers(port), json.dumps(task_body(n)).encode()) for n in range(64)]
    return load.measure(port, lambda n: bodies[n % len(bodies)], SECONDS)


def measured() -> dict[str, dict[str, load.Load | None]]:
    """operation → server → load; the servers take turns, never at the same time."""
    found: dict[str, dict[str, load.Load | None]] = {"GET /tasks/{uuid}": {}, "POST /tasks": {}}
    with servers.mock("benchmarks.roomy_mock") as (port, _):
        uuid = servers.post_json(f"http://127.0.0.1:{port}/tasks", TOKEN, task_body(0))["uuid"]
        found["GET /tasks/{uuid}"]["mock"] = get_task(port, uuid)
        found["POST /tasks"]["mock"] = post_tasks(port)
    with servers.prism(SPEC) as prism_port:
        found["GET /tasks/{uuid}"]["prism"] = get_task(prism_port, EXAMPLE_UUID) if prism_port else None
        found["POST /tasks"]["prism"] = post_tasks(prism_port) if prism_port else None
    return found


def table() -> list[list[str]]:
    """One row an operation and server."""
    rows = [["operation", "server", "requests/s", "p50 ms", "p99 ms", "status ≥ 400", "ratio"]]
    for operation, by_server in measured().items():
        peer = by_server["prism"]
        for server, result in by_server.items():
            if result is None:
                rows.append([operation, server, "npm is not installed", "", "", "", ""])
                continue
            ratio = f"{result.rate / peer.rate:.1f}×" if peer else ""
            rows.append(
                [operation, server, f"{result.rate:,.0f}", f"{result.p50:.1f}", f"{result.p99:.1f}",
                 str(result.failures), ratio]
            )  # fmt: skip
    return rows
