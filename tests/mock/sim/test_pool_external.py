"""Pools with an external executor: their nodes are simulated, and the tasks in them are run outside."""

from __future__ import annotations

from typing import Any

from qarnot_mock.sim.effects import ForgetInstance, InstanceKey, RefreshResources, Resource, StartInstance, StopInstance


def report(driver: Any, name: str, task: str, body: Any = None) -> None:
    driver.call(f"executor_{name}", task, body, instanceId=0, attempt=1)


def test_a_task_is_started_outside_when_its_pool_has_a_slot(external: Any) -> None:
    pool = external.open_pool({"DOCKER_TAG": "12"}, resourceBuckets=["shared"], profile="docker-network")
    task = external.in_pool(pool, {"DOCKER_CMD": "run"}, resourceBuckets=["own"])
    external.at(5)
    assert external.pool(pool)["state"] == "FullyExecuting"
    assert external.effects() == ()
    external.at(6)
    (effect,) = external.effects()
    assert isinstance(effect, StartInstance)
    assert (effect.key, effect.profile, effect.command) == (InstanceKey(task, 0, 1), "docker-network", "run")
    assert effect.resources == (Resource("shared"), Resource("own"))
    assert effect.environment["DOCKER_TAG"] == "12"
    report(external, "started", task)
    report(external, "exited", task, {"exitCode": 0})
    external.at(10)
    assert (external.state(task), external.pool(pool)["state"]) == ("Success", "FullyExecuting")
    assert [type(each) for each in external.effects()] == [ForgetInstance]


def test_the_preparation_is_not_run_and_the_output_says_so(external: Any) -> None:
    pool = external.open_pool(preparationTask={"commandLine": "echo prepared"})
    external.at(20)
    printed = external.call("pool_stdout_get", pool=pool).body
    assert printed == "0> [qarnot-mock] simulated executor, not run: echo prepared\n"
    assert external.effects() == ()


def test_new_files_of_the_pool_reach_what_executes_in_it(external: Any) -> None:
    pool = external.open_pool(resourceBuckets=["shared"])
    task = external.in_pool(pool)
    external.at(6)
    report(external, "started", task)
    external.effects()
    external.call("pool_resources_update", pool=pool)
    assert external.effects() == (RefreshResources(InstanceKey(task, 0, 1), (Resource("shared"),)),)


def test_a_closing_pool_waits_for_what_runs_outside(external: Any) -> None:
    pool = external.open_pool()
    task, queued = external.in_pool(pool), external.in_pool(pool)
    external.at(6)
    report(external, "started", task)
    external.call("pool_delete", pool=pool)
    external.at(500)
    assert (external.pool(pool)["state"], external.state(queued)) == ("PendingDelete", "Cancelled")
    external.effects()
    external.call("task_abort", task)
    assert [type(each) for each in external.effects()] == [StopInstance]
    external.at(510)
    assert external.refused("pool_get", pool=pool).status == 404
