"""The account, profiles, and the computed figures."""

from __future__ import annotations

from typing import Any

import pytest

REFERENCE_PROFILES = {
    "docker-batch", "docker-batch-smt", "docker-network", "docker-network-ssh", "docker-nvidia-batch",
    "docker-cluster", "docker-cluster-network", "docker-cluster-network-ssh", "docker-cluster-roce",
    "docker-cluster-roce-network-ssh", "blender", "python", "houdini", "meshroom", "openfoam-ssh", "fds-vnc",
    "ls-dyna-multislots-qarnot-vnc", "ubuntu",
}  # fmt: skip


def test_the_catalogue_has_the_profiles_of_the_reference(driver: Any) -> None:
    assert set(driver.call("profiles_list").body) == REFERENCE_PROFILES


def test_a_profile_tells_its_constants(driver: Any) -> None:
    profile = driver.call("profile_get", name="docker-batch").body
    constants = {row["name"]: row["value"] for row in profile["constants"]}
    assert constants["DOCKER_REPO"] == "library/ubuntu"
    assert constants["DOCKER_WORKDIR"] == "${DOCKER_WORKDIR}"
    assert all(row["description"] for row in profile["constants"])
    refusal = driver.refused("profile_get", name="nothing")
    assert (refusal.status, refusal.message) == (404, "No such profile: nothing")


@pytest.mark.parametrize("name", sorted(REFERENCE_PROFILES))
def test_a_task_of_every_profile_runs(driver: Any, name: str) -> None:
    task = driver.submit(profile=name)
    driver.at(10)
    assert driver.state(task) == "Success"


def test_the_account_counts_what_runs(driver: Any) -> None:
    driver.submit(instanceCount=2)
    driver.submit(schedulingType="OnDemand")
    driver.at(3)
    info = driver.call("info_get").body
    assert info["email"] == "user@example.com"
    assert (info["taskCount"], info["runningTaskCount"]) == (2, 2)
    assert (info["runningInstanceCount"], info["runningCoreCount"]) == (3, 24)
    assert (info["runningFlexInstanceCount"], info["runningOnDemandInstanceCount"]) == (2, 1)
    assert info["computingQuotas"]["user"]["flex"]["runningCoresCount"] == 16
    assert (info["maxTask"], info["maxBucket"], info["quotaBytes"]) == (100, 100, 10 * 2**30)
    driver.at(20)
    info = driver.call("info_get").body
    assert (info["taskCount"], info["runningTaskCount"], info["runningInstanceCount"]) == (2, 0, 0)


def test_money_and_carbon_follow_the_execution_time(driver: Any) -> None:
    short = driver.submit({"MOCK_DURATION": "3600"})
    long = driver.submit({"MOCK_DURATION": "7200"})
    assert driver.call("task_credits", short).body == {"credits": 0.0}
    driver.at(10_000)
    assert driver.call("task_credits", short).body == {"credits": 0.4}
    assert driver.call("task_credits", long).body == {"credits": 0.8}
    facts = [driver.call("task_carbon_facts", task).body for task in (short, long)]
    assert facts[1]["total_consumed_energy_Wh"] == 2 * facts[0]["total_consumed_energy_Wh"] > 0
    assert facts[0]["equivalent_datacenter_name"] == "european_dc"
    other = driver.call("task_carbon_facts", short, comparisonDatacenter="french_dc").body
    assert other["equivalent_DC_carbon_footprint"] < facts[0]["equivalent_DC_carbon_footprint"]
    assert driver.refused("task_carbon_facts", short, comparisonDatacenter="moon").status == 404


def test_nothing_is_forwarded_but_running_instances_are_named(driver: Any) -> None:
    task = driver.submit(instanceCount=2)
    assert driver.call("task_port_forward", task).body == {}
    driver.at(5)
    assert driver.call("task_port_forward", task).body == {"0": {}, "1": {}}


def test_ping_answers(driver: Any) -> None:
    assert driver.call("service_ping").media == "empty"
