"""The hardware catalogue says what can be asked for, and asking for it is granted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.sim.hardware import catalogue
from qarnot_mock.sim.nodes import DEFAULT_NODES, NodeKind, meets

KINDS = st.builds(
    NodeKind,
    specification_key=st.sampled_from(["8c-32g-amd", "28c-128g-Intel-ssd"]),
    cpu_model=st.sampled_from(["AMD Ryzen 7 3700X", "Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz"]),
    core_count=st.integers(1, 200),
    memory_mb=st.integers(500, 2_000_000),
    max_frequency_ghz=st.just(3.0),
    ssd=st.booleans(),
    gpu=st.booleans(),
)


@pytest.fixture
def ready(make_driver: Callable[..., Any]) -> Any:
    """A world with the nodes that a server has."""
    return make_driver(nodes=DEFAULT_NODES)


def page(driver: Any, **arguments: int) -> Any:
    return driver.call("hardware_constraints_list", **arguments).body


@given(st.lists(KINDS, min_size=1, max_size=5))
def test_some_node_meets_every_listed_constraint(kinds: list[NodeKind]) -> None:
    rows = list(catalogue(kinds))
    assert all(any(meets(kind, [row]) for kind in kinds) for row in rows)
    assert len({tuple(sorted(row.items())) for row in rows}) == len(rows)


def test_the_catalogue_names_what_the_reference_names(ready: Any) -> None:
    rows = page(ready)["data"]
    keys = [row["specificationKey"] for row in rows if row["discriminator"] == "SpecificHardwareConstraint"]
    assert keys == [
        "28c-128g-intel-dual-xeon2680v4-ssd", "32c-128g-amd-tr2990wx-ssd", "8c-32g-amd-rz3700x",
        "96c-512g-amd-epyc9654-ssd",
    ]  # fmt: skip
    assert {"discriminator": "MinimumRamHardwareConstraint", "minimumMemoryMB": 32000.0} in rows
    discriminators = {row["discriminator"] for row in rows}
    assert "NoGpuHardwareConstraint" in discriminators
    assert "GpuHardwareConstraint" not in discriminators


@pytest.mark.parametrize("size", [1, 4, 49, 50])
def test_pages_by_offset_together_are_the_catalogue(ready: Any, size: int) -> None:
    total = page(ready)["total"]
    pages = [page(ready, limit=size, offset=offset) for offset in range(0, total, size)]
    assert [row for each in pages for row in each["data"]] == list(catalogue(DEFAULT_NODES))
    assert {(each["limit"], each["total"]) for each in pages} == {(size, total)}
    assert [each["offset"] for each in pages] == list(range(0, total, size))


def test_a_page_has_at_most_fifty(make_driver: Callable[..., Any]) -> None:
    kinds = tuple(NodeKind(f"{n}c", "CPU", n, n * 1000, 2.0) for n in range(1, 40))
    driver = make_driver(nodes=kinds)
    for arguments in ({}, {"limit": 51}, {"limit": 10**6}):
        shown = page(driver, **arguments)
        assert (len(shown["data"]), shown["limit"]) == (50, 50)
    assert page(driver, offset=10**6)["data"] == []


def test_a_cpu_is_found_by_any_of_its_words_best_match_first(ready: Any) -> None:
    found = ready.call("cpu_model_constraints_search", cpuModel="amd RYZEN 3700x").body
    assert [row["cpuModel"] for row in found] == [
        "AMD Ryzen 7 3700X 8-Core Processor",
        "AMD Ryzen Threadripper 2990WX 32-Core Processor",
        "AMD EPYC 9654 96-Core Processor",
    ]
    assert {row["discriminator"] for row in found} == {"CpuModelHardwareConstraint"}


@pytest.mark.parametrize("wanted", ["Sparc", "  "])
def test_a_cpu_that_nobody_has_is_not_found(ready: Any, wanted: str) -> None:
    assert ready.refused("cpu_model_constraints_search", cpuModel=wanted).status == 404


def test_a_task_that_no_node_can_ever_run_is_refused(ready: Any) -> None:
    wanted = [{"discriminator": "MinimumCoreHardwareConstraint", "coreCount": 97}]
    refusal = ready.refused("tasks_create", body=ready.definition(hardwareConstraints=wanted))
    assert refusal.status == 402
    assert "hardware constraint" in refusal.message


def test_constraints_hold_together_and_choose_the_node(ready: Any) -> None:
    wanted = [
        {"discriminator": "SSDHardwareConstraint"},
        {"discriminator": "CpuModelHardwareConstraint", "cpuModel": "ryzen 2990wx"},
    ]
    task = ready.submit(hardwareConstraints=wanted)
    ready.at(20)
    assert ready.task(task)["completedInstances"][0]["specificationKey"] == "32c-128g-amd-tr2990wx-ssd"
    wanted.append({"discriminator": "MaximumCoreHardwareConstraint", "coreCount": 8})
    assert ready.refused("tasks_create", body=ready.definition(hardwareConstraints=wanted)).status == 402


def test_a_kind_of_constraint_that_came_later_restricts_nothing(ready: Any) -> None:
    ready.submit(hardwareConstraints=[{"discriminator": "QuantumHardwareConstraint"}])
