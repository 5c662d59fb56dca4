"""Properties of a whole world: time can be split, histories repeat, refusals change nothing, tables are followed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qarnot_mock.conformance.lifecycle_check import check_record, check_states
from qarnot_mock.sim.commands import Command, Refusal
from qarnot_mock.sim.formats import SECOND
from qarnot_mock.sim.ids import uuid_text
from qarnot_mock.sim.nodes import NodeKind
from qarnot_mock.sim.settings import WorldSettings
from qarnot_mock.sim.world import World

NODES = (NodeKind("8c-32g-amd-rz3700x", "AMD Ryzen 7 3700X 8-Core Processor", 8, 32_000, 3.6, count=3),)
TASKS = ["first", "second", "third"]
JOBS = ["one", "two"]
JOB_UUIDS = [uuid_text(0, "tenant", "job", number) for number in (1, 2)]
PARENTS = [uuid_text(0, "tenant", "task", number) for number in (1, 2, 3)]
CONDITIONS = [None, ["success"], ["failure"], ["cancelled", "failure"]]

definitions = st.fixed_dictionaries(
    {
        "name": st.just("a task"),
        "profile": st.just("docker-batch"),
        "instanceCount": st.integers(0, 4),
        "shortname": st.sampled_from(TASKS),
        "constants": st.lists(
            st.sampled_from(
                [
                    {"key": "MOCK_EXIT_CODE", "value": "1"},
                    {"key": "MOCK_DURATION", "value": "3.5"},
                    {"key": "DOCKER_CMD", "value": "echo ${INSTANCE_ID}"},
                    {"key": "MOCK_RESULTS", "value": '{"a": "b"}'},
                ]
            ),
            max_size=3,
        ),
    },
    optional={
        "resultBucket": st.just("out"),
        "uploadResultsOnCancellation": st.booleans(),
        "retrySettings": st.just({"maxPerInstanceRetries": 1}),
        "maxTimeQueueSeconds": st.integers(1, 9),
        "completionTimeToLive": st.just("00:00:05"),
        "autoDeleteOnCompletion": st.booleans(),
        "schedulingType": st.sampled_from(["flex", "onDemand", "reserved"]),
    },
)
parent = st.builds(
    lambda uuid, ends: {"taskUuid": uuid, "taskFinalStateCondition": ends},
    st.sampled_from(PARENTS),
    st.sampled_from(CONDITIONS),
)
in_jobs = st.builds(
    lambda body, job, parents: {
        **body,
        "instanceCount": 1,
        "shortname": None,
        "jobUuid": job,
        "dependencies": {"advancedDependsOn": parents},
    },
    definitions,
    st.sampled_from(JOB_UUIDS),
    st.lists(parent, max_size=2),
)
jobs = st.fixed_dictionaries(
    {"name": st.just("a job"), "shortname": st.sampled_from(JOBS), "useDependencies": st.just(True)},
    optional={
        "maxWallTime": st.sampled_from(["00:00:03", "00:00:20"]),
        "completionTimeToLive": st.just("00:00:05"),
        "autoDeleteOnCompletion": st.booleans(),
    },
)
on_jobs = st.builds(
    lambda operation, job, force: Command(operation, {"job": job, "force": force}),
    st.sampled_from(["job_terminate", "job_delete", "job_get", "job_tasks_list"]),
    st.sampled_from(JOBS),
    st.booleans(),
)
plain = st.builds(
    lambda operation, task: Command(operation, {"task": task}, {}),
    st.sampled_from(
        [
            "task_abort", "task_delete", "task_restart", "task_retry", "task_resume", "task_recover", "task_clone",
            "task_resources_update", "task_stdout_fresh", "task_snapshot_create", "task_get",
        ]
    ),
    st.sampled_from(TASKS),
)  # fmt: skip
periodic = st.builds(
    lambda interval, task: Command("task_snapshot_periodic", {"task": task}, {"interval": interval}),
    st.sampled_from([-1, 0, 3, 12]),
    st.sampled_from(TASKS),
)
commands = st.one_of(
    definitions.map(lambda body: Command("tasks_create", {}, body)),
    in_jobs.map(lambda body: Command("tasks_create", {}, body)),
    jobs.map(lambda body: Command("jobs_create", {}, body)),
    on_jobs,
    plain,
    periodic,
)
pauses = st.integers(0, 30).map(lambda tenths: tenths * SECOND // 4)
# Random commands hardly ever make a task that waits for another: these begin with a job and the tasks to wait for.
family = st.tuples(jobs, st.lists(definitions, min_size=3, max_size=3)).map(
    lambda drawn: [
        (0, Command("jobs_create", {}, drawn[0] | {"shortname": "one"})),
        *(
            (0, Command("tasks_create", {}, body | {"shortname": name, "instanceCount": 1, "jobUuid": JOB_UUIDS[0]}))
            for name, body in zip(TASKS, drawn[1], strict=True)
        ),
    ]
)
dependents = in_jobs.map(lambda body: Command("tasks_create", {}, body | {"jobUuid": JOB_UUIDS[0]}))
anything = st.lists(st.tuples(pauses, commands), max_size=25)
histories = st.one_of(
    anything,
    st.builds(
        lambda *parts: [step for part in parts for step in part],
        family,
        st.lists(st.tuples(st.just(0), dependents), min_size=1, max_size=4),
        st.lists(st.tuples(pauses, st.one_of(dependents, on_jobs, plain)), max_size=10),
    ),
)
slow = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def new_world(lifecycles: Mapping[str, Any], **overrides: Any) -> World:
    return World(WorldSettings(nodes=NODES, **overrides), lifecycles, 0)


def attempt(world: World, command: Command) -> str:
    try:
        return str(world.apply(command).status)
    except Refusal as refusal:
        return str(refusal)


@slow
@given(history=histories, cuts=st.lists(st.integers(0, 4 * SECOND), max_size=5))
def test_time_may_be_split_anywhere(lifecycles: Mapping[str, Any], history: Any, cuts: list[int]) -> None:
    whole, split = new_world(lifecycles), new_world(lifecycles)
    for pause, command in history:
        target = whole.now + pause
        whole.advance_to(target)
        for cut in sorted(cuts):
            split.advance_to(min(target, split.now + cut))
        split.advance_to(target)
        assert attempt(whole, command) == attempt(split, command)
        assert whole.dump() == split.dump()
    whole.advance_to(whole.now + 200 * SECOND)
    while (due := split.next_due()) is not None and due <= whole.now:
        split.advance_to(due)
    split.advance_to(whole.now)
    assert whole.dump() == split.dump()
    assert whole.take_effects() == split.take_effects()


@slow
@given(history=histories)
def test_a_refused_command_changes_nothing(lifecycles: Mapping[str, Any], history: Any) -> None:
    world = new_world(lifecycles)
    for pause, command in history:
        world.advance_to(world.now + pause)
        before = world.dump()
        try:
            world.apply(command)
        except Refusal:
            assert world.dump() == before


@slow
@given(history=histories)
def test_every_state_that_is_seen_follows_the_tables(lifecycles: Mapping[str, Any], history: Any) -> None:
    world = new_world(lifecycles)
    seen: dict[str, dict[str, list[str]]] = {"task": {}, "job": {}, "dependency": {}}
    grouped: set[str] = set()

    def note(kind: str, name: str, record: Any) -> None:
        assert check_record(lifecycles[kind], record) == []
        seen[kind].setdefault(name, []).append(record["state"])

    def look() -> None:
        for task in world.apply(Command("tasks_list")).body:  # type: ignore[union-attr]
            note("task", task["uuid"], task)  # type: ignore[index,call-overload,arg-type]
            grouped.update([task["uuid"]] if task["jobUuid"] else [])  # type: ignore[index,call-overload,list-item]
            for row in task["dependencies"].get("advancedDependsOn", ()):  # type: ignore[index,call-overload,union-attr]
                note("dependency", f"{task['uuid']} after {row['taskUuid']}", row)  # type: ignore[index,call-overload]
        for job in world.apply(Command("jobs_list")).body:  # type: ignore[union-attr]
            note("job", job["uuid"], job)  # type: ignore[index,call-overload,arg-type]

    def advance(target: int) -> None:
        while (due := world.next_due()) is not None and due <= target:
            world.advance_to(due)
            look()
        world.advance_to(target)

    for pause, command in history:
        advance(world.now + pause)
        attempt(world, command)
        look()
    advance(world.now + 300 * SECOND)
    for kind, objects in seen.items():
        table = lifecycles[kind]
        for name, states in objects.items():
            belongs_to = ["job"] if name in grouped else []
            found = check_states(table, states, complete=True, called=table["operations"], belongs_to=belongs_to)
            assert found == [], name


@slow
@given(history=histories)
def test_nodes_are_never_lost_or_shared(lifecycles: Mapping[str, Any], history: Any) -> None:
    world = new_world(lifecycles)
    for pause, command in history:
        world.advance_to(world.now + pause)
        attempt(world, command)
        dump: Any = world.dump()
        running = sum(record["runningInstanceCount"] for record in world.apply(Command("tasks_list")).body)  # type: ignore[union-attr,index,call-overload,misc]
        assert running + sum(dump["free"]) == 3
    world.advance_to(world.now + 500 * SECOND)
    assert world.dump()["free"] == [1, 1, 1]  # type: ignore[index,call-overload]
    assert {record["state"] for record in world.apply(Command("tasks_list")).body} <= {  # type: ignore[union-attr,index,call-overload]
        "Success", "Failure", "Cancelled",
    }  # fmt: skip


@slow
@given(history=histories)
def test_reads_change_nothing_but_read_positions(lifecycles: Mapping[str, Any], history: Any) -> None:
    world = new_world(lifecycles)
    for pause, command in history:
        world.advance_to(world.now + pause)
        attempt(world, command)
        before = world.dump()
        for operation in READS:
            world.apply(Command(operation))
        world.apply(Command("tasks_paginate", {}, {"maximumResults": 1}))
        world.apply(Command("jobs_paginate", {}, {"maximumResults": 1}))
        assert world.dump() == before


READS = ("tasks_list", "task_summaries_list", "info_get", "profiles_list", "jobs_list")

SCRIPT = """
import json, sys, yaml
from qarnot_mock.sim.commands import Command
from qarnot_mock.sim.settings import WorldSettings
from qarnot_mock.sim.world import World
world = World(WorldSettings(seed=5), yaml.safe_load(open(sys.argv[1])), 0)
body = {"name": "x", "profile": "docker-batch", "instanceCount": 40, "retrySettings": {"maxTotalRetries": 3},
        "constants": [{"key": "MOCK_EXIT_CODE", "value": "1"}], "resultBucket": "out"}
