"""The same commands give the same journal and state, byte for byte, in any process and under any hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from qarnot_mock import contract
from qarnot_mock.persistence.rebuilding import canonical, first_difference, rebuild
from qarnot_mock.persistence.recording import read_recordings

Open = Callable[..., Any]

# A run of its own process: pools, jobs, dependencies, retries, results, secrets, refusals and what a scenario adds.
SCRIPT = """
import hashlib, json, sys
from qarnot_mock import scenario
from qarnot_mock.assemble import build_cloud
from qarnot_mock.clock import SECOND, VirtualClock
from qarnot_mock.messages import Request

clock = VirtualClock()
cloud = build_cloud(seed=11, clock=clock, scenario=scenario.load("node-failures"))

def call(method, path, body=None):
    headers = (("authorization", "token"), ("content-type", "application/json"))
    answer = cloud.rest(Request(method, path, "", headers, b"" if body is None else json.dumps(body).encode()))
    return json.loads(answer.body) if answer.body else None

task = {"name": "t", "profile": "docker-batch", "instanceCount": 3, "resultBucket": "out", "tags": ["a", "b", "c"],
        "constants": [{"key": key, "value": key.lower()} for key in ("A", "B", "QARNOT_SECRET__S")]
        + [{"key": "MOCK_RESULTS", "value": '{"a/b": "one", "c": "two"}'}],
        "retrySettings": {"maxPerInstanceRetries": 2, "maxTotalRetries": 4}}
job = call("POST", "/jobs", {"name": "j", "useDependencies": True})["uuid"]
pool = call("POST", "/pools", {"name": "p", "profile": "docker-batch", "instanceCount": 4})["uuid"]
before = None
for number in range(12):
    more = {"name": f"t{number}", "jobUuid": job}
    if before and number % 3 == 0:
        more["dependencies"] = {"dependsOn": [before]}
    before = call("POST", "/tasks", {**task, **more})["uuid"]
    call("POST", "/tasks", {**task, "profile": None, "poolUuid": pool, "name": f"p{number}"})
    call("POST", "/tasks", {"name": "refused", "profile": "nobody"})
    clock.advance(3 * SECOND)
    cloud.tick()
    if number == 5:
        call("POST", f"/tasks/{before}/abort")
clock.advance(4000 * SECOND)
tenant = cloud.authenticate("token")
cloud.catch_up(tenant)
journal = "\\n".join(entry.canonical() for entry in tenant.journal.since())
state = json.dumps(tenant.world.dump(), ensure_ascii=False)
store = tenant.account.store
objects = [(name, info.key, info.etag) for name in store.bucket_names() for info in store.list(name)]
print(len(tenant.journal), len(state), len(objects))
print(hashlib.sha256(f"{journal}{state}{objects}".encode()).hexdigest())
"""


def run_with(hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_processes_with_different_hash_seeds_agree_to_the_byte() -> None:
    first, second = run_with("0"), run_with("4242")
    commands, size, objects = map(int, first.splitlines()[0].split())
    assert commands > 20
    assert size > 10_000
    assert objects > 0
    assert first == second


@pytest.mark.slow
def test_many_processes_agree_to_the_byte(slow_size: Callable[[int, int], int]) -> None:
    assert len({run_with(str(seed)) for seed in range(slow_size(100, 5))}) == 1


def test_a_replay_of_a_concurrent_run_gives_the_same_state(open_cloud: Open, tmp_path: Path) -> None:
    driver = open_cloud(tmp_path / "data")
    start = threading.Barrier(4)

    def client(number: int) -> None:
        start.wait()
        for step in range(8):
            uuid = driver.submit(name=f"{number}-{step}", resultBucket="out")
            driver.rest("GET", f"/tasks/{uuid}")
            if step % 4 == 3:
                driver.rest("DELETE", f"/tasks/{uuid}")
            if step % 5 == number % 5:
                driver.advance(0.7)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (recording,) = read_recordings(tmp_path / "data")
    assert len(recording.entries) > 4 * 8
    lifecycles: Mapping[str, Any] = contract.load().lifecycles
    rebuilt = rebuild(recording, lifecycles).world.dump()
    assert canonical(rebuilt) == canonical(driver.state())
    again = rebuild(recording, lifecycles).world.dump()
    assert first_difference(recording, recording, (rebuilt, again)) is None
