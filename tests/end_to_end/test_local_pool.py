"""Tasks of a pool run as processes of this machine, though the pool's own nodes are simulated."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., Any]


@pytest.fixture
def ask(mock_server: Callable[..., Any]) -> Ask:
    """``ask(method, path, body)`` gives the parsed answer of a server with the local executor."""
    server = mock_server("--time", "x1000", "--executor", "local", "--account", "t=a@example.com", token="t")

    def asked(method: str, path: str, body: Any = None) -> Any:
        headers = {"Content-Type": "application/json", "Authorization": "t", "Accept": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(server.url + path, data, headers, method=method)
        with urllib.request.urlopen(request) as response:
            text = response.read()
        return json.loads(text) if text else None

    return asked


def test_the_tasks_of_a_pool_are_run_and_its_preparation_is_not(ask: Ask) -> None:
    preparation = {"commandLine": "touch prepared"}
    body = {"name": "p", "profile": "docker-batch", "instanceCount": 1, "preparationTask": preparation}
    pool = ask("POST", "/pools", body)["uuid"]
    command = [{"key": "DOCKER_CMD", "value": "sh -c 'echo $((6 * 7)) of ${INSTANCE_ID}'"}]
    task = ask("POST", "/tasks", {"name": "t", "poolUuid": pool, "instanceCount": 2, "constants": command})["uuid"]
    while (state := ask("GET", f"/tasks/{task}")["state"]) != "Success":
        assert state not in {"Failure", "Cancelled"}
    assert ask("GET", f"/tasks/{task}/stdout") == "0> 42 of 0\n1> 42 of 1\n"
    assert "not run: touch prepared" in ask("GET", f"/pools/{pool}/stdout")
    ask("POST", f"/pools/{pool}/close")
    while (state := ask("GET", f"/pools/{pool}")["state"]) != "Closed":
        assert state == "Closing"