for number in range(3):
    world.apply(Command("tasks_create", {}, {**body, "shortname": f"t{number}"}))
    world.advance_to(world.now + 4_300_000)
job = world.apply(Command("jobs_create", {}, {"name": "j", "useDependencies": True})).body["uuid"]
for number in range(3):
    parents = [row["uuid"] for row in world.apply(Command("job_tasks_list", {"job": job})).body]
    inside = {"jobUuid": job, "dependencies": {"dependsOn": parents}}
    world.apply(Command("tasks_create", {}, {**body, **inside, "instanceCount": 1}))
world.apply(Command("task_abort", {"task": "t1"}))
world.advance_to(world.now + 2_000_000)
print(json.dumps([world.dump(), world.apply(Command("tasks_list")).body]))
"""


def test_the_same_commands_give_the_same_world_under_any_hash_seed() -> None:
    spec = Path(__file__).parents[3] / "spec" / "lifecycles.yaml"
    outputs = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(spec)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("0", "12345")
    ]
    assert outputs[0] == outputs[1]
    assert len(json.loads(outputs[0])[1]) == 6


def test_time_never_runs_backwards(lifecycles: Mapping[str, Any]) -> None:
    world = new_world(lifecycles)
    world.advance_to(5)
    with pytest.raises(ValueError, match="forward"):
        world.advance_to(4)
    assert world.now == 5


def test_next_due_tells_when_something_happens(driver: Any) -> None:
    assert driver.world.next_due() is None
    driver.submit()
    assert driver.world.next_due() == driver.start + SECOND
    assert list(driver.events(100)) == [1, 2, 3, 5, 6, 7]
    assert driver.world.next_due() is None


def test_effects_are_handed_out_once(driver: Any) -> None:
    driver.submit(resultBucket="out")
    assert len(driver.effects()) == 1
    assert driver.effects() == ()


def test_tenants_and_seeds_never_share_an_identifier(make_driver: Callable[..., Any]) -> None:
    uuids = {make_driver(**each).submit() for each in ({"seed": 1}, {"seed": 2}, {"seed": 1, "tenant": "other"})}
    assert len(uuids) == 3


def test_a_dump_is_json(driver: Any) -> None:
    driver.submit(resultBucket="out", instanceCount=3)
    driver.at(5)
    assert json.loads(json.dumps(driver.world.dump())) == driver.world.dump()
